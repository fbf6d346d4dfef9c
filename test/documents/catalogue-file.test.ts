import type { CommandConfig, ProviderConfig, ProviderKind } from '../../activities/providers/provider';
import { PROVIDER_KINDS } from '../../activities/providers/provider';
import type { ProviderEntry } from '../../db/documents/build-provider';
import { parseCatalogueFile, type SignalboxConfig } from '../../db/documents/catalogue-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { formatProblems } from '../../db/documents/problem';
import { KINDS } from '../../db/documents/well-known-providers';

const parse = (text: string) => parseCatalogueFile(text, 'signalbox.yaml', loadPriceLibrary());

function ok(text: string): SignalboxConfig {
  const parsed = parse(text);
  if ('problems' in parsed) throw new Error(formatProblems(parsed.problems));
  return parsed.ok;
}

/** Problems as `line:column path message`. */
function problems(text: string): string[] {
  const parsed = parse(text);
  return 'problems' in parsed ? parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`) : [];
}

/** A file with one model of one provider, given as lines below each. */
const oneModel = (modelLines: string[], providerLines: string[] = [], name = 'anthropic') =>
  [
    'providers:',
    `  ${name}:`,
    ...providerLines.map((line) => `    ${line}`),
    '    models:',
    '      m:',
    ...modelLines.map((line) => `        ${line}`),
  ].join('\n');

test('takes the operator, who is a name on one line', () => {
  expect(ok(`operator: Ana O'Neil\n${oneModel([])} {}`)).toMatchObject({ operator: "Ana O'Neil" });
  expect(ok(`${oneModel([])} {}`)).not.toHaveProperty('operator');
  for (const operator of ['""', '" ana"', '"a\\nb"', '"\\e[31m"']) {
    expect(problems(`operator: ${operator}\n${oneModel([])} {}`)).toEqual([expect.stringContaining('operator A person is named')]);
  }
});

describe('the keys of the users’ habit', () => {
  const habit = `
ewma: {alpha: 0.3, min_ratings: 3, poor_threshold: 2.5}
providers:
  NAME:
    default_model: small
    models:
      small: {display_name: Small, cost_tier: budget, capability_tier: SIMPLE, default_priority: 50}
      large: {display_name: Large, cost_tier: premium, capability_tier: REASONING, default_priority: 100}
`;

  test.each([
    ['anthropic', 'anthropic'],
    ['openai', 'openai'],
    ['google', 'google'],
    ['azure', 'azure'],
    ['bedrock', 'bedrock'],
    ['claude', 'command'],
    ['codex', 'command'],
    ['gemini', 'command'],
    ['ollama', 'openai-compatible'],
    ['scripted', 'scripted'],
  ])('are a valid file by themselves for a provider named %s', (name, kind) => {
    const { catalogue, providers, ewma } = ok(habit.replace('NAME', name));
    expect(providers).toMatchObject([{ name, kind }]);
    expect(ewma).toEqual({ alpha: 0.3, minRatings: 3, poorThreshold: 2.5, seed: 3 });
    expect(catalogue.defaultModels.get(name)).toBe(`${name}/small`);
    expect(catalogue.models.get(`${name}/large`)).toMatchObject({
      displayName: 'Large',
      costTier: 'premium',
      capabilityTier: 'REASONING',
      defaultPriority: 100,
    });
  });

  test('with a provider named gemini warn that this is the agent, unless the file shows that it is meant', () => {
    const warned = (text: string) => ok(text).warnings.some(({ path }) => path === 'providers.gemini');
    expect(warned(oneModel(['status: active'], [], 'gemini'))).toBe(true);
    expect(warned(oneModel(['status: active'], ['kind: command'], 'gemini'))).toBe(false);
    expect(warned(oneModel(['status: active'], ['kind: google'], 'gemini'))).toBe(false);
  });

  test('with a provider of an unknown name say what to give', () => {
    expect(problems(habit.replace('NAME', 'antropic'))).toEqual([
      '4:3 providers.antropic Nothing is known of a provider of this name. Did you mean "anthropic"? Otherwise give its "kind": ' +
        `${KINDS.join(', ')}.`,
    ]);
    expect(ok(habit.replace('NAME:', 'mine:\n    kind: openai')).providers).toMatchObject([{ name: 'mine', kind: 'openai' }]);
  });
});

