/** kill -9 of the worker while answers are judged: each order is paid for once in the ledger, and no pair loses its judgement. */

import { loadPairs } from '../../db/queries/replays';
import { judgedPairs } from '../../routing/review/prove/judged-pairs';
import { replayShardWorkflowId, type ShardInput } from '../../workflows/messages';
import type { replayShard } from '../../workflows/replay-shard';
import { type Installation, install } from '../support/installation';
import { JUDGE, JUDGE_NAME, judgementsOf, judging, MODELS_AND_JUDGE, saying } from '../support/judging-scenario';
import { until } from '../support/processes';
import { replayProgress } from '../support/replay-progress';
import { BASELINE_NAME, CANDIDATE_NAME, GOOD } from '../support/replay-scenario';
import { endSoundly, workPolicy } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

const PAIRS = 40;
let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS_AND_JUDGE, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
});

afterEach(async () => {
  await endWorkerProcesses();
  await endSoundly(box);
});

test('a worker killed between the two orders of a pair pays for neither twice without saying so', async () => {
  box.script({
    models: { [BASELINE_NAME]: [GOOD], [CANDIDATE_NAME]: [GOOD], [JUDGE_NAME]: [{ ...saying('A'), latencyMs: 150 }] },
  });
  const { taskIds, ...scenario } = await judging(box, { count: PAIRS });
  let worker = await startWorkerProcess(box.environment);
  const input: ShardInput = { ...scenario, pass: 1, from: 0, to: PAIRS, concurrency: 5, tries: 4 };
  const handle = await box.engine.workflow.start<typeof replayShard>('replayShard', {
    workflowId: replayShardWorkflowId(scenario.proposalId, 1, 0),
    taskQueue: box.queue,
    args: [input],
  });
  const judged = () => box.billed().filter(({ model }) => model === JUDGE.id).length;
  for (const billed of [10, 35]) {
    await until(() => judged() >= billed, `${billed} judgements are made`, 60_000);
    await worker.kill();
    worker = await startWorkerProcess(box.environment);
  }
  expect(await handle.result()).toEqual({ done: 2 * PAIRS, capped: 0 });

  const judgements = await judgementsOf(box, scenario);
  expect(judgements).toHaveLength(2 * PAIRS);
  expect(new Set(judgements.map(({ outcome }) => outcome))).toEqual(new Set(['scored']));
  expect(new Set(judgements.map(({ replayTaskId }) => replayTaskId)).size).toBe(2 * PAIRS);
  const pairs = judgedPairs(await loadPairs(box.db, scenario.proposalId));
  expect(pairs.filter((pair) => pair.judged?.isFlipped)).toHaveLength(PAIRS);

  const [calls] = await box.db.sql<[{ answered: number; inDoubt: number; costNano: number }]>`
    SELECT count(*) FILTER (WHERE a.state = 'answered' AND t.purpose = 'judge')::integer AS answered,
      count(*) FILTER (WHERE a.state = 'in_doubt' AND t.purpose = 'judge')::integer AS "inDoubt", sum(a.cost_nano)::double precision AS "costNano"
    FROM attempts a JOIN tasks t ON t.id = a.task_id`;
  expect(calls.answered).toBe(2 * PAIRS);
  expect(calls.inDoubt).toBeGreaterThan(0);
  expect(judged()).toBeLessThanOrEqual(2 * PAIRS + calls.inDoubt);
  expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({ open: 0, reservedNano: 0, spentNano: calls.costNano });
}, 180_000);
