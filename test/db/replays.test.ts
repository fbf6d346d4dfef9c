/** Replays in the tables: money from the review's cap, results found again, apart from all work, and invariants that see when they lie. */

import { v7 as newId } from 'uuid';
import { openTasks } from '../../db/queries/audit/open-workflows';
import { auditLedger } from '../../db/queries/audit-ledger';
import { loadValuePercentiles } from '../../db/queries/dispatch';
import { endTask } from '../../db/queries/ledger';
import { closeReplay, loadPairs, openReplay, type ReplayToOpen, recordUncalled, strandedReplays } from '../../db/queries/replays';
import { runReport } from '../../db/queries/run-report';
import { countTasks, modelStats } from '../../db/queries/stats';
import { listTasks, loadStory } from '../../db/queries/tasks';
import { unheardCancellations, unstartedTasks, unwatchedTasks } from '../../db/queries/upkeep';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { replayProgress } from '../support/replay-progress';
import { GOOD, type ReplayScenario, replaying, replayOf, replayToEnd } from '../support/replay-scenario';
import { MODELS, NORTH, WEST, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});

afterEach(() => box.end());

/** What opens a replay of the candidate at position 0. */
async function toOpen({ reviewId, proposalId, taskIds }: ReplayScenario, changes: Partial<ReplayToOpen> = {}): Promise<ReplayToOpen> {
  const [rules] = await box.db.sql<
    [{ catalogueVersion: string }]
  >`SELECT version AS "catalogueVersion" FROM catalogue_versions WHERE active`;
  const ids = { reviewId, proposalId, taskId: taskIds[0]!, replayTaskId: newId(), decisionId: newId() };
  const decided = { model: NORTH.id, taskClass: 'work', tier: 'STANDARD', policyVersion: 1, ...rules, record: { chain: [] }, inputs: {} };
  return { ...ids, ...decided, pass: 1, role: 'candidate', amountNano: 100, scope: {}, bodySha256: 'a'.repeat(64), ...changes };
}

const scored = { outcome: 'scored', score: 1 } as const;

/** Ends the task of a replay as one that failed without a call. */
function endReplayTask(taskId: string): Promise<unknown> {
  return endTask(box.db, { taskId, kind: 'failed', code: 'rate-limited', reason: 'Asked too often.' });
}

describe('opening a replay', () => {
  test('takes its money from the cap once, however often it is opened', async () => {
    const scenario = await replaying(box);
    const first = await openReplay(box.db, await toOpen(scenario));
    const again = await openReplay(box.db, await toOpen(scenario));
    expect(first).toMatchObject({ kind: 'opened', state: 'open' });
    expect(again).toEqual({ ...first, kind: 'exists' });
    expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({ open: 1, reservedNano: 100 });
  });

  test('is refused where the cap has less left than it may cost', async () => {
    const scenario = await replaying(box, { review: { capNano: 99 } });
    expect(await openReplay(box.db, await toOpen(scenario))).toEqual({ kind: 'capped', leftNano: 99, mayFree: false });
  });

  test('may be possible later where open replays hold what is missing', async () => {
    const scenario = await replaying(box, { count: 2, review: { capNano: 150 } });
    await openReplay(box.db, await toOpen(scenario));
    const second = await toOpen(scenario, { taskId: scenario.taskIds[1]! });
    expect(await openReplay(box.db, second)).toEqual({ kind: 'capped', leftNano: 50, mayFree: true });
  });

  test('never passes the cap, however many come at once', async () => {
    const scenario = await replaying(box, { count: 20, review: { capNano: 750 } });
    const openings = await Promise.all(scenario.taskIds.map(async (taskId) => openReplay(box.db, await toOpen(scenario, { taskId }))));
    expect(openings.filter(({ kind }) => kind === 'opened')).toHaveLength(7);
    expect(openings.filter(({ kind }) => kind === 'capped')).toHaveLength(13);
  });

  test('is refused for a proposal that is not replayed, an ended review, and a task that is gone', async () => {
    const scenario = await replaying(box);
    expect(await openReplay(box.db, await toOpen(scenario, { taskId: newId() }))).toEqual({ kind: 'gone' });
    await box.db.sql`UPDATE proposals SET state = 'DECIDED'`;
    expect(await openReplay(box.db, await toOpen(scenario))).toEqual({ kind: 'closed' });
    await box.db.sql`UPDATE proposals SET state = 'REPLAYING'`;
    await box.db.sql`UPDATE reviews SET phase = 'ended', ended_at = now(), end_kind = 'held'`;
    expect(await openReplay(box.db, await toOpen(scenario))).toEqual({ kind: 'closed' });
  });

  test('is beyond the rights that analysis and proposals have', async () => {
    const scenario = await replaying(box);
    await expect(openReplay(box.reviewDb, await toOpen(scenario))).rejects.toMatchObject({ code: 'database_unreachable' });
  });
});