test('fails closed where the file is silent: public and internal only, no region, no call without a price', () => {
  const { catalogue, warnings } = ok(oneModel(['display_name: M']));
  expect(catalogue.models.get('anthropic/m')).toMatchObject({
    privacyTiers: ['public', 'internal'],
    regions: [],
    allowUnknownPrice: false,
  });
  expect(catalogue.models.get('anthropic/m')).not.toHaveProperty('prices');
  expect(warnings).toMatchObject([
    { line: 4, path: 'providers.anthropic.models.m', message: expect.stringContaining('No price is known') },
  ]);
});

test('takes prices, windows, capabilities and retirement from the library, and each from the file when it is there', () => {
  const text =
    'providers: {anthropic: {models: {claude-sonnet-4-5: {}, own: {provider_model: claude-sonnet-4-5, max_output: 1000, prices: {input: 1, output: 2}, retires: 2027-01-01}}}}';
  const { catalogue } = ok(text);
  expect(catalogue.models.get('anthropic/claude-sonnet-4-5')).toMatchObject({
    contextWindowTokens: 200_000,
    maxOutputTokens: 64_000,
    status: { kind: 'deprecated', retiresAt: Date.UTC(2026, 10, 30) },
    prices: { steps: [{ input: 3_000_000 }] },
  });
  expect(catalogue.models.get('anthropic/own')).toMatchObject({
    contextWindowTokens: 200_000,
    maxOutputTokens: 1000,
    status: { kind: 'deprecated', retiresAt: Date.UTC(2027, 0, 1) },
    prices: { steps: [{ aboveInputTokens: 0, input: 1_000_000, output: 2_000_000 }] },
  });
  expect(
    ok(text.replace('sonnet-4-5: {}', 'sonnet-4-5: {status: active}')).catalogue.models.get('anthropic/claude-sonnet-4-5')?.status,
  ).toEqual({ kind: 'active' });
});

test('converts prices of the file: steps, batch, cache and the price of a call', () => {
  const prices =
    'prices: {input: 3, output: 15, reasoning: 20, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6, per_call_usd: 0.01, ' +
    'long_context: [{above_tokens: 200000, input: 6, output: 22.5}], batch: {input: 1.5, output: 7.5}}';
  expect(ok(oneModel([prices])).catalogue.models.get('anthropic/m')?.prices).toEqual({
    steps: [
      { aboveInputTokens: 0, input: 3e6, output: 15e6, reasoning: 20e6, cacheRead: 3e5, cacheWrite: 3.75e6, cacheWrite1h: 6e6 },
      { aboveInputTokens: 200_000, input: 6e6, output: 22.5e6 },
    ],
    batchSteps: [{ aboveInputTokens: 0, input: 1.5e6, output: 7.5e6 }],
    perCallNanoUsd: 10_000_000,
  });
});

test('lets models inherit what their provider says, and say otherwise', () => {
  const text = oneModel(
    ['regions: [us]'],
    ['privacy_tiers: [public, confidential]', 'regions: [eu]', 'pool: shared', 'allow_unknown_price: true'],
  );
  expect(ok(text).catalogue.models.get('anthropic/m')).toMatchObject({
    privacyTiers: ['public', 'confidential'],
    regions: ['us'],
    pool: 'shared',
    allowUnknownPrice: true,
  });
});

test('gives every pool that a model runs in, with the file’s limits', () => {
  const text = `${oneModel(['pool: seats'], [], 'codex')}\npools:\n  seats: {calls_per_second: 0.5}\n  idle: {concurrency: 3}\n`;
  const { pools, warnings } = ok(text);
  expect(pools).toEqual([
    { name: 'seats', concurrency: 2, callsPerSecond: 0.5 },
    { name: 'idle', concurrency: 3 },
  ]);
  expect(warnings.map(({ path }) => path)).toEqual(['providers.codex.models.m', 'pools.idle']);
});

