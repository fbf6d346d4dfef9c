/** kill -9 of the worker in the middle of a review's replays: each is made once in the ledger, and what was paid for is found. */

import { replayShardWorkflowId, type ShardInput } from '../../workflows/messages';
import type { replayShard } from '../../workflows/replay-shard';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { replayProgress } from '../support/replay-progress';
import { GOOD, replaying, resultsOf } from '../support/replay-scenario';
import { endSoundly, MODELS, workPolicy } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
});

afterEach(async () => {
  await endWorkerProcesses();
  await endSoundly(box);
});

test('a worker killed three times among 200 replays loses none, and pays for none twice without saying so', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 150 }] } });
  const { taskIds, ...scenario } = await replaying(box, { count: 100 });
  let worker = await startWorkerProcess(box.environment);
  const input: ShardInput = { ...scenario, pass: 1, from: 0, to: taskIds.length, concurrency: 10, tries: 4 };
  const handle = await box.engine.workflow.start<typeof replayShard>('replayShard', {
    workflowId: replayShardWorkflowId(scenario.proposalId, 1, 0),
    taskQueue: box.queue,
    args: [input],
  });
  for (const billed of [30, 90, 150]) {
    await until(() => box.billed().length >= billed, `${billed} calls are made`, 60_000);
    await worker.kill();
    worker = await startWorkerProcess(box.environment);
  }
  expect(await handle.result()).toEqual({ done: 200, capped: 0 });

  const results = [...(await resultsOf(box, { ...scenario, taskIds })), ...(await resultsOf(box, { ...scenario, taskIds }, 'baseline'))];
  expect(results).toHaveLength(200);
  expect(new Set(results.map(({ replayTaskId }) => replayTaskId)).size).toBe(200);
  expect(new Set(results.map(({ outcome, score }) => `${outcome} ${score}`))).toEqual(new Set(['scored 1']));

  const [calls] = await box.db.sql<[{ answered: number; inDoubt: number; costNano: number }]>`
    SELECT count(*) FILTER (WHERE state = 'answered')::integer AS answered, count(*) FILTER (WHERE state = 'in_doubt')::integer AS "inDoubt",
      sum(cost_nano)::double precision AS "costNano" FROM attempts`;
  expect(calls.answered).toBe(200);
  expect(calls.inDoubt).toBeGreaterThan(0);
  expect(box.billed().length).toBeLessThanOrEqual(200 + calls.inDoubt);
  expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({
    open: 0,
    scored: 200,
    reservedNano: 0,
    spentNano: calls.costNano,
  });
}, 180_000);
