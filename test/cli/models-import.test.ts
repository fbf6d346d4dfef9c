/** `models show` and `models import`. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pricesOf, testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';

beforeAll(commandPath, 180_000);

const OWN = `# ours
providers:
  anthropic:
    models:
      claude-haiku-5-5: { default_priority: 10 } # quick
  scripted:
    models:
      echo: {}
`;
const textOf = (cwd: string) => readFileSync(join(cwd, 'signalbox.yaml'), 'utf8');
const importFile = (cwd: string, file: string, ...words: string[]) =>
  signalbox(['models', 'import', file, '--file-only', '--json', ...words], { cwd });

describe('import of another signalbox.yaml', () => {
  const OTHER = `ewma: { alpha: 0.3, min_ratings: 3, poor_threshold: 2.5 }
providers:
  anthropic:
    default_model: claude-sonnet-5-5
    models:
      claude-haiku-5-5: { display_name: Haiku, cost_tier: budget, capability_tier: SIMPLE, default_priority: 60 }
      claude-sonnet-5-5: { display_name: Sonnet, cost_tier: balanced, capability_tier: STANDARD, default_priority: 80 }
  openai: { models: { gpt-6-sol: { default_priority: 75 } } }
`;

  test('adds models and providers, sets what it says of those that are there, and leaves the rest as it was', async () => {
    const cwd = folderWith({ 'signalbox.yaml': OWN, 'other.yaml': OTHER });
    expect(jsonOf(await importFile(cwd, 'other.yaml'))).toMatchObject({
      isChanged: true,
      isWritten: true,
      news: [{ kind: 'model-shipped', models: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'] }],
    });
    const text = textOf(cwd);
    expect(text).toContain('# ours\n');
    expect(text).toContain('display_name: Haiku');
    expect(text).toMatch(/claude-haiku-5-5: \{ default_priority: 60, .*\} # quick/);
    expect(text).toContain('echo: {}');
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
    expect(jsonOf(await importFile(cwd, 'other.yaml'))).toMatchObject({ isChanged: false });
  });

  test('a file with problems changes nothing', async () => {
    const cwd = folderWith({ 'signalbox.yaml': OWN, 'other.yaml': 'providers: { anthropic: { modls: {} } }' });
    const ran = await importFile(cwd, 'other.yaml');
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({
      error: {
        code: 'bad_config',
        message: expect.stringMatching(/neither a signalbox\.yaml nor a list of prices(.|\n)*Did you mean "models"\?/),
      },
    });
    expect(textOf(cwd)).toBe(OWN);
  });
});

describe("import of LiteLLM's list", () => {
  const LIST = {
    sample_spec: { litellm_provider: 'one of https://docs.litellm.ai', input_cost_per_token: 0, output_cost_per_token: 0 },
    'claude-haiku-5-5': {
      litellm_provider: 'anthropic',
      mode: 'chat',
      input_cost_per_token: 3e-6,
      output_cost_per_token: 9e-6,
      cache_read_input_token_cost: 3e-7,
      max_input_tokens: 123_000,
      max_output_tokens: 4_567,
    },
    'gpt-6-sol': { litellm_provider: 'openai', mode: 'chat', input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 },
    'free-embedding': { litellm_provider: 'openai', mode: 'embedding', input_cost_per_token: 1e-8 },
  };

  test('gives the models of the file their prices and limits, and adds none', async () => {
    const cwd = folderWith({ 'signalbox.yaml': OWN, 'prices.json': JSON.stringify(LIST) });
    expect(jsonOf(await importFile(cwd, 'prices.json'))).toMatchObject({
      news: [
        { kind: 'price-change', models: ['anthropic/claude-haiku-5-5'], detail: expect.stringContaining('→ 3/9 USD per million tokens') },
      ],
    });
    expect(textOf(cwd)).toBe(
      OWN.replace(
        '{ default_priority: 10 }',
        '{ default_priority: 10, prices: { input: 3, output: 9, cache_read: 0.3 }, context_window: 123000, max_output: 4567 }',
      ),
    );
    expect(jsonOf(await importFile(cwd, 'prices.json'))).toMatchObject({ isChanged: false });
  });

  test('the list that ships changes nothing: its prices hold already', async () => {
    const cwd = folderWith({ 'signalbox.yaml': OWN });
    const shipped = join(__dirname, '..', '..', 'data', 'model-prices.json');
    expect(jsonOf(await importFile(cwd, shipped))).toMatchObject({ isChanged: false, news: [] });
  });

  test('--dry-run says what would change, and changes nothing', async () => {
    const cwd = folderWith({ 'signalbox.yaml': OWN, 'prices.json': JSON.stringify(LIST) });
    const { stdout } = await signalbox(['models', 'import', 'prices.json', '--dry-run'], { cwd });
    expect(stdout).toMatch(/claude-haiku-5-5 .* → 3\/9 USD.*\nsignalbox\.yaml would be changed; nothing was\.\n/);
    expect(textOf(cwd)).toBe(OWN);
  });
});

test.each([
  ['no such file', 'none.yaml', 'bad_input', /cannot be read \(ENOENT\)/],
  ['a list without a price', 'empty.json', 'bad_input', /no model with a price/],
])('%s is refused', async (_, file, code, says) => {
  const cwd = folderWith({ 'signalbox.yaml': OWN, 'empty.json': '{"one": {"litellm_provider": "openai"}}' });
  const ran = await importFile(cwd, file);
  expect(ran.exitCode).toBe(2);
  expect(jsonOf(ran)).toEqual({ error: { code, message: expect.stringMatching(says) } });
});

describe('show', () => {
  let stack: Installation;
  beforeAll(async () => {
    const promptTemplate = { prefix: 'Be brief. ' };
    stack = await install({
      models: [testModel('scripted/first', { prices: pricesOf(1, 5), defaultPriority: 77, promptTemplate, capabilityTier: 'COMPLEX' })],
    });
    await stack.client.rate({ score: 5, model: 'scripted/first' });
  }, 60_000);
  afterAll(() => stack.end());

  const show = (...words: string[]) => signalbox(['models', 'show', ...words], { env: stack.environment });

  test('has what the catalogue says of a model, and what became of its calls', async () => {
    expect(jsonOf(await show('scripted/first', '--json'))).toMatchObject({
      model: 'scripted/first',
      provider: 'scripted',
      tier: 'COMPLEX',
      usdPerMillionTokens: { input: 1, output: 5 },
      isDefault: false,
      defaultPriority: 77,
      promptTemplate: { prefix: 'Be brief. ' },
      history: { calls: 0, costUsd: 0, ewma: expect.closeTo(3.6, 9), ratings: 1, tiers: [{ tier: 'COMPLEX', ratings: 1 }] },
    });
    const { stdout } = await show('scripted/first');
    expect(stdout).toMatch(/^scripted\/first\n(.|\n)*tier +COMPLEX, balanced, priority 77\n(.|\n)*USD per million +input: 1, output: 5\n/);
    expect(stdout).toContain('rated 3.60 (1 rating); COMPLEX 3.60 (1)');
  });

  test('refuses a model that does not exist, with the nearest names', async () => {
    const ran = await show('scripted/frist', '--json');
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({ error: { code: 'unknown_model', message: expect.stringContaining('Did you mean "scripted/first"?') } });
  });
});
