/** A canary whose workflow and workers are gone: nobody cleans up, and dispatch is back on the old route all the same. */

import { decideTask } from '../../activities/decide';
import { loadRollout } from '../../client/rollouts';
import { liveCanaries } from '../../db/queries/rollouts';
import { rolloutWorkflowId } from '../../workflows/messages';
import { insertRollout } from '../support/approved-proposal';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { MODELS, NORTH, SOUTH, WORK, workPolicy } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(async () => {
  await endWorkerProcesses();
  await box.end();
});

/** Models that tasks of the class are decided for now, by a process that has heard of nothing. */
async function modelsNow(count: number): Promise<Set<string | null>> {
  const deps = depsOf(box);
  const tasks = await Promise.all(Array.from({ length: count }, () => box.client.submit(WORK)));
  await Promise.all(tasks.map(({ taskId }) => decideTask(deps, { taskId })));
  const rows = await box.db.sql<{ model: string | null }[]>`
    SELECT model FROM routing_decisions WHERE task_id = ANY (${tasks.map(({ taskId }) => taskId)})`;
  return new Set(rows.map(({ model }) => model));
}

test('the workflow terminated and every worker killed: within a lease the next decision is on the old route', async () => {
  const worker = await startWorkerProcess(box.environment);
  const canary = { steps: [0.5], minPerArm: [1_000], dwellMs: [0], tickMs: 300, leaseMs: 3_000 };
  const rolloutId = await insertRollout(box.db, { baseline: NORTH.id, candidate: SOUTH.id, canary });
  const handle = await box.engine.workflow.start('rollout', {
    workflowId: rolloutWorkflowId(rolloutId),
    taskQueue: box.queue,
    args: [{ rolloutId }],
  });
  await until(async () => (await liveCanaries(box.db)).length === 1, 'the canary is live', 20_000);
  const { leaseUntilMs } = await loadRollout(box.db, rolloutId);
  await until(async () => (await loadRollout(box.db, rolloutId)).leaseUntilMs! > leaseUntilMs!, 'the lease was renewed', 20_000);
  expect(await modelsNow(24)).toEqual(new Set([NORTH.id, SOUTH.id]));

  await handle.terminate('as when Temporal loses it');
  await worker.kill();
  const killedAt = performance.now();
  await until(async () => (await liveCanaries(box.db)).length === 0, 'the lease has run out', 10_000);
  expect(performance.now() - killedAt).toBeLessThan(4_000);
  expect(await modelsNow(24)).toEqual(new Set([NORTH.id]));
  expect(await loadRollout(box.db, rolloutId)).toMatchObject({ state: 'CANARY', weight: 0.5 });
}, 120_000);
