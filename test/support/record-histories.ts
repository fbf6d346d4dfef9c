/**
 * Records real histories of workflows into test/histories, one per scenario, for test/workflows/replay.test.ts.
 *
 * Run it after adding a scenario: `npm run record-histories`. It never writes over
 * a history: a change of a workflow that does not replay one needs `patched`, not another recording.
 */

import type { WorkflowHandle } from '@temporalio/client';
import { abortRollout, loadRollout, pauseRollout } from '../../client/rollouts';
import { ROLLOUT_SIGNAL, rolloutWorkflowId, upkeepWorkflowId, watchWorkflowId } from '../../workflows/messages';
import { insertRollout, type PlanChanges } from './approved-proposal';
import { decideOne, endOne, fillArms } from './arm-tasks';
import { depsOf } from './deps';
import type { Installation, InstallationOptions } from './installation';
import { until } from './processes';
import { base, record } from './record-history';
import { DEAREST, LIMITS, MODELS, NORTH, NORTH_NAME, RESERVED, routeOver, SOUTH, WEST, WORK, workPolicy } from './scenario';
import { seatFor, slotSettings } from './slots';
import { startWorkerProcess } from './worker-process';

/** A budget for one task, and patience for it. */
const ONE_AT_A_TIME: InstallationOptions = {
  models: [NORTH],
  policy: workPolicy({ classes: { work: routeOver([NORTH]) }, attempts: { ...LIMITS, backoffMs: 400, maxWaitMs: 500 } }),
  budgets: [{ period: 'day', limitNano: RESERVED }],
};

/** A task that runs to its end with one worker. */
function task(
  scenario: string,
  options: Partial<InstallationOptions>,
  script: Parameters<Installation['script']>[0],
  submission: object = {},
): void {
  record('dispatch-task', scenario, { ...base, ...options }, async (box) => {
    box.script(script);
    await box.work();
    const { taskId } = await box.run({ ...WORK, ...submission });
    await box.workflow(taskId).result();
    return box.workflow(taskId);
  });
}

task('happy', {}, {});
task('dry-run', {}, {}, { dryRun: true });
task('fallback', {}, { models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'server-error' }] } });
task('rate-limited', {}, { models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 1_000 }, { kind: 'answer' }] } });
task('all-failed', {}, { models: { '*': [{ kind: 'fault', fault: 'overloaded' }] } });
task('refused-by-privacy', { models: MODELS.map((model) => ({ ...model, privacyTiers: ['public'] })) }, {}, { privacyTier: 'restricted' });
task('refused-by-budget', { budgets: [{ period: 'day', limitNano: 1 }] }, {});

const THROUGH_STEPS = {
  kind: 'cascade',
  stream: 'checked',
  steps: [
    { model: NORTH.id, check: { kind: 'judge', model: WEST.id, rubric: 'It is right.', maxOutputTokens: 50 } },
    {
      model: SOUTH.id,
      check: { kind: 'command', program: process.execPath, args: ['-e', 'process.exit(1)'], timeoutMs: 10_000, minScore: 0.5 },
    },
    { model: WEST.id },
  ],
} as const;
task('cascade', { policy: workPolicy({ classes: { work: { route: THROUGH_STEPS, tolerance: 0.05 } } }) }, {});

record('dispatch-task', 'cancelled', base, async (box) => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 15_000 }] } });
  await box.work();
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await box.client.cancel(taskId);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'cancelled-before-start', base, async (box) => {
  const { taskId } = await box.client.submit(WORK);
  await box.client.cancel(taskId);
  await box.work();
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'budget-busy-then-exhausted', ONE_AT_A_TIME, async (box) => {
  box.script({ models: { '*': [{ ...DEAREST, latencyMs: 1_500 }] } });
  await box.work();
  await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the first task holds all the money');
  const { taskId } = await box.run(WORK);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'in-doubt', base, async (box) => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 30_000 }, { kind: 'answer' }] } });
  const worker = await startWorkerProcess(box.environment);
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await worker.kill();
  await box.work();
  await box.client.result(taskId, { timeoutMs: 60_000 });
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

/** The second of two tasks on one slot: it waits, is told, and is called. */
record('dispatch-task', 'awaits-slot', { ...base, slots: slotSettings([seatFor(NORTH.id)]) }, async (box) => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 2_000 }] } });
  await box.work();
  await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the first task has the slot');
  const { taskId } = await box.run(WORK);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

/** A task whose model fails, and whose next one has a slot that is taken. */
record('dispatch-task', 'falls-back-to-slot', { ...base, slots: slotSettings([seatFor(SOUTH.id)]) }, async (box) => {
  box.script({
    tasks: { holder: [{ kind: 'answer', latencyMs: 2_500 }] },
    models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'quota-exhausted' }], '*': [{ kind: 'answer' }] },
  });
  await box.work();
  await box.client.submit({ ...WORK, externalId: 'holder', constraints: { model: SOUTH.id } });
  await until(() => box.billed().length === 1, 'the slot is taken');
  const { taskId } = await box.run(WORK);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

