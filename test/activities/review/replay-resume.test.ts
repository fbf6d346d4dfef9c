/** Replays whose worker died, that were run twice, or that nobody wants any more: each is one task, and no call is paid for twice. */

import { HANDED_OVER } from '../../../activities/call/model-call';
import { abandonReplay, closeReplays } from '../../../activities/review/replay/close';
import { replayOnce } from '../../../activities/review/replay/replay-once';
import { sweep } from '../../../activities/sweep';
import { endTask, openAttempt } from '../../../db/queries/ledger';
import { loadReplay } from '../../../db/queries/replay-inputs';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { until } from '../../support/processes';
import { replayProgress } from '../../support/replay-progress';
import { callsOf, GOOD, type ReplayScenario, replaying, replayOf, replayToEnd, resultsOf } from '../../support/replay-scenario';
import { endSoundly, MODELS, NORTH, workPolicy } from '../../support/scenario';

let box: Installation;
const never = new AbortController().signal;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  box.script({ models: { '*': [GOOD] } });
});

afterEach(() => endSoundly(box));

/** Begins a replay and stops it before its second call. */
async function begun(scenario: ReplayScenario) {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 50 }, GOOD] } });
  await expect(replayOnce(depsOf(box), replayOf(scenario), never)).rejects.toMatchObject({ code: 'provider_busy' });
  return (await loadReplay(box.db, replayOf(scenario)))!.row!;
}

/** Opens a call of a replay as a worker does that then dies. */
async function openLostCall({ replayTaskId, decisionId, calls }: Awaited<ReturnType<typeof begun>>): Promise<void> {
  const [rules] = await box.db.sql<[{ version: string }]>`SELECT version FROM catalogue_versions WHERE active`;
  const attempt = {
    taskId: replayTaskId,
    decisionId,
    number: calls + 1,
    attemptId: depsOf(box).newId(),
    model: NORTH.id,
    catalogueVersion: rules.version,
  };
  const opened = await openAttempt(box.db, {
    ...attempt,
    amountNano: 1_000,
    worker: 'lost',
    holdMs: 60_000,
    scope: { tag: 'signalbox-replay' },
  });
  expect(opened.kind).toBe('opened');
}

async function endReview({ reviewId }: ReplayScenario): Promise<void> {
  await box.db.sql`UPDATE reviews SET phase = 'ended', ended_at = now(), end_kind = 'cancelled' WHERE id = ${reviewId}`;
}

test('a replay that is done is found, and not made again', async () => {
  const scenario = await replaying(box);
  for (let run = 0; run < 3; run += 1) expect(await replayOnce(depsOf(box), replayOf(scenario), never)).toBe('done');
  expect(box.billed()).toHaveLength(1);
});

test('a replay that two workers run at once is one task', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 200 }] } });
  const scenario = await replaying(box);
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => replayToEnd(depsOf(box), replayOf(scenario))));
  expect(new Set(outcomes)).toEqual(new Set(['done']));
  const [{ tasks }] = await box.db.sql<[{ tasks: number }]>`SELECT count(*)::integer AS tasks FROM tasks WHERE purpose = 'replay'`;
  expect(tasks).toBe(1);
});

test('the call of a worker that died is charged as in doubt, and another one is made', async () => {
  const scenario = await replaying(box);
  const row = await begun(scenario);
  await openLostCall(row);
  expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('done');
  expect(await callsOf(box)).toEqual([
    'north/small failed rate-limited none',
    'north/small in_doubt in-doubt reserved',
    'north/small answered usage',
  ]);
  const [result] = await resultsOf(box, scenario);
  expect(result).toMatchObject({ outcome: 'scored', score: 1 });
  expect(result!.costNano).toBeGreaterThan(1_000);
});

test('a replay whose every call was lost is left out, at its full price', async () => {
  const scenario = await replaying(box);
  await openLostCall(await begun(scenario));
  expect(await replayToEnd(depsOf(box), replayOf(scenario, { tries: 2 }))).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'in-doubt', costNano: 1_000 }]);
  expect(box.billed()).toHaveLength(0);
});

test('a worker that died between the end of the task and the result leaves a result to be found', async () => {
  const scenario = await replaying(box);
  const { replayTaskId } = await begun(scenario);
  await endTask(box.db, { taskId: replayTaskId, kind: 'failed', code: 'content-refused', reason: 'Refused.' });
  expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'failed', why: 'content-refused' }]);
});

