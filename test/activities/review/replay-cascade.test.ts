/** Replays of cascades: the answer that dispatch would give, at the price of every call, once, whoever dies in between. */

import { abandonReplay } from '../../../activities/review/replay/close';
import { replayOnce } from '../../../activities/review/replay/replay-once';
import { loadRecordedStep } from '../../../db/queries/cascades';
import { openAttempt } from '../../../db/queries/ledger';
import { loadReplay } from '../../../db/queries/replay-inputs';
import { loadPairs } from '../../../db/queries/replays';
import { loadStory } from '../../../db/queries/tasks';
import type { Check } from '../../../routing/cascade/check';
import { nameOfCascade } from '../../../routing/cascade/name';
import type { CascadeRoute } from '../../../routing/decision/policy';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { JUDGE, JUDGE_NAME, MODELS_AND_JUDGE } from '../../support/judging-scenario';
import { replayProgress } from '../../support/replay-progress';
import { BASELINE_NAME, CANDIDATE_NAME, callsOf, GOOD, replaying, replayOf, replayToEnd, resultsOf } from '../../support/replay-scenario';
import { endSoundly, NORTH, RESERVED, SOUTH, WEST, workPolicy } from '../../support/scenario';

let box: Installation;
const never = new AbortController().signal;

beforeEach(async () => {
  box = await install({ models: MODELS_AND_JUDGE, policy: workPolicy() });
});

afterEach(() => endSoundly(box));

/** The cheap model, a check, and the model that serves the class. */
const through = (check: Check): CascadeRoute => ({
  kind: 'cascade',
  steps: [{ model: NORTH.id, check }, { model: WEST.id }],
  stream: 'checked',
});
const NAMES_IT: Check = { kind: 'contains', texts: ['signal'], ignoreCase: true };
const BY_JUDGE: Check = { kind: 'judge', model: JUDGE.id, rubric: 'It is right.', maxOutputTokens: 100 };
const POOR = { kind: 'answer', text: 'No idea.' } as const;
const says = (verdict: string) => ({ kind: 'answer', text: JSON.stringify({ verdict }) }) as const;
const USED = { usage: { inputTokens: 100, outputTokens: 20 }, latencyMs: 30 } as const;

async function replayed(cascade: CascadeRoute, past: Parameters<typeof replaying>[1] = {}) {
  const scenario = await replaying(box, { ...past, cascade });
  expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('done');
  const [result] = await resultsOf(box, scenario);
  return { scenario, result: result! };
}

test('an answer that passes its check is the answer, and nothing else is paid for', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ ...GOOD, ...USED }] } });
  const { result } = await replayed(through(NAMES_IT));
  expect(result).toMatchObject({ state: 'done', outcome: 'scored', score: 1, costNano: 200_000 });
  expect(await callsOf(box)).toEqual(['north/small answered usage']);
});

test('an answer that fails its check is followed by the next step, and the pair has the cost and the time of both', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ ...POOR, ...USED }], [BASELINE_NAME]: [{ ...GOOD, ...USED }] } });
  const { result, scenario } = await replayed(through(NAMES_IT));
  expect(result).toMatchObject({ outcome: 'scored', score: 1, costNano: 200_000 + 800_000 });
  expect(result.latencyMs).toBeGreaterThanOrEqual(60);
  expect(await callsOf(box)).toEqual(['north/small answered usage', 'west/large answered usage']);
  const [pair] = await loadPairs(box.db, scenario.proposalId);
  expect(pair?.candidate).toMatchObject({ end: 'scored', score: 1, costNanoUsd: 1_000_000 });
  expect(await loadStory(box.db, result.replayTaskId)).toMatchObject({
    task: { purpose: 'replay', status: 'completed' },
    decision: { model: NORTH.id, chosenBy: 'replay', record: { cascade: { steps: [{ place: 1 }, { place: 2 }] } } },
  });
});

test('every step is graded, given or not, and none of it counts among the figures of live checks', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [POOR], [BASELINE_NAME]: [GOOD] } });
  const { result } = await replayed(through(NAMES_IT));
  expect(await loadRecordedStep(box.db, result.replayTaskId, 1)).toMatchObject({ result: 'failed', score: 0 });
  expect(await box.db.sql`SELECT DISTINCT purpose FROM cascade_steps`).toEqual([{ purpose: 'replay' }]);
  expect(await box.db.sql`SELECT FROM model_performance WHERE attempts > 0`).toHaveLength(0);
});

test('a check that asks a model is one more call of the same replay', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [GOOD], [JUDGE_NAME]: [says('yes')] } });
  const { result } = await replayed(through(BY_JUDGE));
  expect(result).toMatchObject({ outcome: 'scored', score: 1 });
  expect(await callsOf(box)).toEqual(['north/small answered usage', 'east/judge answered usage']);
});

test('a judge that may not see the task is not called: its step is left out', async () => {
  await box.end();
  box = await install({ models: [NORTH, SOUTH, WEST, { ...JUDGE, privacyTiers: ['public'] }], policy: workPolicy() });
  box.script({ models: { '*': [GOOD] } });
  const { result } = await replayed(through(BY_JUDGE), { privacyTier: 'restricted' });
  expect(result).toMatchObject({ outcome: 'scored', score: 1 });
  expect(await callsOf(box)).toEqual(['west/large answered usage']);
});

test('a task that no step may take is left out, and nothing is called', async () => {
  const { result } = await replayed(through(NAMES_IT), { facts: { constraints: { excludeModels: [NORTH.id, WEST.id] } } });
  expect(result).toMatchObject({ outcome: 'excluded', why: 'not-admissible', costNano: 0 });
  expect(box.billed()).toHaveLength(0);
});

