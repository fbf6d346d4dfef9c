/** A task that goes through a cascade: steps, checks, what a check that crashes leads to, and what it all costs. */

import type { Check } from '../../routing/cascade/check';
import type { Decision } from '../../routing/decision/decision';
import type { CascadeRoute } from '../../routing/decision/policy';
import { pricesOf, testModel } from '../support/catalogue';
import { type Installation, installWithWorkers } from '../support/installation';
import { attemptsOf, DEAREST, endSoundly, LIMITS, MODELS, NORTH, NORTH_NAME, SOUTH, SOUTH_NAME, WEST, WORK } from '../support/scenario';
import { seatFor, slotSettings } from '../support/slots';

const JUDGE = testModel('east/judge', {
  pool: 'calls',
  contextWindowTokens: 100_000,
  maxOutputTokens: 2_000,
  prices: pricesOf(1, 5),
  privacyTiers: ['public'],
});

const NUMBERED: Check = { kind: 'regex', pattern: '^\\d+$', ignoreCase: false };
const JUDGED: Check = { kind: 'judge', model: JUDGE.id, rubric: 'It says what a signal box is.', maxOutputTokens: 50 };

/** The dearest models, one more than there are checks. */
function through(...checks: readonly Check[]): CascadeRoute {
  const models = MODELS.slice(MODELS.length - checks.length - 1);
  const steps = models.map(({ id }, index) => ({ model: id, ...(checks[index] && { check: checks[index] }) }));
  return { kind: 'cascade', steps, stream: 'checked' };
}

function policyWith(route: CascadeRoute) {
  return { classes: { work: { route, tolerance: 0.05 } }, attempts: LIMITS };
}

const says = (text: string) => [{ kind: 'answer' as const, text }];

let box: Installation;

beforeEach(async () => {
  box = await installWithWorkers({ models: [...MODELS, JUDGE], policy: policyWith(through(NUMBERED, NUMBERED)) });
});
afterEach(() => endSoundly(box));

/** `place model result score` of every step that answered. */
async function stepsOf(taskId: string): Promise<string[]> {
  const rows = await box.db.sql<{ line: string }[]>`
    SELECT concat_ws(' ', step, model, check_kind, result, score) AS line FROM cascade_steps WHERE task_id = ${taskId} ORDER BY step`;
  return rows.map(({ line }) => line);
}

/** The most that the last step of the cascade may cost. */
async function worstOfLast(): Promise<number> {
  const { taskId } = await box.run({ ...WORK, dryRun: true });
  const story = await box.client.task(taskId);
  return (story?.decision?.record as Decision | undefined)?.cascade?.steps.at(-1)?.link.maxCostNanoUsd ?? 0;
}

test('the first answer that passes its check is given, and nothing more is called', async () => {
  box.script({ models: { [NORTH_NAME]: says('42') } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'completed', code: 'answered', model: NORTH.id, attempts: 1, answer: '42' });
  expect(result.reason).toMatch(/Step 1 \(north\/small\) answered; its check \(regex\) passed/);
  expect(await stepsOf(result.taskId)).toEqual(['1 north/small regex passed']);
});

test('answers that fail are escalated to the last step, and each step is in the cost of the task', async () => {
  box.script({ models: { [NORTH_NAME]: says('no number'), [SOUTH_NAME]: says('none either'), large: says('anything') } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'completed', code: 'answered', model: WEST.id, attempts: 3, answer: 'anything' });
  expect(await stepsOf(result.taskId)).toEqual(['1 north/small regex failed', '2 south/middle regex failed', '3 west/large unchecked']);
  const charged = (await box.client.task(result.taskId))?.attempts.reduce((sum, { costNano }) => sum + (costNano ?? 0), 0) ?? 0;
  expect(charged).toBeGreaterThan(0);
  expect(Math.round(result.costUsd * 1e9)).toBe(charged);
  const story = await box.client.task(result.taskId);
  expect(story?.fallbacks).toEqual([]);
});

