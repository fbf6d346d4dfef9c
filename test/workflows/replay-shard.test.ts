/** The replays of a pass in shards: through rate limits, a cap, a cancellation and a changing catalogue, behind all live traffic. */

import type { WorkflowHandle } from '@temporalio/client';
import { loadPairs } from '../../db/queries/replays';
import { replayShardWorkflowId, type ShardInput } from '../../workflows/messages';
import type { replayShard } from '../../workflows/replay-shard';
import { fetchHistory } from '../support/histories';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { replayProgress } from '../support/replay-progress';
import { callsOf, GOOD, GRADER, type ReplayScenario, replaying, resultsOf } from '../support/replay-scenario';
import { DEAREST, endSoundly, MODELS, NORTH, RESERVED, SOUTH, WEST, WORK, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  box.script({ models: { '*': [GOOD] } });
});

afterEach(() => endSoundly(box));

/** What a call of the baseline costs with as many tokens as `DEAREST` has. */
const DEAREST_OF_WEST = 4 * RESERVED;

type ShardHandle = WorkflowHandle<typeof replayShard>;

/** Starts one shard of a pass. */
function startShard({ reviewId, proposalId, taskIds }: ReplayScenario, changes: Partial<ShardInput> = {}, shard = 0): Promise<ShardHandle> {
  const input: ShardInput = { reviewId, proposalId, pass: 1, from: 0, to: taskIds.length, concurrency: 10, tries: 3, ...changes };
  return box.engine.workflow.start<typeof replayShard>('replayShard', {
    workflowId: replayShardWorkflowId(proposalId, 1, shard),
    taskQueue: box.queue,
    args: [input],
  });
}

/** Every task that a replay made, with the number of its calls that reached a provider. */
async function ledgerOf({ proposalId }: ReplayScenario) {
  const [row] = await box.db.sql<[{ rows: number; tasks: number; open: number; answered: number; rateLimited: number }]>`
    SELECT count(*)::integer AS rows, count(DISTINCT r.replay_task_id)::integer AS tasks, count(*) FILTER (WHERE r.state = 'open')::integer AS open,
      (SELECT count(*)::integer FROM attempts WHERE state = 'answered') AS answered,
      (SELECT count(*)::integer FROM attempts WHERE failure_class = 'rate-limited') AS "rateLimited"
    FROM replay_results r WHERE r.proposal_id = ${proposalId}`;
  return row;
}

test('2,000 replays in ten shards, a twentieth of them rate-limited at first, are each made once and billed once', async () => {
  const limited = [{ kind: 'fault' as const, fault: 'rate-limited' as const, retryAfterMs: 300 }, GOOD];
  box.script({
    tasks: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`task-${index * 20}`, limited])),
    models: { '*': [GOOD] },
  });
  const scenario = await replaying(box, { count: 1_000, externalId: (index) => `task-${index}` });
  await box.work();
  const handles = await Promise.all(
    Array.from({ length: 10 }, (_, shard) => startShard(scenario, { from: 100 * shard, to: 100 * (shard + 1) }, shard)),
  );
  const counts = await Promise.all(handles.map((handle) => handle.result()));

  expect(counts).toEqual(handles.map(() => ({ done: 200, capped: 0 })));
  expect(await ledgerOf(scenario)).toEqual({ rows: 2_000, tasks: 2_000, open: 0, answered: 2_000, rateLimited: 100 });
  expect(box.billed()).toHaveLength(2_000);
  const pairs = await loadPairs(box.db, scenario.proposalId);
  expect(pairs.filter(({ baseline, candidate }) => baseline.end === 'scored' && candidate.end === 'scored')).toHaveLength(1_000);
  const lengths = await Promise.all(handles.map(async (handle) => (await handle.describe()).historyLength));
  expect(Math.max(...lengths)).toBeLessThan(1_300); // three events for each replay, and three for each time that the shard was woken
}, 240_000);

test('a cap that is reached half way stops all shards below it, and says how much is left undone', async () => {
  const capNano = 50 * (RESERVED + DEAREST_OF_WEST);
  box.script({ models: { '*': [DEAREST] } });
  const scenario = await replaying(box, { count: 100, review: { capNano } });
  await box.work();
  const handles = await Promise.all([0, 1].map((shard) => startShard(scenario, { from: 50 * shard, to: 50 * (shard + 1) }, shard)));
  const counts = await Promise.all(handles.map((handle) => handle.result()));
  const done = counts.reduce((sum, count) => sum + count.done, 0);
  const capped = counts.reduce((sum, count) => sum + count.capped, 0);
  const progress = (await replayProgress(box.db, scenario.reviewId))!;
  expect(done + capped).toBe(200);
  expect(Math.abs(done - 100)).toBeLessThan(10);
  expect(progress).toMatchObject({ open: 0, reservedNano: 0, scored: done });
  expect(progress.spentNano).toBeLessThanOrEqual(capNano);
  expect(progress.spentNano).toBeGreaterThan(0.9 * capNano);
  expect(await callsOf(box)).toHaveLength(done);
}, 60_000);

test('cancelled in the middle, a shard ends its calls, closes what is open, and makes no more', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 300 }] } });
  const scenario = await replaying(box, { count: 100 });
  await box.work();
  const handle = await startShard(scenario);
  await until(() => box.billed().length >= 25, 'some replays are made', 30_000);
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  const begun = (await callsOf(box)).length;
  const progress = await replayProgress(box.db, scenario.reviewId);
  expect(progress).toMatchObject({ open: 0, reservedNano: 0 });
  expect(begun).toBeLessThan(60);
  const results = [...(await resultsOf(box, scenario)), ...(await resultsOf(box, scenario, 'baseline'))];
  expect(new Set(results.map(({ outcome, why }) => why ?? outcome))).toEqual(new Set(['scored', 'cancelled']));
}, 60_000);

