/** `classify` and `route`: planning without a stack. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RouteAnswer } from '../../client/route';
import type { TaskDescriptor } from '../../routing/task/descriptor';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';

beforeAll(commandPath, 180_000); // builds when the source is newer

const LOGIN = 'Fix authentication bug in login endpoint';

describe('classify', () => {
  test('--json prints exactly what routing sees', async () => {
    const ran = await signalbox(['classify', LOGIN, '--json']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    const descriptor = jsonOf<TaskDescriptor>(ran);
    expect(Object.keys(descriptor)).toEqual([
      'type',
      'complexity',
      'pattern',
      'estimatedInputTokens',
      'estimatedOutputTokens',
      'extendedThinking',
      'involvesCode',
      'urgency',
      'signals',
    ]);
    expect(descriptor).toMatchObject({ type: 'debugging', complexity: 'medium', pattern: 'multi-step', involvesCode: true, urgency: 4 });
    expect(descriptor.signals.length).toBeGreaterThan(0);
  });

  test('takes its text as words, from a file and from standard input alike', async () => {
    const folder = folderWith({ 'task.txt': `${LOGIN}\n` });
    const [words, file, stdin] = await Promise.all([
      signalbox(['classify', ...LOGIN.split(' '), '--json']),
      signalbox(['classify', '--file', join(folder, 'task.txt'), '--json']),
      signalbox(['classify', '-', '--json'], { stdin: `${LOGIN}\n` }),
    ]);
    expect(jsonOf(file)).toEqual(jsonOf(words));
    expect(jsonOf(stdin)).toEqual(jsonOf(words));
  });

  test('tells people the class and what made it so', async () => {
    const { stdout } = await signalbox(['classify', LOGIN]);
    expect(stdout).toContain('debugging, medium, multi-step, urgency 4 of 5');
    expect(stdout).toContain('verb:fix');
  });
});

describe('route', () => {
  test.each([
    [LOGIN, 'STANDARD', /^anthropic\/claude-sonnet/],
    ['Add JSDoc comments to utility functions', 'SIMPLE', /^anthropic\/claude-haiku/],
    ['Design scalable microservices architecture', 'COMPLEX', /^anthropic\/claude-opus/],
    ['Implement REST API endpoint for user profile', 'STANDARD', /^anthropic\/claude-sonnet/],
  ])('sends "%s" to tier %s, and with one provider to its model for that', async (text, tier, model) => {
    const [any, anthropic] = (
      await Promise.all([signalbox(['route', text, '--json']), signalbox(['route', text, '--provider', 'anthropic', '--json'])])
    ).map((ran) => jsonOf<RouteAnswer>(ran));
    expect(any!.tier).toBe(tier);
    expect(anthropic!.tier).toBe(tier);
    expect(anthropic!.model).toMatch(model);
  });

  test('--json prints exactly what was decided', async () => {
    const ran = await signalbox(['route', LOGIN, '--provider', 'anthropic', '--json']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    const answer = jsonOf<RouteAnswer>(ran);
    expect(Object.keys(answer).sort()).toEqual(
      [
        ...['taskClass', 'tier', 'model', 'provider', 'confidence', 'estimatedCostUsd', 'estimatedLatencyMs', 'alternatives'],
        ...['filteredOut', 'chain', 'cascade', 'reasons', 'policyVersion', 'propensity'],
      ].sort(),
    );
    expect(answer.provider).toBe('anthropic');
    expect(answer.chain[0]).toBe(answer.model);
    expect(answer.alternatives[0]).toEqual({ model: expect.any(String), score: expect.any(Number), factors: expect.any(Object) });
    expect(new Set(answer.filteredOut.map(({ rule }) => rule))).toEqual(new Set(['provider']));
  });

  test('plans with models whose provider has no key here', async () => {
    const { filteredOut } = jsonOf<RouteAnswer>(await signalbox(['route', LOGIN, '--json']));
    expect(filteredOut.map(({ rule }) => rule)).not.toContain('not-configured');
  });

  test('says for each model why it may not take a task that no model may take, and ends with 1', async () => {
    const ran = await signalbox(['route', LOGIN, '--privacy', 'restricted', '--json']);
    expect(ran.exitCode).toBe(1);
    const answer = jsonOf<RouteAnswer>(ran);
    expect(answer).toMatchObject({ model: null, chain: [], alternatives: [] });
    expect(answer.filteredOut.every(({ rule }) => rule === 'privacy-tier')).toBe(true);
  });

  test('keeps content in its region', async () => {
    const { chain } = jsonOf<RouteAnswer>(await signalbox(['route', LOGIN, '--residency', 'eu', '--privacy', 'confidential', '--json']));
    expect(chain.length).toBeGreaterThan(0);
    for (const model of chain) expect(model).toMatch(/^(bedrock|azure)-eu\//);
  });

  test('goes by the files of its folder, and by those of another when told', async () => {
    const folder = folderWith({
      'signalbox.yaml':
        'providers: { scripted: { models: { only: { capability_tier: STANDARD, cost_tier: budget, prices: { input: 1, output: 2 } } } } }',
      'policy.yaml': 'classes: { debugging/medium: { route: { model: scripted/only } } }',
    });
    const [inside, told] = await Promise.all([
      signalbox(['route', LOGIN, '--json'], { cwd: folder }),
      signalbox(['route', LOGIN, '--config', folder, '--json']),
    ]);
    expect(jsonOf(inside)).toMatchObject({ model: 'scripted/only', policyVersion: 0 });
    expect(jsonOf(told)).toEqual(jsonOf(inside));
  });

  test('tells people every candidate with its factors', async () => {
    const { stdout } = await signalbox(['route', LOGIN, '--provider', 'anthropic']);
    expect(stdout).toMatch(/anthropic\/claude-sonnet-\S+ for debugging\/medium \(tier STANDARD\)/);
    expect(stdout).toMatch(/model +score +capability +cost +quality +latency +history/);
    expect(stdout).toContain('provider: the task asks for provider "anthropic"');
  });
});

test.each([['classify'], ['route']])('%s answers in less than 300 ms', async (command) => {
  await signalbox([command, LOGIN, '--json']); // the first run of a build compiles it
  let best = Number.POSITIVE_INFINITY;
  // The best of several: other tests share the machine, and they are not what is measured.
  for (let run = 0; run < 8 && best >= 300; run++) {
    const startedAt = performance.now();
    await signalbox([command, LOGIN, '--json']);
    best = Math.min(best, performance.now() - startedAt);
  }
  expect(best).toBeLessThan(300);
});

test.each([['classify'], ['route']])('%s loads neither Temporal nor a database driver nor a schema compiler', async (command) => {
  const list = join(folderWith({}), 'modules');
  const env = { NODE_OPTIONS: `--require=${join(__dirname, 'processes', 'loaded-modules.js')}`, LOADED_MODULES: list };
  expect((await signalbox([command, LOGIN, '--json'], { env })).exitCode).toBe(0);
  const packages = readFileSync(list, 'utf8').match(/(?<=node_modules\/)(@[^/]+\/)?[^/]+/g) ?? [];
  expect(packages).toContain('commander');
  expect(packages.filter((name) => /^(@temporalio|@grpc|postgres|drizzle-orm|ajv|ai|@ai-sdk|pino)/.test(name))).toEqual([]);
});
