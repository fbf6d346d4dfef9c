/** `config`: what is set, where it comes from, and how it is changed: in the file and in the stack, or not at all. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';

beforeAll(commandPath, 180_000);

const CATALOGUE = `operator: ana
providers:
  scripted:
    default_model: one
    models: { one: { default_priority: 40 }, two: { default_priority: 90 } }
  openai: { models: { gpt-6-sol: {} } }
budgets: [{ scope: global, daily_usd: 10 }]
`;
const POLICY = `# ours
weights:
  cost: 0.25 # dear
# the end
`;
const FILES = { 'signalbox.yaml': CATALOGUE, 'policy.yaml': POLICY };
const policyOf = (cwd: string) => readFileSync(join(cwd, 'policy.yaml'), 'utf8');

interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
  readonly source: string | null;
}

interface Shown {
  readonly files: { readonly catalogue: string | null; readonly policy: string | null; readonly isCatalogueInForce: boolean };
  readonly isStackReached: boolean;
  readonly providers: readonly {
    readonly provider: string;
    readonly isAvailable: boolean;
    readonly hasKey: boolean | null;
    readonly models: readonly {
      readonly model: string;
      readonly priority: number;
      readonly ewma: number | null;
      readonly ratings: number;
    }[];
  }[];
  readonly settings: readonly Setting[];
}

describe('without a stack', () => {
  test('show says which providers can be called, and never a key', async () => {
    const cwd = folderWith(FILES);
    const env = { OPENAI_API_KEY: 'sk-secret-0123456789' };
    const ran = await signalbox(['config', 'show', '--json'], { cwd, env });
    const shown = jsonOf<Shown>(ran);
    expect(shown).toMatchObject({
      files: { catalogue: 'signalbox.yaml', policy: 'policy.yaml', isCatalogueInForce: false },
      isStackReached: false,
      providers: [
        {
          provider: 'scripted',
          isAvailable: true,
          hasKey: null,
          defaultModel: 'scripted/one',
          models: [
            { model: 'scripted/two', priority: 90, ewma: null, ratings: 0 },
            { model: 'scripted/one', priority: 40 },
          ],
        },
        { provider: 'openai', isAvailable: true, hasKey: true, keyVariable: 'OPENAI_API_KEY' },
      ],
    });
    const people = await signalbox(['config', 'show'], { cwd, env });
    expect(people.stdout).toMatch(/openai \(openai\), available, key present: yes \(OPENAI_API_KEY\)/);
    expect(people.stdout).toMatch(/model +tier +priority +rating +ratings/);
    expect(people.stderr).toContain('No stack answers here');
    expect(`${ran.stdout}${people.stdout}`).not.toContain('sk-secret');
    expect((await signalbox(['config', 'show'], { cwd })).stdout).toMatch(/not available: needs OPENAI_API_KEY, key present: no/);
  });

  test('--origin says of every setting whether flag, environment, file or default gave it', async () => {
    const options = { cwd: folderWith(FILES), env: { ROUTING_MAX_RETRIES: '0', ROUTING_DAILY_BUDGET: '7', ROUTING_TIMEOUT: '20s' } };
    const words = ['config', 'show', '--origin', '--set', 'attempts.max_call_seconds=30'];
    const { settings } = jsonOf<Shown>(await signalbox([...words, '--json'], options));
    const of = (key: string) => settings.find((setting) => setting.key === key);
    expect(of('weights.cost')).toEqual({ key: 'weights.cost', value: 0.25, origin: 'file', source: 'policy.yaml' });
    expect(of('weights.quality')).toEqual({ key: 'weights.quality', value: 0.2, origin: 'default', source: null });
    expect(of('attempts.tries_per_model')).toMatchObject({ value: 1, origin: 'environment', source: 'ROUTING_MAX_RETRIES' });
    expect(of('budgets.global.daily_usd')).toMatchObject({ value: 7, origin: 'environment', source: 'ROUTING_DAILY_BUDGET' });
    expect(of('attempts.max_call_seconds')).toMatchObject({ value: 30, origin: 'flag' });
    const { stdout } = await signalbox(words, options);
    expect(stdout).toMatch(/setting +value +from/);
    expect(stdout).toMatch(/attempts\.tries_per_model +1 +environment +ROUTING_MAX_RETRIES/);
    expect(stdout).toMatch(/review\.canary\.alpha +0\.05 +default/);
  });

  test('get prints one value, for people and for programs', async () => {
    const cwd = folderWith(FILES);
    expect(await signalbox(['config', 'get', 'weights.cost'], { cwd })).toEqual({ exitCode: 0, stdout: '0.25\n', stderr: '' });
    expect(jsonOf(await signalbox(['config', 'get', 'providers.scripted.default_model', '--json'], { cwd }))).toEqual({
      key: 'providers.scripted.default_model',
      value: 'one',
      origin: 'file',
      source: 'signalbox.yaml',
    });
  });

  test.each([
    [['get', 'weigths.cost'], {}, 'bad_argument', /Did you mean "weights\.cost"\?/],
    [['get', 'weights.cost'], { ROUTING_TIMEOUT: 'soon' }, 'bad_config', /ROUTING_TIMEOUT must be a time/],
    [
      ['get', 'weights.cost'],
      { ROUTING_TIMEOUT: '2h' },
      'bad_config',
      /Together with ROUTING_TIMEOUT, policy\.yaml has problems.*\n.*7200 s and the whole task only 900 s/,
    ],
    [
      ['get', 'weights.cost'],
      { ROUTING_DEFAULT_MODEL: 'scripted/tow' },
      'bad_config',
      /ROUTING_DEFAULT_MODEL names "scripted\/tow".*Did you mean "scripted\/two"\?/,
    ],
    [['get', 'weights.cost', '--set', 'weights.cost'], {}, 'bad_argument', /Give a setting and its value/],
    [['get', 'weights.cost', '--set', 'weights.cots=1'], {}, 'bad_config', /Did you mean "cost"\?/],
    [['get', 'weights.cost', '--set', 'nothing.at.all=1'], {}, 'bad_argument', /no setting "nothing\.at\.all"/],
    [['set', 'weights.cost', '-1', '--file-only'], {}, 'bad_config', /Must be at least 0/],
    [['set', 'weights.cost', ''], {}, 'bad_argument', /needs a value/],
    [['set', 'unknown', '1'], {}, 'bad_argument', /no setting "unknown"/],
    [['--set-weight', 'quality'], {}, 'bad_argument', /Give a factor and its weight/],
    [['--set-weight', 'qualty', '0.3'], {}, 'bad_argument', /Did you mean "quality"\?/],
    [['--set-weight', 'quality', '1.5'], {}, 'bad_argument', /a share from 0 to 1/],
    [['--set-weight', 'quality', '0.7', 'cost', '0.6'], {}, 'bad_argument', /more than 1/],
    [['set', 'weights.cost', '0.5'], {}, 'stack_not_running', /No stack runs/],
  ])('config %j is refused, and changes nothing', async (words, env, code, says) => {
    const cwd = folderWith(FILES);
    const ran = await signalbox(['config', ...words, '--json'], { cwd, env });
    expect(ran.exitCode).toBe(code === 'stack_not_running' ? 3 : 2);
    expect(jsonOf(ran)).toEqual({ error: { code, message: expect.stringMatching(says) } });
    expect(policyOf(cwd)).toBe(POLICY);
  });

  test('config alone prints its help and ends with 2', async () => {
    expect(await signalbox(['config'])).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--set-weight') });
  });

  test('set changes the one value in the file, whose comments stay', async () => {
    const cwd = folderWith(FILES);
    expect(jsonOf(await signalbox(['config', 'set', 'weights.cost', '0.4', '--file-only', '--json'], { cwd }))).toEqual({
      file: 'policy.yaml',
      settings: [{ key: 'weights.cost', before: 0.25, after: 0.4, overriddenBy: null }],
      isChanged: true,
      isWritten: true,
      isApplied: false,
      policyVersion: null,
      catalogueVersion: null,
    });
    expect(policyOf(cwd)).toBe(POLICY.replace('0.25', '0.4'));
  });

  test('set makes a policy.yaml where there is none, and --dry-run makes none', async () => {
    const cwd = folderWith({ 'signalbox.yaml': CATALOGUE });
    const dry = await signalbox(['config', 'set', 'attempts.max_attempts', '5', '--dry-run'], { cwd });
    expect(dry.stdout).toMatch(/attempts\.max_attempts +8 +5\npolicy\.yaml would be changed; nothing was\./);
    expect(() => policyOf(cwd)).toThrow('ENOENT');
    await signalbox(['config', 'set', 'attempts.max_attempts', '5', '--file-only'], { cwd });
    expect(policyOf(cwd)).toBe('attempts:\n  max_attempts: 5\n');
  });

  test('what wins over the file is told when the file is changed', async () => {
    const ran = await signalbox(['config', 'set', 'attempts.tries_per_model', '2', '--file-only'], {
      cwd: folderWith(FILES),
      env: { ROUTING_MAX_RETRIES: '4' },
    });
    expect(ran.stdout).toMatch(/attempts\.tries_per_model +5 +5/);
    expect(ran.stderr).toContain('ROUTING_MAX_RETRIES is set and wins over attempts.tries_per_model of the file.');
  });

  test('--set-weight shows all five weights, which add up to 1', async () => {
    const cwd = folderWith(FILES);
    const { settings } = jsonOf<{ settings: { key: string; after: number }[] }>(
      await signalbox(['config', '--set-weight', 'quality', '0.35', '--file-only', '--json'], { cwd }),
    );
    expect(settings.map(({ key }) => key.slice('weights.'.length))).toEqual(['capability', 'cost', 'quality', 'latency', 'historical']);
    expect(settings.find(({ key }) => key === 'weights.quality')?.after).toBe(0.35);
    expect(settings.reduce((sum, { after }) => sum + after, 0)).toBeCloseTo(1, 12);
    expect(policyOf(cwd)).toMatch(/^# ours\nweights:\n {2}cost: 0\.\d+ # dear\n/);
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
  });

  test('route plans by the environment and by flags', async () => {
    const cwd = folderWith(FILES);
    const route = async (options: RunOptions, ...words: string[]) =>
      jsonOf<{ chain: string[] }>(await signalbox(['route', 'Fix it', '--json', ...words], { ...options, cwd }));
    expect((await route({})).chain.length).toBeGreaterThan(1);
    expect((await route({ env: { ROUTING_FALLBACK_ENABLED: 'false' } })).chain).toHaveLength(1);
    expect((await route({ env: { ROUTING_FALLBACK_ENABLED: 'false' } }, '--set', 'attempts.max_models=2')).chain).toHaveLength(2);
  });
});

describe('with a stack', () => {
  let stack: Installation;
  beforeAll(async () => {
    stack = await install({ models: [testModel('scripted/served', { defaultPriority: 66 })] });
  }, 60_000);
  afterAll(() => stack.end());

  const run = (words: readonly string[], options: RunOptions = {}) =>
    signalbox(['config', ...words], { ...options, env: { ...stack.environment, ...options.env } });
  const weights = async () => (await stack.db.sql`SELECT body->'weights' AS weights FROM policy_versions WHERE active`)[0]?.weights;

  test('a folder without files shows the models in force, with what they were rated', async () => {
    await stack.client.rate({ score: 5, model: 'scripted/served' });
    const shown = jsonOf<Shown>(await run(['show', '--json']));
    expect(shown).toMatchObject({ files: { catalogue: null, isCatalogueInForce: true }, isStackReached: true });
    expect(shown.providers.flatMap(({ models }) => models)).toEqual([
      { model: 'scripted/served', tier: 'STANDARD', status: 'active', priority: 66, ewma: expect.closeTo(3.6, 9), ratings: 1 },
    ]);
    expect((await run(['show'])).stdout).toMatch(/scripted\/served +STANDARD +66 +3\.60 +1\n/);
  });

  test('what is not in force comes into force only when it is asked for', async () => {
    const cwd = folderWith(FILES);
    const before = await weights();
    const ran = await run(['--set-weight', 'quality', '0.35', '--json'], { cwd });
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({ error: { code: 'conflict', message: expect.stringMatching(/more would change.*--yes/) } });
    expect([await weights(), policyOf(cwd)]).toEqual([before, POLICY]);
    const applied = jsonOf(await run(['--set-weight', 'quality', '0.35', '--yes', '--json'], { cwd }));
    expect(applied).toMatchObject({ isApplied: true, policyVersion: 2, catalogueVersion: null });
    expect(await weights()).toMatchObject({ quality: 0.35 });
    expect(policyOf(cwd)).toContain('# the end');

    const next = await run(['set', 'weights.quality', '0.5', '--as', 'ben'], { cwd });
    expect(next.stdout).toMatch(/weights\.quality +0\.35 +0\.5\npolicy\.yaml is changed and in force, with policy version 3\./);
    const [row] = await stack.db.sql`SELECT applied_by FROM policy_versions WHERE active`;
    expect(row?.applied_by).toBe('ben');
    expect((await run(['set', 'weights.quality', '0.5'], { cwd })).stdout).toContain('says so already');
  });

  test('a change of signalbox.yaml puts its models and budgets in force', async () => {
    const cwd = folderWith(FILES);
    const changed = jsonOf(await run(['set', 'providers.scripted.default_model', 'two', '--yes', '--json'], { cwd }));
    expect(changed).toMatchObject({ file: 'signalbox.yaml', isApplied: true, catalogueVersion: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(readFileSync(join(cwd, 'signalbox.yaml'), 'utf8')).toBe(CATALOGUE.replace('default_model: one', 'default_model: two'));
    expect((await run(['set', 'settings.shutdown_grace_seconds', '30', '--json'], { cwd })).exitCode).toBe(0);
    expect(await stack.db.sql`SELECT limit_nano::float8 AS limit FROM budgets WHERE id = 'global:day'`).toEqual([{ limit: 10e9 }]);
  });

  test('policy apply puts in force what the environment says, and takes it back without it', async () => {
    const cwd = folderWith(FILES);
    const apply = (env: Record<string, string>) =>
      signalbox(['policy', 'apply', '--yes', '--json'], { cwd, env: { ...stack.environment, ...env } });
    const tries = async () =>
      (await stack.db.sql`SELECT body#>'{attempts,triesPerModel}' AS tries FROM policy_versions WHERE active`)[0]?.tries;
    expect((await apply({ ROUTING_MAX_RETRIES: '0' })).exitCode).toBe(0);
    expect(await tries()).toBe(1);
    await apply({});
    expect(await tries()).toBe(3);
  });
});
