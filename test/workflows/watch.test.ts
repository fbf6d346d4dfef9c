/** The watch on a real engine: it goes on in a new run, finds a drift by itself and takes the change back. */

import type { WorkflowHandle } from '@temporalio/client';
import { lookAtRollout } from '../../activities/review/rollout';
import { loadRollout } from '../../client/rollouts';
import { loadPolicy } from '../../db/queries/rules';
import { watchWorkflowId } from '../../workflows/messages';
import { insertRollout } from '../support/approved-proposal';
import { decideOne, endOne, fillArms } from '../support/arm-tasks';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { MODELS, NORTH, SOUTH, WORK, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(() => box.end());

/** A change that was promoted, and the workflow that watches it. */
async function watched(durationMs: number): Promise<{ rolloutId: string; handle: WorkflowHandle }> {
  const deps = depsOf(box);
  const canary = { steps: [0.5], minPerArm: [6], dwellMs: [0] };
  const rolloutId = await insertRollout(box.db, { baseline: NORTH.id, candidate: SOUTH.id, canary, watch: { tickMs: 1_000, durationMs } });
  const { signal } = new AbortController();
  await lookAtRollout(deps, { rolloutId }, signal);
  await fillArms(deps, WORK, 6, () => ({ score: 1 }));
  expect(await lookAtRollout(deps, { rolloutId }, signal)).toMatchObject({ state: 'PROMOTED' });
  const handle = await box.engine.workflow.start('watch', {
    workflowId: watchWorkflowId(rolloutId),
    taskQueue: box.queue,
    args: [{ rolloutId, looksPerRun: 2 }],
  });
  return { rolloutId, handle };
}

test('it goes on in a new run where it was, and rolls a drift back by itself', async () => {
  await box.work();
  const { rolloutId, handle } = await watched(3_600_000);
  const firstRun = (await handle.describe()).runId;
  await until(
    async () => (await box.engine.workflow.getHandle(watchWorkflowId(rolloutId)).describe()).runId !== firstRun,
    'a second run',
    20_000,
  );
  const deps = depsOf(box);
  for (let at = 0; at < 8; at += 1) await endOne(deps, await decideOne(deps, WORK), { score: 1 });
  await until(async () => (await loadRollout(box.db, rolloutId)).watch?.labelled === 8, 'every outcome was counted once', 30_000);
  for (let at = 0; at < 40; at += 1) await endOne(deps, await decideOne(deps, WORK), { score: 0 });
  expect(await handle.result()).toBe('COOLDOWN');
  expect(await loadPolicy(box.db)).toMatchObject({ version: 3, body: { classes: { work: { route: { model: NORTH.id } } } } });
});

test('it ends when its time is over, and the change stays', async () => {
  await box.work();
  const { handle } = await watched(1_000);
  expect(await handle.result()).toBe('IDLE');
  expect(await loadPolicy(box.db)).toMatchObject({ version: 2, body: { classes: { work: { route: { model: SOUTH.id } } } } });
});
