import { loadPriceLibrary, type PriceListEntry, priceLibraryOf } from '../../db/documents/price-library';

const library = loadPriceLibrary();
const find = (kind: Parameters<typeof library.find>[0]['kind'], name: string, regions: string[] = [], program?: string) =>
  library.find({ kind, names: [name], regions, ...(program !== undefined && { program }) });

/** A list with one entry, with the fields that every entry has. */
const listed = (fields: PriceListEntry) =>
  priceLibraryOf(() => ({ m: { litellm_provider: 'openai', input_cost_per_token: 1e-6, output_cost_per_token: 4e-6, ...fields } })).entry(
    'm',
  )!;

test('has prices in integers of pico-dollars per token', () => {
  expect(find('anthropic', 'claude-sonnet-4-5')?.prices.steps).toEqual([
    { aboveInputTokens: 0, input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite: 3_750_000, cacheWrite1h: 6_000_000 },
  ]);
  for (const key of library.keys()) {
    const { steps, batchSteps = [] } = library.entry(key)!.prices;
    for (const step of [...steps, ...batchSteps]) expect(Object.values(step).every(Number.isSafeInteger)).toBe(true);
  }
});

test('has the long-context steps that the names of the fields state, cache prices included', () => {
  expect(find('openai', 'gpt-6-luna')?.prices.steps).toEqual([
    { aboveInputTokens: 0, input: 100_000, output: 500_000, cacheRead: 10_000, cacheWrite: 125_000 },
    { aboveInputTokens: 272_000, input: 200_000, output: 750_000, cacheRead: 20_000, cacheWrite: 250_000 },
  ]);
  expect(find('anthropic', 'claude-haiku-5-5')?.prices.steps[1]).toEqual({
    aboveInputTokens: 100_000,
    input: 500_000,
    output: 2_500_000,
    cacheRead: 50_000,
    cacheWrite: 625_000,
    cacheWrite1h: 1_000_000,
  });
  expect(find('google', 'gemini-2.5-pro')?.prices.steps.map(({ aboveInputTokens }) => aboveInputTokens)).toEqual([0, 200_000]);
});

test('has batch prices at the same steps, and reasoning prices', () => {
  expect(find('openai', 'gpt-6-sol')?.prices.batchSteps).toEqual([
    { aboveInputTokens: 0, input: 1_000_000, output: 5_000_000, cacheRead: 100_000, cacheWrite: 1_250_000 },
    { aboveInputTokens: 272_000, input: 2_000_000, output: 7_500_000, cacheRead: 200_000, cacheWrite: 2_500_000 },
  ]);
  expect(find('google', 'gemini-3.8-flash')?.prices.steps[0]?.reasoning).toBe(3_750_000);
});

test('keeps a price that the list does not state unknown, never 0', () => {
  expect(listed({ cache_read_input_token_cost: 0 }).prices).toEqual({
    steps: [{ aboveInputTokens: 0, input: 1_000_000, output: 4_000_000 }],
  });
  expect(listed({}).prices.batchSteps).toBeUndefined();
});

test('never prices a step or a batch below what the list says of the same tokens elsewhere', () => {
  const { steps, batchSteps } = listed({
    cache_creation_input_token_cost_above_1hr: 9e-6,
    input_cost_per_token_above_200k_tokens: 2e-6,
    input_cost_per_token_batches: 5e-7,
    output_cost_per_token_batches: 2e-6,
  }).prices;
  expect(steps[1]).toEqual({ aboveInputTokens: 200_000, input: 2_000_000, output: 4_000_000, cacheWrite1h: 9_000_000 });
  expect(batchSteps).toEqual([{ aboveInputTokens: 0, input: 500_000, output: 2_000_000, cacheWrite1h: 9_000_000 }, steps[1]]);
});

test('finds Azure deployments by the zone that content stays in, and never guesses a zone from the global price', () => {
  expect(find('azure', 'gpt-6-sol')?.key).toBe('azure/gpt-6-sol');
  expect(find('azure', 'gpt-6-sol', ['eu'])?.prices.steps[0]?.input).toBe(2_400_000);
  expect(find('azure', 'gpt-6-sol', ['us'])?.key).toBe('azure/us/gpt-6-sol');
  expect(find('azure', 'gpt-6-sol', ['mars'])).toBeUndefined();
});

test('finds Bedrock models by inference profile, each at its own price', () => {
  expect(find('bedrock', 'eu.anthropic.claude-sonnet-5-5')?.prices.steps[0]?.input).toBe(2_200_000);
  expect(find('bedrock', 'global.anthropic.claude-sonnet-5-5')?.prices.steps[0]?.input).toBe(2_000_000);
  expect(find('bedrock', 'claude-sonnet-5-5')).toBeUndefined();
});

test('finds what a command-line agent runs at its vendor, and a family name as its latest model', () => {
  expect(find('command', 'claude-opus-4-6', [], 'claude')?.key).toBe('claude-opus-4-6');
  expect(find('command', 'opus', [], 'claude')?.key).toBe('claude-opus-5-5');
  expect(find('command', 'gpt-6-sol', [], 'codex')?.key).toBe('gpt-6-sol');
  expect(find('command', 'gemini-4-argon', [], 'gemini')?.key).toBe('gemini/gemini-4-argon');
  expect(find('command', 'gpt-6-sol', [], 'my-agent')).toBeUndefined();
});

test('does not give one vendor the price of another', () => {
  expect(find('openai', 'claude-sonnet-5-5')).toBeUndefined();
  expect(find('openai-compatible', 'gpt-6-sol')).toBeUndefined();
});

test('knows windows, output limits, capabilities and announced retirements', () => {
  const model = find('anthropic', 'claude-sonnet-4-5');
  expect(model).toMatchObject({ contextWindowTokens: 200_000, maxOutputTokens: 64_000, retires: '2026-11-30' });
  expect(model?.capabilities).toEqual(['tools', 'vision', 'pdf', 'structured-output', 'reasoning', 'prompt-caching']);
});