test('a judge is a call like any other: reserved, charged, and counted in what its check cost', async () => {
  await box.apply({ policy: policyWith(through(JUDGED)) });
  box.script({ models: { [SOUTH_NAME]: says('A house with levers.'), judge: says('{"verdict":"yes"}') } });
  const result = await box.run({ ...WORK, privacyTier: 'public' });
  expect(result).toMatchObject({ model: SOUTH.id, attempts: 2 });
  expect(await attemptsOf(box, result.taskId)).toEqual(['south/middle answered usage', 'east/judge answered usage']);
  const [row] = await box.db.sql<[{ check: string; judge: string; class: string }]>`
    SELECT s.check_cost_nano AS check, a.cost_nano AS judge, c.task_class AS class FROM cascade_steps s
      JOIN attempts a ON a.task_id = s.task_id AND a.part = 'check' JOIN cost_tracking c ON c.task_id = s.task_id AND c.attempt_id = a.id`;
  expect(row.check).toBe(row.judge);
  expect(row.class).toBe('work');
});

test.each([
  ['garbage', 'perhaps'],
  ['both', '{"verdict":"yes"} or {"verdict":"no"}'],
])('a judge that says %s has crashed, and the next step answers', async (_, text) => {
  await box.apply({ policy: policyWith(through(JUDGED)) });
  box.script({ models: { judge: says(text) } });
  const result = await box.run({ ...WORK, privacyTier: 'public' });
  expect(result).toMatchObject({ outcome: 'completed', model: WEST.id });
  expect(await stepsOf(result.taskId)).toEqual(['1 south/middle judge crashed', '2 west/large unchecked']);
  expect(result.reason).toMatch(/Every check before it crashed/);
});

test('a cascade whose check crashes at every step ends at the strongest model, and says so', async () => {
  await box.apply({ policy: policyWith(through(JUDGED, JUDGED)) });
  box.script({ models: { judge: [{ kind: 'fault', fault: 'server-error' }] } });
  const result = await box.run({ ...WORK, privacyTier: 'public' });
  expect(result).toMatchObject({ outcome: 'completed', code: 'answered', model: WEST.id });
  expect(await attemptsOf(box, result.taskId)).toEqual([
    'north/small answered usage',
    'east/judge failed server-error none',
    'east/judge failed server-error none',
    'south/middle answered usage',
    'east/judge failed server-error none',
    'east/judge failed server-error none',
    'west/large answered usage',
  ]);
  expect(result.reason).toMatch(/Every check before it crashed/);
});

test('a restricted task whose only judge is outside its tier: no judge is called', async () => {
  await box.apply({ policy: policyWith(through(JUDGED)) });
  const result = await box.run({ ...WORK, privacyTier: 'restricted' });
  expect(result).toMatchObject({ outcome: 'completed', model: WEST.id, attempts: 1 });
  expect(box.billed().map(({ model }) => model)).toEqual([WEST.id]);
});

test('a cascade that meets its budget in the middle gives the best answer it has, and says so', async () => {
  await box.apply({ budgets: [{ period: 'day', limitNano: (await worstOfLast()) + 1 }] });
  box.script({ models: { [NORTH_NAME]: [{ ...DEAREST, text: 'no number' }], [SOUTH_NAME]: says('none either') } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({
    outcome: 'completed',
    code: 'answered_failed_check',
    model: SOUTH.id,
    attempts: 2,
    answer: 'none either',
  });
  expect(result.reason).toMatch(/step 2 \(south\/middle\).* its check failed; it went no further because .*west\/large: budget-exhausted/);
});

test('a cascade whose last steps no budget has room for says that they were left out', async () => {
  await box.apply({ budgets: [{ period: 'day', limitNano: (await worstOfLast()) / 2 - 1 }] });
  box.script({ models: { [NORTH_NAME]: says('no number') } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ code: 'answered_failed_check', model: NORTH.id });
  expect(result.reason).toMatch(/Left out from the start: step 2 \(south\/middle\) by budget, step 3 \(west\/large\) by budget/);
});

test('what a task may cost holds for all its steps together', async () => {
  box.script({ models: { [NORTH_NAME]: says('no number'), [SOUTH_NAME]: says('none') } });
  const result = await box.run({ ...WORK, constraints: { maxCostUsd: ((await worstOfLast()) + 1) / 1e9 } });
  expect(result).toMatchObject({ code: 'answered_failed_check', model: SOUTH.id });
});

test('a step whose calls fail is followed by the next', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'overloaded' }], [SOUTH_NAME]: says('7') } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'completed', code: 'answered', model: SOUTH.id, attempts: 3 });
});