describe('closing a replay', () => {
  test('gives back what was reserved, and counts the first result', async () => {
    const scenario = await replaying(box);
    const replay = await toOpen(scenario);
    await openReplay(box.db, replay);
    await endReplayTask(replay.replayTaskId);
    expect(await closeReplay(box.db, replay.replayTaskId, { outcome: 'excluded', why: 'rate-limited' })).toBe(true);
    expect(await closeReplay(box.db, replay.replayTaskId, scored)).toBe(false);
    expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({
      open: 0,
      excluded: 1,
      scored: 0,
      reservedNano: 0,
      spentNano: 0,
    });
  });

  test('a result that needs no call is kept once, and not for an ended review', async () => {
    const scenario = await replaying(box, { count: 2 });
    const [first, second] = [await toOpen(scenario), await toOpen(scenario, { taskId: scenario.taskIds[1]! })];
    expect(await recordUncalled(box.db, first, scored)).toBe(true);
    expect(await recordUncalled(box.db, { ...first, replayTaskId: newId() }, { outcome: 'excluded', why: 'grader' })).toBe(true);
    await box.db.sql`UPDATE reviews SET phase = 'ended', ended_at = now(), end_kind = 'held'`;
    expect(await recordUncalled(box.db, second, scored)).toBe(false);
    expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({ planned: 4, scored: 1, excluded: 0 });
  });

  test('upkeep finds what is left open by an ended review or a pass that is over', async () => {
    const scenario = await replaying(box);
    const replay = await toOpen(scenario);
    await openReplay(box.db, replay);
    expect(await strandedReplays(box.db, 10)).toEqual([]);
    await box.db.sql`UPDATE proposals SET pass = 2`;
    expect(await strandedReplays(box.db, 10)).toEqual([replay.replayTaskId]);
    await box.db.sql`UPDATE proposals SET pass = 1`;
    await box.db.sql`UPDATE reviews SET phase = 'ended', ended_at = now(), end_kind = 'held'`;
    expect(await strandedReplays(box.db, 10)).toEqual([replay.replayTaskId]);
  });
});

test('the pairs of a proposal are all that was sampled, with both answers as far as there are any', async () => {
  box.script({ tasks: { poor: [{ kind: 'fault', fault: 'refused' }] }, models: { '*': [GOOD] } });
  const scenario = await replaying(box, { count: 3, externalId: (index) => ['fine', 'poor', 'waiting'][index]! });
  for (const position of [0, 1]) {
    for (const role of ['baseline', 'candidate'] as const) await replayToEnd(depsOf(box), replayOf(scenario, { position, role }));
  }
  const pairs = await loadPairs(box.reviewDb, scenario.proposalId);
  const common = { stratum: 'all', pass: 1, isSentinel: false };
  const fine = { end: 'scored', score: 1, costNanoUsd: expect.any(Number), latencyMs: expect.any(Number) };
  const poor = { end: 'failed', why: 'content-refused', costNanoUsd: expect.any(Number) };
  const waiting = { end: 'excluded', why: 'not-replayed', costNanoUsd: 0 };
  const [a, b, c] = scenario.taskIds;
  expect(pairs).toEqual([
    { taskId: a, cluster: a, block: 0, ...common, baseline: fine, candidate: fine },
    { taskId: b, cluster: b, block: 2, ...common, baseline: poor, candidate: poor },
    { taskId: c, cluster: c, block: 5, ...common, baseline: waiting, candidate: waiting },
  ]);
  expect(pairs[0]!.baseline.costNanoUsd).toBeGreaterThan(pairs[0]!.candidate.costNanoUsd);
});

test('nothing is known of replays of a review that does not exist', async () => {
  expect(await replayProgress(box.db, newId())).toBeUndefined();
  expect(await loadPairs(box.db, newId())).toEqual([]);
});

describe('replays are not work:', () => {
  let scenario: ReplayScenario;
  let replayTaskId: string;

  beforeEach(async () => {
    box.script({ models: { '*': [GOOD] } });
    scenario = await replaying(box, { count: 2, facts: { expectedValue: 5 } });
    await replayToEnd(depsOf(box), replayOf(scenario));
    const open = await toOpen(scenario, { taskId: scenario.taskIds[1]! });
    await openReplay(box.db, open);
    replayTaskId = open.replayTaskId;
  });

  test('lists and counts of tasks are without them, unless they are asked for', async () => {
    const ids = async (purpose?: 'work' | 'replay') =>
      (await listTasks(box.db, { limit: 10, ...(purpose && { purpose }) })).map(({ id }) => id);
    expect((await ids()).toSorted()).toEqual(scenario.taskIds.toSorted());
    expect(await ids('replay')).toHaveLength(2);
    expect(await countTasks(box.db)).toMatchObject({ completed: 2, running: 0 });
  });

  test('reports of runs and models are without them', async () => {
    expect(await runReport(box.db)).toMatchObject({
      outcomes: { completed: 2 },
      withoutOneOutcome: 0,
      calls: 0,
      costNano: 0,
      meanScore: 1,
    });
    expect(await modelStats(box.db)).toEqual([]);
    const [rates] = await box.db.sql<[{ tasks: number }]>`SELECT sum(tasks)::integer AS tasks FROM v_fallback_rates`;
    expect(rates.tasks).toBe(2);
  });

  test('what tasks are worth is asked of work alone', async () => {
    await replaying(box, { count: 7, facts: { expectedValue: 5 }, review: { scope: 'other' } });
    await box.db.sql`INSERT INTO tasks (id, owner, facts, privacy_tier, priority, purpose, replay_of)
      SELECT gen_random_uuid(), 'signalbox-replay', '{"expectedValue": 9}', 'public', 0, 'replay', gen_random_uuid() FROM generate_series(1, 20)`;
    expect(await loadValuePercentiles(box.db, 50, 90)).toBeUndefined(); // nine tasks are too few
  });

  test('upkeep starts and watches no workflow for them', async () => {
    await box.db
      .sql`UPDATE tasks SET accepted_at = now() - interval '1 hour', started_at = now() - interval '1 hour', cancel_requested_at = now() - interval '1 hour'`;
    expect(await unwatchedTasks(box.db, 10)).toEqual([]);
    expect(await unheardCancellations(box.db, 10)).toEqual([]);
    await box.db.sql`UPDATE tasks SET status = 'accepted' WHERE id = ${replayTaskId}`;
    expect(await unstartedTasks(box.db, 10)).toEqual([]);
    expect((await openTasks(box.db, 60_000)).settled).toEqual([]);
  });

  test('the story of one tells the content of its original', async () => {
    expect(await loadStory(box.db, replayTaskId)).toMatchObject({
      task: { replayOf: scenario.taskIds[1] },
      prompt: { messages: [{ role: 'user' }] },
    });
  });
});

