/**
 * Command-line agents (`claude`, `codex`, `gemini` and others) as providers: one child process per call.
 *
 * An agent is a program that acts on what it reads, so it gets as little as it can: an empty folder, named variables, and
 * permission to act without asking only where the account's configuration says so.
 */

import type { FailureClass } from '../../routing/decision/failure';
import { type ChildEnd, childEnvironment, resolveProgram, runChild } from './child-process';
import { readOutput } from './command-output';
import { billOf, type FailedCall, failed } from './failures';
import { promptText } from './prompt-text';
import type { CallResult, CommandConfig, FailedBill, Provider, ProviderConfig } from './provider';

/** Flags of agents that we know: how each is told to act without asking, and to print JSON with usage and cost. */
interface AgentFlags {
  readonly autoApprove: readonly string[];
  readonly output: Readonly<Partial<Record<CommandConfig['output'], readonly string[]>>>;
}
const AGENTS: ReadonlyMap<string, AgentFlags> = new Map<string, AgentFlags>([
  ['claude', { autoApprove: ['--dangerously-skip-permissions'], output: { 'claude-json': ['--output-format', 'json'] } }],
  ['codex', { autoApprove: ['--full-auto'], output: { 'codex-jsonl': ['--json'] } }],
  ['gemini', { autoApprove: ['-y'], output: { 'gemini-json': ['--output-format', 'json'] } }],
]);

/** Longest prompt that fits into an argument, in bytes: Linux allows 128 KiB for one argument, its end included. */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

type Secrets = (envName: string) => string | undefined;

/** The provider of a command entry, or the reason why there is none. */
export function makeCommand(config: ProviderConfig, secrets: Secrets): Provider | string {
  const { command } = config;
  if (command === undefined) return 'it names no program. Set its command.';
  if (command.promptBy === 'argument' && !command.args.some((arg) => arg.includes('{prompt}'))) {
    return 'its prompt goes into an argument, but no argument has {prompt}. Add it, or set prompt_by: stdin.';
  }
  if (command.autoApprove && !AGENTS.has(baseName(command.program))) {
    return `it asks for auto_approve, but the flag of "${baseName(command.program)}" is not known. Put that flag into args instead.`;
  }
  return commandProvider(config.name, command, secrets);
}

function commandProvider(name: string, command: CommandConfig, secrets: Secrets): Provider {
  // Looked up once: a PATH that changes while calls run must not change what is run.
  let resolved: Promise<string | undefined> | undefined;
  return {
    kind: 'command',
    async complete({ model, prompt, timeouts }, signal) {
      resolved ??= resolveProgram(command.program, secrets('PATH') ?? '');
      const program = await resolved;
      if (program === undefined)
        return notCalled('not-configured', `${name}: there is no program "${command.program}" in PATH. Install it.`);
      const text = promptText(prompt);
      if (text === undefined) return notCalled('not-admissible', `${name} takes text only: no files and no tools.`);
      const args = commandLine(command, model.providerModel, text);
      if (typeof args === 'string') return notCalled('not-admissible', `${name} was not started: ${args}`);

      const end = await runChild(
        {
          program,
          args,
          stdin: command.promptBy === 'stdin' ? text : '',
          env: childEnvironment(command.env, secrets),
          timeoutMs: timeouts.totalMs,
          maxOutputBytes: command.maxOutputBytes,
        },
        signal,
      );
      return resultOf(name, command.output, end);
    },
  };
}

function notCalled(failureClass: FailureClass, message: string): FailedCall {
  return failed(failureClass, message, { kind: 'none' });
}

/** The arguments of one call, or the reason why the prompt cannot be one of them. */
export function commandLine(command: CommandConfig, model: string, prompt: string): readonly string[] | string {
  if (model.startsWith('-')) return 'the name of its model begins with "-" and would be taken for a flag.';
  const isArgument = command.promptBy === 'argument';
  if (isArgument && Buffer.byteLength(prompt) > MAX_ARGUMENT_BYTES) return 'the prompt is too long for an argument. Set prompt_by: stdin.';
  if (isArgument && prompt.includes('\0')) return 'the prompt holds a NUL character, which no argument can.';
  // A prompt that begins with "-" would be taken for a flag; a space before it means nothing to a model.
  const safePrompt = prompt.startsWith('-') ? ` ${prompt}` : prompt;
  // Replaced by functions: "$&" in a prompt must stay what it is. The model goes first, so that a prompt may say "{model}".
  const filled = command.args.map((arg) => {
    const withModel = arg.replaceAll('{model}', () => model);
    return isArgument ? withModel.replaceAll('{prompt}', () => safePrompt) : withModel;
  });
  const agent = AGENTS.get(baseName(command.program));
  const flags = [...(command.autoApprove ? (agent?.autoApprove ?? []) : []), ...missing(command.args, agent?.output[command.output] ?? [])];
  // A last "-" means standard input and stays last.
  return filled.at(-1) === '-' ? [...filled.slice(0, -1), ...flags, '-'] : [...filled, ...flags];
}