test('reads budgets in nano-dollars, per scope and time zone', () => {
  const budgets =
    'budgets: [{scope: global, daily_usd: 12.5}, {scope: "team:search", monthly_usd: 100, per_request_usd: 1, time_zone: Europe/Berlin, hard: false, warn_at_monthly: 0.5}]';
  expect(ok(`${oneModel(['status: active'])}\n${budgets}`).budgets).toEqual([
    { scopeKind: 'global', scopeId: '', dailyNanoUsd: 12_500_000_000, timeZone: 'UTC', hard: true, warnAtDaily: 0.75, warnAtMonthly: 0.8 },
    {
      scopeKind: 'team',
      scopeId: 'search',
      monthlyNanoUsd: 100_000_000_000,
      perRequestNanoUsd: 1_000_000_000,
      timeZone: 'Europe/Berlin',
      hard: false,
      warnAtDaily: 0.75,
      warnAtMonthly: 0.5,
    },
  ]);
});

test('asks known agents as each expects it, sees no variable and approves nothing unless told so', () => {
  const commands = ['claude', 'codex', 'gemini'].map((name) => ok(oneModel(['priced_as: gpt-6-sol'], [], name)).providers[0]?.command);
  expect(commands).toMatchObject([
    { program: 'claude', args: ['--model', '{model}', '-p'], promptBy: 'stdin' },
    { program: 'codex', args: ['exec', '--model', '{model}', '-'], promptBy: 'stdin' },
    { program: 'gemini', args: ['--model', '{model}', '-p', '{prompt}'], promptBy: 'argument' },
  ]);
  expect(commands.every((command) => command?.env.length === 0 && command.autoApprove === false && command.output === 'text')).toBe(true);
});

test('takes the library’s price only for the model that is called: an Azure deployment by its model, no fine-tuned model by its base', () => {
  const priceOf = (name: string, lines: string) =>
    [...ok(`providers: {${name}: {models: {gpt-6-sol: {${lines}}}}}`).catalogue.models.values()][0]?.prices?.steps[0]?.input;
  expect(priceOf('azure', 'provider_model: our-deployment')).toBe(2_000_000);
  expect(priceOf('azure', 'provider_model: gpt-6-luna')).toBe(2_000_000);
  expect(priceOf('azure', 'regions: [eu, us]')).toBeUndefined();
  expect(priceOf('openai', 'provider_model: "ft:gpt-6-sol:us"')).toBeUndefined();
});

test('scripted models cost nothing, and say so', () => {
  expect(ok(oneModel(['status: active'], [], 'scripted')).catalogue.models.get('scripted/m')?.prices).toEqual({
    steps: [{ aboveInputTokens: 0, input: 0, output: 0 }],
  });
});

test('lets no control character of the file reach a terminal', () => {
  expect(problems('"\\e[31mred\\e[0m": 1').join()).not.toMatch(/\p{Cc}/u);
});