describe('the audit', () => {
  let scenario: ReplayScenario;

  beforeEach(async () => {
    box.script({ models: { '*': [GOOD] } });
    scenario = await replaying(box, { count: 2 });
    await replayToEnd(depsOf(box), replayOf(scenario));
    await openReplay(box.db, await toOpen(scenario, { taskId: scenario.taskIds[1]! }));
  });

  /** Numbers of the invariants that do not hold. */
  async function broken(): Promise<readonly number[]> {
    const { checks } = await auditLedger(box.db);
    return checks.filter(({ violationCount }) => violationCount > 0).map(({ invariant }) => invariant);
  }

  test('holds with a replay that is done and one that is open', async () => {
    expect(await broken()).toEqual([]);
  });

  test('holds when another policy has come into force meanwhile: a replay is of the version that its review is of', async () => {
    await box.apply({ policy: workPolicy({ defaultTolerance: 0.2 }) });
    await box.db
      .sql`UPDATE policy_versions SET superseded_at = now() - interval '1 hour', applied_at = now() - interval '2 hours' WHERE version = 1`;
    await box.db.sql`UPDATE routing_decisions SET decided_at = now() - interval '90 minutes' WHERE chosen_by <> 'replay'`;
    expect(await broken()).toEqual([]);
  });

  test.each<[number, string, (db: Installation['db']) => Promise<unknown>]>([
    [20, 'a review has spent less than its replays cost', ({ sql }) => sql`UPDATE reviews SET replay_spent_nano = replay_spent_nano - 1`],
    [
      20,
      'a review has reserved more than its open replays hold',
      ({ sql }) => sql`UPDATE reviews SET replay_reserved_nano = replay_reserved_nano + 1`,
    ],
    [
      21,
      'replays have passed the cap',
      ({ sql }) => sql`UPDATE reviews SET replay_cap_nano = replay_spent_nano + replay_reserved_nano - 1`,
    ],
    [
      22,
      'a replay is open long after its review',
      ({ sql }) => sql`UPDATE reviews SET phase = 'ended', ended_at = now() - interval '1 hour', end_kind = 'held'`,
    ],
    [23, 'a replay was decided for another model', ({ sql }) => sql`UPDATE replay_results SET model = ${WEST.id} WHERE state = 'open'`],
    [
      23,
      'a replay is of another task',
      ({ sql }) => sql`UPDATE tasks SET replay_of = ${newId()} WHERE purpose = 'replay' AND ended_at IS NULL`,
    ],
    [
      23,
      'a task is a replay that nobody knows',
      ({ sql }) => sql`UPDATE tasks SET purpose = 'replay', replay_of = ${newId()} WHERE id = ${scenario.taskIds[0]!}`,
    ],
    [
      23,
      'a replay was decided on another policy',
      ({ sql }) => sql`
      WITH made AS (INSERT INTO policy_versions (version, base_version, body, sha256, active, applied_by, superseded_at)
        SELECT 7, 1, body, sha256, false, 'test', now() FROM policy_versions WHERE version = 1 RETURNING version)
      UPDATE routing_decisions SET policy_version = 7 FROM made WHERE chosen_by = 'replay'`,
    ],
  ])('breaks %i when %s', async (number, _, lie) => {
    await lie(box.db);
    expect(await broken()).toContain(number);
  });

  test('breaks 22 when a replay is closed while its task goes on, and 23 when it does not say what it cost', async () => {
    await box.db
      .sql`UPDATE replay_results SET state = 'done', outcome = 'excluded', why = 'in-doubt', cost_nano = 5, done_at = now() WHERE state = 'open'`;
    expect(await broken()).toEqual([20, 22, 23]);
  });
});