test('a step whose provider is out of order is tried again, and then the pair is left out instead of the next step being paid', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 20 }], '*': [GOOD] } });
  const { result } = await replayed(through(NAMES_IT));
  expect(result).toMatchObject({ outcome: 'excluded', why: 'rate-limited' });
  expect(await callsOf(box)).toEqual(Array(3).fill('north/small failed rate-limited none'));
});

test('a step that fails by its own fault is followed by the next, as in dispatch', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ kind: 'fault', fault: 'refused' }], '*': [GOOD] } });
  const { result } = await replayed(through(NAMES_IT));
  expect(result).toMatchObject({ outcome: 'scored', score: 1 });
  expect((await callsOf(box)).at(-1)).toBe('west/large answered usage');
});

test('a cascade without an answer counts against itself', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'malformed' }] } });
  const { result } = await replayed(through(NAMES_IT));
  expect(result).toMatchObject({ outcome: 'failed', why: 'malformed-answer' });
});

test('a replay that is done is found, and not made again', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ ...POOR, latencyMs: 100 }], [BASELINE_NAME]: [{ ...GOOD, latencyMs: 100 }] } });
  const scenario = await replaying(box, { cascade: through(NAMES_IT) });
  for (let run = 0; run < 2; run += 1) expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('done');
  expect(box.billed()).toHaveLength(2);
});

test('a replay that four workers run at once is one task with one result', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ ...POOR, latencyMs: 100 }], [BASELINE_NAME]: [{ ...GOOD, latencyMs: 100 }] } });
  const scenario = await replaying(box, { cascade: through(NAMES_IT) });
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => replayToEnd(depsOf(box), replayOf(scenario))));
  expect(new Set(outcomes)).toEqual(new Set(['done']));
  expect(await resultsOf(box, scenario)).toHaveLength(1);
  const [{ tasks }] = await box.db.sql<[{ tasks: number }]>`SELECT count(*)::integer AS tasks FROM tasks WHERE purpose = 'replay'`;
  expect(tasks).toBe(1);
});

test('where calls have pools, each is made by the workers of its own, and whoever comes next goes on from the rows', async () => {
  await box.end();
  box = await install({ models: [NORTH, SOUTH, { ...WEST, pool: 'large' }, JUDGE], policy: workPolicy() });
  box.script({ models: { [CANDIDATE_NAME]: [POOR], [BASELINE_NAME]: [GOOD] } });
  const scenario = await replaying(box, { cascade: through(NAMES_IT) });
  const step = (pool: string) => replayOnce(depsOf(box), { ...replayOf(scenario), pool }, never);
  expect(await step('calls')).toEqual({ pool: 'calls' }); // called
  expect(await step('calls')).toEqual({ pool: 'large' }); // checked
  expect(await step('calls')).toEqual({ pool: 'large' }); // a second time, nothing
  expect(await step('large')).toEqual({ pool: 'large' }); // called
  expect(await step('large')).toBe('done');
  expect(box.billed()).toHaveLength(2);
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'scored', score: 1 }]);
});

/** Three tries of each of two steps; the second model is four times as dear. */
const MOST = 3 * (RESERVED + 4 * RESERVED);

test('what the cap has no room for in full is not begun', async () => {
  box.script({ models: { '*': [GOOD] } });
  const scenario = await replaying(box, { cascade: through(NAMES_IT), review: { capNano: MOST - 1 } });
  expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('capped');
  expect(box.billed()).toHaveLength(0);
});

test('the money of every try of every step is taken from the cap first, and what is not spent comes back', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [POOR], [BASELINE_NAME]: [GOOD] } });
  const { result, scenario } = await replayed(through(NAMES_IT), { review: { capNano: MOST } });
  expect(result).toMatchObject({ outcome: 'scored', reservedNano: MOST });
  expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({ reservedNano: 0, spentNano: result.costNano });
});

test('the call of a worker that died between two steps is charged in doubt, and another one is made', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [POOR], [BASELINE_NAME]: [GOOD] } });
  const scenario = await replaying(box, { cascade: through(NAMES_IT) });
  const first = { ...replayOf(scenario), pool: 'calls' };
  expect(await replayOnce(depsOf(box), first, never)).toEqual({ pool: 'calls' });
  const { replayTaskId, decisionId } = (await loadReplay(box.db, first))!.row!;
  const [{ version }] = await box.db.sql<[{ version: string }]>`SELECT version FROM catalogue_versions WHERE active`;
  const lost = { taskId: replayTaskId, decisionId, number: 2, attemptId: depsOf(box).newId(), model: WEST.id, catalogueVersion: version };
  const scope = { tag: 'signalbox-replay' };
  const opened = await openAttempt(box.db, { ...lost, step: 2, part: 'answer', amountNano: 1_000, worker: 'lost', holdMs: 60_000, scope });
  expect(opened.kind).toBe('opened');
  expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('done');
  expect(await callsOf(box)).toEqual(['north/small answered usage', 'west/large in_doubt in-doubt reserved', 'west/large answered usage']);
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'scored', score: 1 }]);
});

test('one that no worker reports on is left out, and its open call is charged in doubt', async () => {
  box.script({ models: { '*': [GOOD] } });
  const scenario = await replaying(box, { cascade: through(NAMES_IT) });
  expect(await replayOnce(depsOf(box), { ...replayOf(scenario), pool: 'elsewhere' }, never)).toEqual({ pool: 'calls' });
  await abandonReplay(depsOf(box), replayOf(scenario));
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'in-doubt', costNano: 0 }]);
});

test('rows of a cascade bear its name', async () => {
  box.script({ models: { '*': [GOOD] } });
  await replayed(through(NAMES_IT));
  expect(await box.db.sql`SELECT model FROM replay_results`).toEqual([{ model: nameOfCascade([NORTH.id, WEST.id]) }]);
});