test('stays quick on a valid file as large as is read', () => {
  const started = performance.now();
  const text = `providers:\n  anthropic:\n    models:\n${Array.from({ length: 20_000 }, (_, i) => `      m${i}: {pool: p${i}}`).join('\n')}`;
  expect(ok(text).catalogue.models.size).toBe(20_000);
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('sends a default key only to the vendor’s own address', () => {
  expect(ok(oneModel(['status: active'], [], 'openai')).providers[0]?.apiKeyEnv).toBe('OPENAI_API_KEY');
  expect(ok(oneModel(['status: active'], ['base_url: https://models.example'], 'openai')).providers[0]).not.toHaveProperty('apiKeyEnv');
});

test('names every error at once, in the order of the file', () => {
  const text = `ewma:
  alpha: 1.5
  min_rating: 3
providers:
  anthropic:
    api_key: sk-ant-very-secret
    default_model: claud
    models:
      claude:
        cost_tier: cheap
        capability_tier: standard
        default_priority: -1
        max_output: 10
        context_window: 5
        quality: .nan
        prices: {input: -3, output: .inf}
      claude:
        display_name: again
  acme:
    models: {x: {regions: [EU], privacy_tiers: [secret]}}
budgets:
  - {scope: team, daily_usd: 1}
  - {scope: global, daily_usd: 10, monthly_usd: 5, time_zone: Mars/Base}
pool: {}
`;
  const found = problems(text);
  expect(found.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
    '2:10 ewma.alpha',
    '3:3 ewma.min_rating',
    '6:5 providers.anthropic.api_key',
    '7:20 providers.anthropic.default_model',
    '10:20 providers.anthropic.models.claude.cost_tier',
    '11:26 providers.anthropic.models.claude.capability_tier',
    '12:27 providers.anthropic.models.claude.default_priority',
    '13:21 providers.anthropic.models.claude.max_output',
    '15:18 providers.anthropic.models.claude.quality',
    '16:25 providers.anthropic.models.claude.prices.input',
    '16:37 providers.anthropic.models.claude.prices.output',
    '17:7 providers.anthropic.models.claude',
    '19:3 providers.acme',
    '20:28 providers.acme.models.x.regions[0]',
    '20:49 providers.acme.models.x.privacy_tiers[0]',
    '22:13 budgets[0].scope',
    '23:63 budgets[1].time_zone',
    '24:1 pool',
  ]);
  expect(found[1]).toContain('Did you mean "min_ratings"?');
  expect(found[2]).toContain('"api_key_env"');
  expect(found[3]).toContain('Did you mean "claude"?');
  expect(found[4]).toContain('"cheap" is not one of budget, balanced, premium.');
  expect(found[5]).toContain('Did you mean "STANDARD"?');
  expect(found[17]).toContain('Did you mean "pools"?');
  expect(found.join()).not.toContain('very-secret');
});

describe('refuses what contradicts itself:', () => {
  const cases: [what: string, text: string, at: string][] = [
    ['a model that retires before it is deprecated', oneModel(['deprecated: 2026-12-01', 'retires: 2026-11-01']), '6:18'],
    ['an active model with a retirement', oneModel(['status: active', 'retires: 2026-12-01']), '6:9'],
    ['a day that no calendar has', oneModel(['retires: 2026-02-30']), '5:18'],
    ['an output limit above the window that the library knows', oneModel(['max_output: 2000000', 'priced_as: claude-opus-5-5']), '5:21'],
    [
      'long-context steps that do not go up',
      oneModel([
        'prices: {input: 1, output: 1, long_context: [{above_tokens: 9, input: 1, output: 1}, {above_tokens: 9, input: 1, output: 1}]}',
      ]),
      '5:109',
    ],
    ['prices of its own and of the library', oneModel(['prices: {input: 1, output: 1}', 'priced_as: gpt-6-sol']), '6:9'],
    ['a library entry that is not there', oneModel(['priced_as: gpt-6-soll']), '5:20'],
    ['a region named twice', oneModel(['regions: [eu, eu]']), '5:23'],
    ['a command for an interface', oneModel(['status: active'], ['kind: openai', 'command: {program: x}']), '4:5'],
    ['an address for a command', oneModel(['status: active'], ['base_url: https://x.example'], 'claude'), '3:5'],
    ['a key for a command', oneModel(['status: active'], ['api_key_env: X'], 'claude'), '3:5'],
    ['a command without a program', oneModel(['status: active'], ['kind: command'], 'agent'), '2:3'],
    [
      'a prompt as an argument that no argument takes',
      oneModel(['status: active'], ['command: {program: x, prompt_by: argument}'], 'agent'),
      '3:5',
    ],
    [
      'an argument for a prompt that goes to standard input',
      oneModel(['status: active'], ['command: {program: x, args: ["{prompt}"]}'], 'agent'),
      '3:5',
    ],
    ['a compatible interface without an address', oneModel(['status: active'], ['kind: openai-compatible'], 'mine'), '2:3'],
    ['an address that is not encrypted', oneModel(['status: active'], ['base_url: http://x.example']), '3:15'],
    ['an address with a password', oneModel(['status: active'], ['base_url: https://u:p@x.example']), '3:15'],
    ['something that is no address', oneModel(['status: active'], ['base_url: x.example']), '3:15'],
    ['an option of another kind', oneModel(['status: active'], ['options: {resource: x}']), '3:15'],
    ['a secret as the name of a variable', oneModel(['status: active'], ['api_key_env: sk-ant-123']), '3:18'],
    ['a provider without models', 'providers: {openai: {models: {}}}', '1:22'],
    ['a file without providers', 'ewma: {alpha: 0.3}', '1:1'],
    ['providers without a value', 'providers:', '1:1'],
    ['a day dearer than its month', `${oneModel(['status: active'])}\nbudgets:\n  - {scope: global, daily_usd: 9, monthly_usd: 5}`, '7:32'],
    [
      'a request dearer than its day',
      `${oneModel(['status: active'])}\nbudgets:\n  - {scope: global, daily_usd: 1, per_request_usd: 5}`,
      '7:52',
    ],
    ['a budget that limits nothing', `${oneModel(['status: active'])}\nbudgets:\n  - {scope: global}`, '7:5'],
    [
      'two budgets for one scope',
      `${oneModel(['status: active'])}\nbudgets:\n  - {scope: global, daily_usd: 1}\n  - {scope: global, daily_usd: 2}`,
      '8:13',
    ],
    [
      'a warning for a limit that is not there',
      `${oneModel(['status: active'])}\nbudgets:\n  - {scope: global, daily_usd: 1, warn_at_monthly: 0.5}`,
      '7:35',
    ],
    [
      'an offset for a time zone',
      `${oneModel(['status: active'])}\nbudgets:\n  - {scope: global, daily_usd: 1, time_zone: "+02:00"}`,
      '7:46',
    ],
  ];
  test.each(cases)('%s', (_, text, at) => {
    expect(problems(text)).toEqual([expect.stringMatching(new RegExp(`^${at} `))]);
  });
});

test('never repeats an address or a supposed variable name, which may hold a secret', () => {
  expect(
    problems(oneModel(['status: active'], ['base_url: https://user:hunter2@x.example', 'api_key_env: sk-hunter2'])).join(),
  ).not.toContain('hunter2');
});

test('stays quick on a file that is wrong from end to end', () => {
  const started = performance.now();
  const text = `providers:\n  anthropic:\n    models:\n${Array.from({ length: 5000 }, (_, i) => `      m${i}: {cost_tier: x${i}, prize: 1}`).join('\n')}`;
  expect(problems(text)).toHaveLength(101);
  expect(performance.now() - started).toBeLessThan(5000);
});

test('the version of a catalogue changes with any model, price or provider, and with nothing else', () => {
  const version = (text: string) => ok(text).catalogue.version;
  const base = oneModel(['prices: {input: 1, output: 2}']);
  expect(version(`# a comment\n${base}\nsettings: {shutdown_grace_seconds: 5}`)).toBe(version(base));
  expect(version(oneModel(['prices: {input: 1, output: 3}']))).not.toBe(version(base));
  expect(version(oneModel(['prices: {input: 1, output: 2}'], ['api_key_env: OTHER']))).not.toBe(version(base));
});

test('provider entries are what the provider contract takes', () => {
  // Checked by the compiler: either line fails to build when the two drift apart.
  const config: ProviderConfig = ok(oneModel(['status: active'], [], 'claude')).providers[0] as ProviderEntry;
  const command: CommandConfig | undefined = config.command;
  const kinds: readonly ProviderKind[] = KINDS;
  expect(kinds).toEqual(PROVIDER_KINDS);
  expect(command?.program).toBe('claude');
});