test('two cheap answers that agree are enough, and the answer of the step is the one that is given', async () => {
  await box.apply({ policy: policyWith(through({ kind: 'agreement', model: NORTH.id, compare: 'last-number', tolerance: 0 })) });
  box.script({ models: { [SOUTH_NAME]: says('It is 1,000.'), [NORTH_NAME]: says('So: 1000') } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ model: SOUTH.id, answer: 'It is 1,000.' });
  expect(await stepsOf(result.taskId)).toEqual(['1 south/middle agreement passed']);
});

test('a stated confidence is taken out of the answer, and counts for nothing before it was held against grades', async () => {
  await box.apply({ policy: policyWith(through({ kind: 'confidence', threshold: 0.6, minGraded: 3 })) });
  const grader = { kind: 'exact' as const, expected: 'Paris' };
  box.script({ models: { [SOUTH_NAME]: says('Paris\n\nCONFIDENCE: 95') } });
  for (let index = 0; index < 3; index++) {
    expect(await box.run({ ...WORK, grader })).toMatchObject({ model: WEST.id });
  }
  const result = await box.run({ ...WORK, grader });
  expect(result).toMatchObject({ model: SOUTH.id, answer: 'Paris', score: 1 });
  expect(await stepsOf(result.taskId)).toEqual(['1 south/middle confidence passed 1']);
});

test("the check by the task's own grader uses no grader that knows the right answer", async () => {
  await box.apply({ policy: policyWith(through({ kind: 'grader', minScore: 0.5 })) });
  box.script({ models: { [SOUTH_NAME]: says('{"a": 1}'), large: says('{}') } });
  const live = await box.run({ ...WORK, grader: { kind: 'json-schema', schema: { required: ['a'] } } });
  expect(await stepsOf(live.taskId)).toEqual(['1 south/middle grader passed 1']);
  const withReference = await box.run({ ...WORK, grader: { kind: 'exact', expected: '{}' } });
  expect(withReference).toMatchObject({ model: WEST.id, attempts: 1, score: 1 });
});

test('a program checks and a program grades, each step once', async () => {
  const program = process.execPath;
  const accepts: Check = { kind: 'command', program, args: ['-e', 'process.exit(1)'], timeoutMs: 10_000, minScore: 0.5 };
  await box.apply({ policy: policyWith(through(accepts)) });
  const grader = { kind: 'command' as const, program, args: ['-e', 'console.log(0.25)'], timeoutMs: 10_000 };
  const result = await box.run({ ...WORK, grader });
  expect(await stepsOf(result.taskId)).toEqual(['1 south/middle command failed 0.25', '2 west/large unchecked 0.25']);
  expect(result).toMatchObject({ model: WEST.id, score: 0.25 });
});

test('a step whose model has slots takes one for its call, and gives it back', async () => {
  await box.apply({ slots: slotSettings([seatFor(SOUTH.id)]) });
  box.script({ models: { [NORTH_NAME]: says('no number'), [SOUTH_NAME]: [{ kind: 'answer', text: '7', latencyMs: 500 }] } });
  const results = await Promise.all([box.run(WORK), box.run(WORK)]);
  expect(results.map(({ model }) => model)).toEqual([SOUTH.id, SOUTH.id]);
  const held = await box.db.sql`SELECT model, step, slot FROM attempts WHERE slot IS NOT NULL`;
  expect([...held]).toEqual(Array(2).fill({ model: SOUTH.id, step: 2, slot: 'seat' }));
  expect(await box.db.sql`SELECT FROM slot_leases`).toHaveLength(0);
});

test('a class whose steps are all closed to a task refuses it by name', async () => {
  const result = await box.run({ ...WORK, privacyTier: 'public', constraints: { excludeModels: MODELS.map(({ id }) => id) } });
  expect(result).toMatchObject({ outcome: 'refused', attempts: 0 });
  expect(result.reason).toMatch(/none of them may take this task/);
});