/** The upkeep of an installation after some rounds; it never ends, so its history is one of a running workflow. */
async function upkeepAfterRounds(box: Installation): Promise<WorkflowHandle> {
  const handle = box.engine.workflow.getHandle(upkeepWorkflowId(box.queue));
  await until(async () => (await handle.describe()).historyLength > 20, 'some rounds are done', 30_000);
  return handle;
}

record('upkeep', 'rounds', base, async (box) => {
  await box.work();
  return upkeepAfterRounds(box);
});

record('upkeep', 'failing-rounds', base, async (box) => {
  await box.work();
  await box.db.sql`ALTER TABLE reservations RENAME COLUMN expires_at TO misplaced`;
  return upkeepAfterRounds(box);
});

/** The workflow of a rollout in compressed time, and a way to fill its arms. */
async function rolloutOf(box: Installation, changes: PlanChanges) {
  const rolloutId = await insertRollout(box.db, { baseline: NORTH.id, candidate: SOUTH.id, ...changes });
  await box.work();
  const options = { workflowId: rolloutWorkflowId(rolloutId), taskQueue: box.queue, args: [{ rolloutId }] };
  const handle = await box.engine.workflow.start('rollout', options);
  const stateOf = async () => (await loadRollout(box.db, rolloutId)).state;
  await until(async () => (await stateOf()) === 'CANARY', 'the canary has begun', 20_000);
  const fill = (canaryScore: number) => fillArms(depsOf(box), WORK, 12, ({ arm }) => ({ score: arm === 'canary' ? canaryScore : 1 }));
  return { rolloutId, handle, fill };
}

/** One step, and looks only when they are asked for. */
const ONE_STEP = { steps: [0.5], minPerArm: [6], dwellMs: [0], tickMs: 3_600_000, leaseMs: 36_000_000 };

record('rollout', 'promoted', base, async (box) => {
  const { rolloutId, handle, fill } = await rolloutOf(box, { canary: ONE_STEP });
  await fill(1);
  await handle.signal(ROLLOUT_SIGNAL);
  await handle.result();
  await box.engine.workflow.getHandle(watchWorkflowId(rolloutId)).terminate('recorded');
  return handle;
});

record('rollout', 'rolled-back', base, async (box) => {
  const { handle, fill } = await rolloutOf(box, { canary: ONE_STEP, plan: { tolerance: 0.05 } });
  await fill(0);
  await handle.signal(ROLLOUT_SIGNAL);
  await handle.result();
  return handle;
});

record('rollout', 'paused-and-aborted', base, async (box) => {
  const { rolloutId, handle } = await rolloutOf(box, { canary: ONE_STEP });
  const order = { id: rolloutId, actor: 'olga', note: 'Recorded.' };
  await pauseRollout(box.db, box.engine, order);
  await abortRollout(box.db, box.engine, order);
  await handle.result();
  return handle;
});

record('rollout', 'cancelled', base, async (box) => {
  const { handle } = await rolloutOf(box, { canary: ONE_STEP });
  await handle.cancel();
  await handle.result();
  return handle;
});

/** The watch over a promoted change; `looksPerRun` makes it go on in a new run. */
async function watchOf(box: Installation, watch: PlanChanges['watch'], looksPerRun?: number): Promise<WorkflowHandle> {
  const { rolloutId, handle, fill } = await rolloutOf(box, { canary: ONE_STEP, ...(watch && { watch }) });
  await fill(1);
  await handle.signal(ROLLOUT_SIGNAL);
  await handle.result();
  const started = box.engine.workflow.getHandle(watchWorkflowId(rolloutId));
  if (looksPerRun === undefined) return started;
  await started.terminate('one with few looks follows');
  const args = [{ rolloutId, looksPerRun }];
  return box.engine.workflow.start('watch', { workflowId: watchWorkflowId(rolloutId), taskQueue: box.queue, args });
}

record('watch', 'watched-out', base, async (box) => {
  const handle = await watchOf(box, { tickMs: 200, durationMs: 1_000 });
  await handle.result();
  return handle;
});

record('watch', 'continued-as-new', base, async (box) => {
  const handle = await watchOf(box, { tickMs: 200, durationMs: 3_600_000 }, 2);
  const { runId } = await handle.describe();
  const latest = box.engine.workflow.getHandle(handle.workflowId);
  await until(async () => (await latest.describe()).runId !== runId, 'it goes on in a new run', 30_000);
  await latest.terminate('recorded');
  return box.engine.workflow.getHandle(handle.workflowId, runId);
});

record('watch', 'drift', base, async (box) => {
  const handle = await watchOf(box, { tickMs: 500, durationMs: 3_600_000 });
  const deps = depsOf(box);
  for (let at = 0; at < 24; at += 1) await endOne(deps, await decideOne(deps, WORK), { score: 0 });
  await handle.result();
  return handle;
});
