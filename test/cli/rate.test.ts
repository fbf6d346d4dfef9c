/** `rate` and `stats`: what a rating is of, and how the models compare. */

import { createHash } from 'node:crypto';
import { testModel } from '../support/catalogue';
import { commandPath, jsonOf, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers, PATIENCE_MS } from '../support/installation';

let stack: Installation;

beforeAll(async () => {
  await commandPath();
  stack = await installWithWorkers({
    models: [
      testModel('scripted/first', { providerModel: 'first', capabilityTier: 'COMPLEX' }),
      testModel('scripted/second', { providerModel: 'second', capabilityTier: 'COMPLEX' }),
      testModel('other/first', { providerModel: 'first' }),
    ],
    policy: { classes: { routed: { route: { kind: 'model', model: 'scripted/second', fallbacks: [] }, tolerance: 0.05 } } },
  });
}, 180_000);

afterAll(() => stack.end());

const run = (words: readonly string[]) => signalbox(words, { env: stack.environment });
const refusal = (code: string, says: RegExp) => ({ error: { code, message: expect.stringMatching(says) } });

interface Row {
  readonly task_id: string | null;
  readonly provider: string;
  readonly model: string;
  readonly score: number;
  readonly tier: string;
  readonly task_hash: string | null;
}

const lastRating = async () => {
  const [row] = await stack.db.sql<Row[]>`
    SELECT task_id, provider, model, score, tier, task_hash FROM ratings ORDER BY rated_at DESC LIMIT 1`;
  return row;
};

test('without a task there is nothing to rate, and a model is rated in its own tier', async () => {
  const ran = await run(['rate', '5', '--json']);
  expect(ran.exitCode).toBe(2);
  expect(jsonOf(ran)).toEqual(refusal('bad_input', /no task that could be rated.*provider\/model/));
  expect(jsonOf(await run(['rate', '5', 'scripted/first', '--json']))).toEqual({
    taskId: null,
    model: 'scripted/first',
    tier: 'COMPLEX',
    score: 5,
  });
  expect(await lastRating()).toEqual({
    task_id: null,
    provider: 'scripted',
    model: 'scripted/first',
    score: 5,
    tier: 'COMPLEX',
    task_hash: null,
  });
});

test('a rating is of the last task, with its tier and the hash of its text', async () => {
  await stack.run({ prompt: 'An earlier one', taskClass: 'routed' });
  const { taskId } = await stack.run({ prompt: 'Fix the login bug', taskClass: 'routed', requires: { tier: 'complex' } });
  expect(jsonOf(await run(['rate', '4', '--json']))).toEqual({ taskId, model: 'scripted/second', tier: 'COMPLEX', score: 4 });
  const hash = createHash('md5').update('Fix the login bug\n').digest('hex').slice(0, 6);
  expect(await lastRating()).toEqual({
    task_id: taskId,
    provider: 'scripted',
    model: 'scripted/second',
    score: 4,
    tier: 'COMPLEX',
    task_hash: hash,
  });
});

test('a dry run can be rated: its decision is the last one', async () => {
  const { taskId } = await stack.client.submit({ prompt: 'Only decide', taskClass: 'routed', dryRun: true });
  await stack.client.result(taskId, { timeoutMs: PATIENCE_MS });
  expect(jsonOf(await run(['rate', '3', '--json']))).toMatchObject({ taskId, model: 'scripted/second' });
});

test('a rating of a model is of the last task that it did', async () => {
  const { taskId } = await stack.run({ prompt: 'For the first', constraints: { model: 'scripted/first' } });
  await stack.run({ prompt: 'For the second', taskClass: 'routed' });
  const { exitCode, stdout } = await run(['rate', '2', 'scripted/first']);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(`^Rated scripted/first with 2 of 5, in tier [A-Z]+, for task ${taskId}\\.\n$`),
  });
});

test('another model than the one that answered a task can be rated for it', async () => {
  const { taskId } = await stack.run({ prompt: 'Compare', taskClass: 'routed' });
  expect(jsonOf(await run(['rate', '1', taskId, '--model', 'other/first', '--json']))).toMatchObject({ taskId, model: 'other/first' });
});

test.each([
  ['scripted/frist', /no model "scripted\/frist".*Did you mean "scripted\/first" or "other\/first"\?/],
  ['first', /Did you mean "scripted\/first" or "other\/first"\?/],
  ['nothing/like-it', /"signalbox models list" names all/],
])('a rating of "%s", which is no model, is refused with the nearest names', async (model, says) => {
  const before = await lastRating();
  const ran = await run(['rate', '5', model, '--json']);
  expect(ran.exitCode).toBe(2);
  expect(jsonOf(ran)).toEqual(refusal('unknown_model', says));
  expect(await lastRating()).toEqual(before);
});

test.each([
  [['6'], 'bad_argument', /Give a number from 1 to 5/],
  [['0.5'], 'bad_argument', /Give a number from 1 to 5/],
  [['good'], 'bad_argument', /Give a number from 1 to 5/],
  [['4', 'scripted/first', '--model', 'scripted/second'], 'bad_argument', /given twice/],
  [['4', '0199f3a2-7c1e-7b7e-9d55-3f2b8f6f0c11'], 'unknown_task', /There is no task 0199f3a2/],
])('rate %j is refused', async (words, code, says) => {
  const ran = await run(['rate', ...words, '--json']);
  expect(ran.exitCode).toBe(2);
  expect(jsonOf(ran)).toEqual(refusal(code, says));
});

test('stats compares the models in each tier, the best first, with the number of ratings', async () => {
  for (const score of [1, 5, 5, 5]) await stack.client.rate({ score, model: 'other/first' });
  interface Stats {
    readonly models: readonly { readonly model: string; readonly ewma: number | null; readonly ratings: number }[];
    readonly tiers: readonly {
      readonly tier: string;
      readonly models: readonly { readonly model: string; readonly ewma: number; readonly ratings: number }[];
    }[];
  }
  const stats = jsonOf<Stats>(await run(['stats', '--json']));
  const ewmas = stats.models.map(({ ewma }) => ewma ?? 0);
  expect(ewmas).toEqual([...ewmas].sort((a, b) => b - a));
  const complex = stats.tiers.find(({ tier }) => tier === 'COMPLEX')?.models;
  expect(complex).toEqual([
    { model: 'scripted/first', ewma: expect.closeTo(3.6, 9), ratings: 1 },
    { model: 'scripted/second', ewma: expect.closeTo(3.3, 9), ratings: 1 },
  ]);
  for (const { models } of stats.tiers)
    expect(models.map(({ ewma }) => ewma)).toEqual(models.map(({ ewma }) => ewma).sort((a, b) => b - a));
  const { stdout } = await run(['stats']);
  expect(stdout).toMatch(/Ratings by tier\n +tier +model +rating +ratings\n/);
  expect(stdout).toMatch(/COMPLEX +scripted\/first +3\.60 +1\n +scripted\/second +3\.30 +1\n/);
});