test('a shard that is started again finds what is done and goes on from there', async () => {
  const scenario = await replaying(box, { count: 20 });
  await box.work();
  expect(await (await startShard(scenario, { to: 10 })).result()).toEqual({ done: 20, capped: 0 });
  expect(await (await startShard(scenario)).result()).toEqual({ done: 40, capped: 0 });
  expect(box.billed()).toHaveLength(40);
}, 60_000);

test('a candidate that leaves the catalogue while it is replayed is not called any more, and its pairs are left out', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 100 }] } });
  const scenario = await replaying(box, { count: 60 });
  await box.work();
  const handle = await startShard(scenario, { concurrency: 4 });
  await until(async () => (await resultsOf(box, scenario)).length >= 8, 'some replays are made', 30_000);
  await box.apply({ models: [SOUTH, WEST] });
  expect(await handle.result()).toEqual({ done: 120, capped: 0 });
  const outcomes = (await resultsOf(box, scenario)).map(({ outcome, why }) => why ?? outcome);
  expect(new Set(outcomes)).toEqual(new Set(['scored', 'not-admissible']));
  expect(outcomes.filter((outcome) => outcome === 'not-admissible').length).toBeGreaterThan(20);
  expect((await resultsOf(box, scenario, 'baseline')).every(({ outcome }) => outcome === 'scored')).toBe(true);
}, 60_000);

test('a candidate that left the catalogue before the shard began holds nothing up', async () => {
  const scenario = await replaying(box, { count: 5 });
  await box.apply({ models: [SOUTH, WEST] });
  await box.work();
  expect(await (await startShard(scenario)).result()).toEqual({ done: 10, capped: 0 });
  expect((await loadPairs(box.db, scenario.proposalId)).map(({ candidate }) => candidate.why)).toEqual(Array(5).fill('not-admissible'));
}, 60_000);

test('of a proposal that is not replayed any more, a shard makes nothing', async () => {
  const scenario = await replaying(box, { count: 5 });
  await box.db.sql`UPDATE proposals SET state = 'DECIDED' WHERE id = ${scenario.proposalId}`;
  await box.work();
  expect(await (await startShard(scenario)).result()).toEqual({ done: 0, capped: 0 });
  expect(box.billed()).toEqual([]);
});

test('a replay that fails for good is left out, and the others go on', async () => {
  const scenario = await replaying(box, { count: 3 });
  await box.db.sql`UPDATE tasks SET facts = '{"scope": 7}' WHERE id = ${scenario.taskIds[1]!}`;
  await box.work();
  expect(await (await startShard(scenario)).result()).toEqual({ done: 6, capped: 0 });
  expect((await loadPairs(box.db, scenario.proposalId)).map(({ candidate: { end, why } }) => why ?? end)).toEqual([
    'scored',
    'in-doubt',
    'scored',
  ]);
});

test('runs as many pairs at a time as it may, one model after the other, and each model is first in about half of them', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 150 }] } });
  const scenario = await replaying(box, { count: 40 });
  await box.work();
  await (await startShard(scenario, { concurrency: 4 })).result();
  const calls = await box.db.sql<{ taskId: string; model: string; from: number; to: number }[]>`
    SELECT t.replay_of AS "taskId", a.model, extract(epoch FROM a.started_at)::float8 AS from, extract(epoch FROM a.ended_at)::float8 AS to
    FROM attempts a JOIN tasks t ON t.id = a.task_id`;
  const atOnce = calls.map(({ from }) => calls.filter((other) => other.from <= from && from < other.to).length);
  expect(Math.max(...atOnce)).toBe(4);
  const first = scenario.taskIds.map((taskId) => {
    const [one, two] = calls.filter((call) => call.taskId === taskId).toSorted((a, b) => a.from - b.from);
    expect(one!.to).toBeLessThanOrEqual(two!.from);
    return one!.model;
  });
  const candidateFirst = first.filter((model) => model === NORTH.id).length;
  expect(candidateFirst).toBeGreaterThan(10);
  expect(candidateFirst).toBeLessThan(30);
}, 60_000);

test('a live task passes all replays that wait for the same pool', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 500 }] } });
  const scenario = await replaying(box, { count: 200 });
  await box.work();
  const handle = await startShard(scenario, { concurrency: 200 });
  await until(() => box.billed().length >= 60, 'the pool is full', 30_000);
  const { taskId } = await box.run({ ...WORK, grader: GRADER });
  await handle.cancel();
  await handle.result().catch(() => {});
  const [{ before }] = await box.db.sql<[{ before: number }]>`
    SELECT count(*)::integer AS before FROM attempts a JOIN tasks t ON t.id = a.task_id
    WHERE t.purpose = 'replay' AND a.started_at < (SELECT started_at FROM attempts WHERE task_id = ${taskId})`;
  expect(before).toBeLessThan(150); // the pool takes 60 at a time; 140 more were waiting when the task came
}, 60_000);

test('carries neither prompts nor answers', async () => {
  const scenario = await replaying(box, { count: 2 });
  await box.work();
  const handle = await startShard(scenario);
  await handle.result();
  const history = JSON.stringify(await fetchHistory(handle));
  const texts = [...history.matchAll(/"data":"([^"]+)"/g)].map(([, data]) => Buffer.from(data!, 'base64').toString());
  expect(texts.join()).toContain(scenario.proposalId);
  expect(texts.join()).not.toMatch(/signal box/i);
});
