/** What is recorded of a task that is answered: its bill, its grade, its one outcome. */

import type { Submission } from '../../client';
import { type Installation, installWithWorkers } from '../support/installation';
import { attemptsOf, endSoundly, MODELS, NORTH_NAME, WORK, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await installWithWorkers({ models: MODELS, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
});
afterEach(() => endSoundly(box));

/** Where the money of the day stands. */
async function balance(): Promise<{ spent: number; reserved: number; overrun: number }> {
  const [row] = await box.db.sql<[{ spent: number; reserved: number; overrun: number }]>`
    SELECT spent_nano::float8 AS spent, reserved_nano::float8 AS reserved, overrun_nano::float8 AS overrun FROM budget_tracking`;
  return row;
}

test('a task is answered by the model that the policy routes it to, and billed for what it used', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', text: 'A house for levers.', usage: { inputTokens: 10, outputTokens: 20 } }] } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({
    outcome: 'completed',
    code: 'answered',
    model: 'north/small',
    answer: 'A house for levers.',
    attempts: 1,
  });
  expect(result.costUsd).toBeCloseTo((10 * 1 + 20 * 5) / 1e6, 12);
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small answered usage']);
  expect(await balance()).toEqual({ spent: 110_000, reserved: 0, overrun: 0 });
  const story = await box.client.task(result.taskId);
  expect(story?.decision).toMatchObject({ chosenBy: 'policy', policyVersion: 1, propensity: 1 });
});

test('a task of a class without a route is scored, and its candidates are kept with the decision', async () => {
  const result = await box.run({ ...WORK, taskClass: 'other' });
  const story = await box.client.task(result.taskId);
  expect(story?.decision?.chosenBy).toBe('score');
  expect(story?.decision?.record).toMatchObject({ alternatives: [{ score: expect.any(Number) }, { score: expect.any(Number) }] });
});

test('a dry run ends with its decision: nothing is called, reserved or billed', async () => {
  const result = await box.run({ ...WORK, dryRun: true });
  expect(result).toMatchObject({ outcome: 'completed', code: 'dry_run', model: 'north/small', answer: null, attempts: 0, costUsd: 0 });
  expect(box.billed()).toEqual([]);
});

test('a model that reports more than the worst case is charged what it says, and the overrun is recorded', async () => {
  box.script({ models: { '*': [{ kind: 'answer', reportedUsage: { inputTokens: 50_000, outputTokens: 100 } }] } });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small answered usage']);
  const { spent, reserved, overrun } = await balance();
  expect(spent).toBe(50_000 * 1_000 + 100 * 5_000);
  expect(reserved).toBe(0);
  expect(overrun).toBeGreaterThan(0);
});

test.each([
  ['no usage at all', 'none' as const],
  ['a negative number of tokens', { inputTokens: -5, outputTokens: 10 }],
  ['more tokens than there can be', { inputTokens: 10, outputTokens: 1e15 }],
])('a model that reports %s is charged its reservation', async (_, reportedUsage) => {
  box.script({ models: { '*': [{ kind: 'answer', reportedUsage }] } });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small answered reserved']);
  const [attempt] = (await box.client.task(result.taskId))?.attempts ?? [];
  expect(attempt?.costNano).toBe(attempt?.reservedNano);
});

const ANSWER = 'The sum is {"total": 42}, or 42.';
const grades: readonly (readonly [Submission['grader'], number])[] = [
  [{ kind: 'exact', expected: ANSWER }, 1],
  [{ kind: 'exact', expected: 'The sum is 43.' }, 0],
  [{ kind: 'contains', expected: ['sum', '42'] }, 1],
  [{ kind: 'regex', pattern: 'total": \\d+' }, 1],
  [{ kind: 'numeric', expected: 41.5, tolerance: 0.5 }, 1],
  [{ kind: 'json-schema', schema: { type: 'object' } }, 0],
  [{ kind: 'command', program: '/bin/sh', args: ['-c', 'grep -q 42 && echo 0.75'] }, 0.75],
];

test.each(grades)('the grader %j stores its score with the outcome and rates the model', async (grader, score) => {
  box.script({ models: { '*': [{ kind: 'answer', text: ANSWER }] } });
  const result = await box.run({ ...WORK, grader });
  expect(result).toMatchObject({ outcome: 'completed', score });
  const story = await box.client.task(result.taskId);
  expect(story?.ratings).toMatchObject([{ model: 'north/small', source: 'grader', score: 1 + 4 * score }]);
  const [average] = await box.db.sql`SELECT ewma, ratings FROM model_performance WHERE model = 'north/small' AND grain = 'all'`;
  expect(average).toEqual({ ratings: 1, ewma: expect.closeTo(0.3 * (1 + 4 * score) + 0.7 * 3, 9) });
});

test.each([
  ['is not on the machine', '/nowhere/grader', []],
  ['prints no score', '/bin/sh', ['-c', 'echo well done']],
] as const)('a grading program that %s costs the task its score, not its answer', async (_, program, args) => {
  const result = await box.run({ ...WORK, grader: { kind: 'command', program, args: [...args] } });
  expect(result).toMatchObject({ outcome: 'completed', model: 'north/small', score: null });
  expect((await box.client.task(result.taskId))?.ratings).toEqual([]);
});

test('an answer with NUL and half a surrogate pair is kept as what can be stored', async () => {
  box.script({ models: { '*': [{ kind: 'answer', text: 'a\u0000b\ud800c' }] } });
  expect((await box.run(WORK)).answer).toBe('a\ufffdb\ufffdc');
});
