/**
 * What a provider entry means when it gives only its name: how it is called and where its key is.
 *
 * `claude`, `codex` and `gemini` are names of command-line agents and stand for them; the same vendors' interfaces go by
 * the vendors' names, `anthropic`, `openai` and `google`. An entry of any other name gives its `kind`.
 */

/** Ways of calling models. The same list as the provider contract's; a test holds the two together. */
export const KINDS = ['anthropic', 'openai', 'google', 'azure', 'bedrock', 'openai-compatible', 'command', 'scripted', 'recorded'] as const;
export type Kind = (typeof KINDS)[number];

/** How a command-line agent is started. */
export interface CommandEntry {
  readonly program: string;
  readonly args: readonly string[];
  readonly promptBy: 'stdin' | 'argument';
  readonly env: readonly string[];
  readonly autoApprove: boolean;
  readonly output: 'text' | 'claude-json' | 'codex-jsonl' | 'gemini-json';
  readonly maxOutputBytes: number;
}

export interface WellKnownProvider {
  readonly kind: Kind;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly allowPrivateNetwork?: boolean;
}

export const WELL_KNOWN_PROVIDERS: ReadonlyMap<string, WellKnownProvider> = new Map<string, WellKnownProvider>([
  ['anthropic', { kind: 'anthropic' }],
  ['openai', { kind: 'openai' }],
  ['google', { kind: 'google' }],
  ['azure', { kind: 'azure' }],
  ['bedrock', { kind: 'bedrock' }],
  ['claude', { kind: 'command' }],
  ['codex', { kind: 'command' }],
  ['gemini', { kind: 'command' }],
  ['scripted', { kind: 'scripted' }],
  ['recorded', { kind: 'recorded' }],
  ['mistral', { kind: 'openai-compatible', baseUrl: 'https://api.mistral.ai/v1', apiKeyEnv: 'MISTRAL_API_KEY' }],
  ['deepseek', { kind: 'openai-compatible', baseUrl: 'https://api.deepseek.com/v1', apiKeyEnv: 'DEEPSEEK_API_KEY' }],
  ['xai', { kind: 'openai-compatible', baseUrl: 'https://api.x.ai/v1', apiKeyEnv: 'XAI_API_KEY' }],
  ['groq', { kind: 'openai-compatible', baseUrl: 'https://api.groq.com/openai/v1', apiKeyEnv: 'GROQ_API_KEY' }],
  ['openrouter', { kind: 'openai-compatible', baseUrl: 'https://openrouter.ai/api/v1', apiKeyEnv: 'OPENROUTER_API_KEY' }],
  ['ollama', { kind: 'openai-compatible', baseUrl: 'http://localhost:11434/v1', allowPrivateNetwork: true }],
]);

/**
 * Where the key of a kind is looked for when the entry does not say. Only for the vendor's own address: a key is never
 * sent to an address that the file gives without the file naming the key as well.
 */
export const DEFAULT_API_KEY_ENV: Readonly<Partial<Record<Kind, string>>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
  google: 'GEMINI_API_KEY',
  azure: 'AZURE_OPENAI_API_KEY',
};

/** What `options` of a provider entry may hold, by kind. */
export const PROVIDER_OPTIONS: Readonly<Record<Kind, readonly string[]>> = {
  anthropic: [],
  openai: ['api', 'organization', 'project'],
  google: [],
  azure: ['resource', 'api_version', 'api', 'deployment_urls'],
  bedrock: ['region', 'access_key_id_env', 'secret_access_key_env', 'session_token_env'],
  'openai-compatible': [],
  command: [],
  scripted: ['script', 'latency_ms', 'ledger'],
  recorded: ['file', 'faults_percent', 'faults_seed', 'retry_after_ms', 'pace', 'degraded_model', 'degraded_percent'],
};

const COMMAND_DEFAULTS = { env: [], autoApprove: false, output: 'text', maxOutputBytes: 4 * 1024 * 1024 } as const;

/** The programs that we know how to ask, each as it expects to be asked. */
export const KNOWN_PROGRAMS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['claude', { ...COMMAND_DEFAULTS, program: 'claude', args: ['--model', '{model}', '-p'], promptBy: 'stdin' }],
  ['codex', { ...COMMAND_DEFAULTS, program: 'codex', args: ['exec', '--model', '{model}', '-'], promptBy: 'stdin' }],
  ['gemini', { ...COMMAND_DEFAULTS, program: 'gemini', args: ['--model', '{model}', '-p', '{prompt}'], promptBy: 'argument' }],
]);

/** A program that we do not know reads its prompt from standard input until told otherwise. */
export function commandDefaults(program: string): CommandEntry {
  const name = program.split('/').at(-1)!;
  return KNOWN_PROGRAMS.get(name) ?? { ...COMMAND_DEFAULTS, program, args: [], promptBy: 'stdin' };
}