/** A flag with its value, unless the configuration gives the flag already. */
function missing(args: readonly string[], flag: readonly string[]): readonly string[] {
  return flag[0] !== undefined && args.includes(flag[0]) ? [] : flag;
}

function baseName(program: string): string {
  return program.split('/').at(-1) ?? program;
}

function resultOf(name: string, format: CommandConfig['output'], end: ChildEnd): CallResult {
  if (end.kind === 'not-started') {
    return notCalled('not-configured', `${name} could not be started (${end.code}). Check the program's path and its rights.`);
  }
  const output = readOutput(format, end.stdout);
  const bill: FailedBill = billOf(output.usage);
  if (end.kind === 'ended') return failureOfEnd(name, end.why, bill);

  const isFailure = end.code !== 0 || output.error !== undefined;
  if (isFailure) {
    const failureClass = classOfWords(`${output.error ?? ''}\n${end.stderr}`);
    return failed(failureClass, `${name} ended with code ${end.code}${REASONS[failureClass] ?? ''}.`, bill);
  }
  if (output.text === undefined) return failed('malformed-answer', `${name} printed something that is not ${format}.`, bill);
  if (output.text.trim() === '') return failed('empty-answer', `${name} printed nothing.`, bill);
  return {
    kind: 'answered',
    answer: {
      text: output.text,
      toolCalls: [],
      finishReason: 'stop',
      ...(output.usage && { usage: output.usage }),
      ...(output.reportedCostNanoUsd !== undefined && { reportedCostNanoUsd: output.reportedCostNanoUsd }),
      ...(output.servedModel !== undefined && { servedModel: output.servedModel }),
    },
  };
}

function failureOfEnd(name: string, why: Extract<ChildEnd, { kind: 'ended' }>['why'], bill: FailedBill): FailedCall {
  switch (why) {
    case 'cancelled':
      return failed('cancelled', `The run of ${name} was cancelled.`, bill);
    case 'timeout':
      return failed('timeout-total', `${name} reached its time limit and was ended.`, bill);
    case 'output':
      return failed('malformed-answer', `${name} printed more than its limit and was ended.`, bill);
    case 'signal':
      return failed('connection-lost', `${name} was ended by a signal that did not come from here.`, bill);
  }
}

/** How agents say in prose why they failed. Only the class is kept: their words may repeat the prompt. */
const CLASS_BY_WORDS: readonly (readonly [RegExp, FailureClass])[] = [
  [/usage limit|quota|credit balance|billing/i, 'quota-exhausted'],
  [/rate.?limit|too many requests|\b429\b/i, 'rate-limited'],
  [/overloaded|\b529\b|\b503\b/i, 'overloaded'],
  [/not logged in|log ?in|unauthorized|authenticat|api key|\b401\b|\b403\b/i, 'authentication'],
  [/model.{0,40}(?:not found|does not exist|not supported)/i, 'not-found'],
  [/prompt is too long|context (?:length|window)/i, 'context-too-long'],
];

const REASONS: Partial<Record<FailureClass, string>> = {
  'quota-exhausted': ': its account has reached its limit',
  'rate-limited': ': too many requests',
  overloaded: ': its provider is overloaded',
  authentication: ': it is not signed in, or its key is not accepted',
  'not-found': ': it does not know the model',
  'context-too-long': ': the prompt does not fit the model',
};

/** Characters of an agent's own words that are looked at, from the end, where the reason stands. */
const WORDS_LIMIT = 8_000;

function classOfWords(words: string): FailureClass {
  const last = words.slice(-WORDS_LIMIT);
  return CLASS_BY_WORDS.find(([pattern]) => pattern.test(last))?.[1] ?? 'server-error';
}