test('a worker that stops hands its replay over: the call is in doubt, and the next worker makes another', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 10_000 }, GOOD] } });
  const scenario = await replaying(box);
  const stop = new AbortController();
  const stopped = expect(replayOnce(depsOf(box), replayOf(scenario), stop.signal)).rejects.toMatchObject({ code: 'provider_busy' });
  await until(() => box.billed().length === 1, 'the model has begun');
  stop.abort(HANDED_OVER);
  await stopped;
  expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('done');
  expect(await callsOf(box)).toEqual(['north/small in_doubt in-doubt reserved', 'north/small answered usage']);
});

test('a cancelled replay ends its call and is left out', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 10_000 }] } });
  const scenario = await replaying(box);
  const cancel = new AbortController();
  const cancelled = replayOnce(depsOf(box), replayOf(scenario), cancel.signal);
  await until(() => box.billed().length === 1, 'the model has begun');
  cancel.abort();
  expect(await cancelled).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'cancelled' }]);
});

test('of a review that has ended nothing is begun, and what is open is closed', async () => {
  const scenario = await replaying(box, { count: 2 });
  await begun(scenario);
  await endReview(scenario);
  expect(await replayOnce(depsOf(box), replayOf(scenario), never)).toBe('closed');
  expect(await replayOnce(depsOf(box), replayOf(scenario, { position: 1 }), never)).toBe('closed');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'cancelled' }]);
});

test('a late replay of a pass that is over is closed, and is not made on the candidate of the next pass', async () => {
  const scenario = await replaying(box);
  await begun(scenario);
  await box.db.sql`UPDATE proposals SET pass = 2, candidate = 'south/middle' WHERE id = ${scenario.proposalId}`;
  expect(await replayOnce(depsOf(box), replayOf(scenario), never)).toBe('closed');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'cancelled' }]);
});

test('upkeep closes what a review left open when it ended, and leaves alone what goes on', async () => {
  const [ended, open] = [await replaying(box), await replaying(box, { review: { scope: 'other' } })];
  await begun(ended);
  await begun(open);
  await endReview(ended);
  expect(await sweep(depsOf(box))).toMatchObject({ stranded: 1, started: 0, revived: 0 });
  expect(await resultsOf(box, ended)).toMatchObject([{ state: 'done', why: 'cancelled' }]);
  expect(await resultsOf(box, open)).toMatchObject([{ state: 'open' }]);
  expect(await sweep(depsOf(box))).toMatchObject({ stranded: 0 });
});

test('closing the replays of some positions leaves the others open', async () => {
  const scenario = await replaying(box, { count: 3 });
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 20_000 }] } });
  for (const position of [0, 1, 2]) await replayOnce(depsOf(box), replayOf(scenario, { position }), never).catch(() => {});
  const { reviewId, proposalId } = scenario;
  expect(await closeReplays(depsOf(box), { reviewId, proposalId, pass: 1, from: 1, to: 3 })).toEqual({ closed: 2 });
  expect((await resultsOf(box, scenario)).map(({ state }) => state)).toEqual(['open', 'done', 'done']);
  expect(await closeReplays(depsOf(box), { reviewId })).toEqual({ closed: 1 });
  expect(await closeReplays(depsOf(box), { reviewId })).toEqual({ closed: 0 });
  expect(await replayProgress(box.db, reviewId)).toMatchObject({ reservedNano: 0, open: 0, excluded: 3 });
});

test('closing a replay whose call is running charges it in full, and the late answer changes nothing', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 500 }] } });
  const scenario = await replaying(box);
  const replayed = replayToEnd(depsOf(box), replayOf(scenario));
  await until(() => box.billed().length === 1, 'the model has begun');
  await closeReplays(depsOf(box), scenario);
  const [closed] = await resultsOf(box, scenario);
  expect(closed).toMatchObject({ outcome: 'excluded', why: 'cancelled', costNano: expect.any(Number) });
  expect(await replayed).toBe('done');
  expect(await resultsOf(box, scenario)).toEqual([closed]);
});

test('a replay that is given up gives its money back, begun or not', async () => {
  const scenario = await replaying(box, { count: 2 });
  await begun(scenario);
  for (const position of [0, 1, 1]) await abandonReplay(depsOf(box), replayOf(scenario, { position }));
  expect(await resultsOf(box, scenario)).toMatchObject([
    { outcome: 'excluded', why: 'in-doubt' },
    { outcome: 'excluded', why: 'in-doubt' },
  ]);
  expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({ reservedNano: 0 });
});

test('a position that was never sampled is an error that names it', async () => {
  const scenario = await replaying(box);
  await expect(replayOnce(depsOf(box), replayOf(scenario, { position: 7 }), never)).rejects.toMatchObject({
    code: 'unknown_proposal',
    message: expect.stringContaining('position 7'),
  });
});
