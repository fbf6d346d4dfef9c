/** Rollouts on a real engine: they look, move and end by themselves, whoever is killed, and hear of people at once. */

import type { WorkflowHandle } from '@temporalio/client';
import { abortRollout, loadRollout, pauseRollout, resumeRollout } from '../../client/rollouts';
import { liveCanaries } from '../../db/queries/rollouts';
import { ROLLOUT_SIGNAL, rolloutWorkflowId, watchWorkflowId } from '../../workflows/messages';
import { type ApprovedRow, insertRollout } from '../support/approved-proposal';
import { fillArms } from '../support/arm-tasks';
import { depsOf } from '../support/deps';
import { fetchHistory } from '../support/histories';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { MODELS, NORTH, SOUTH, WORK, workPolicy } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

const SWAP = { baseline: NORTH.id, candidate: SOUTH.id } as const;
const PERSON = { actor: 'olga', note: 'As the test says.' } as const;
/** Looks come when they are asked for, so that a test decides what each of them sees. */
const ON_REQUEST = { tickMs: 3_600_000, leaseMs: 36_000_000 };
const PATIENCE_MS = 20_000;

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(async () => {
  await endWorkerProcesses();
  await box.end();
});

async function begin(changes: Partial<ApprovedRow> = {}): Promise<{ rolloutId: string; handle: WorkflowHandle }> {
  const rolloutId = await insertRollout(box.db, { ...SWAP, ...changes });
  const handle = await box.engine.workflow.start('rollout', {
    workflowId: rolloutWorkflowId(rolloutId),
    taskQueue: box.queue,
    args: [{ rolloutId }],
  });
  return { rolloutId, handle };
}

const rowOf = (id: string) => loadRollout(box.db, id);
const reaches = (id: string, state: string) => until(async () => (await rowOf(id)).state === state, `the rollout is ${state}`, PATIENCE_MS);
const fill = (perArm: number, canaryScore: number) =>
  fillArms(depsOf(box), WORK, perArm, ({ arm }) => ({ score: arm === 'canary' ? canaryScore : 1 }));

/** Upkeep leaves what has just moved to the workflow that moved it. */
const movedLongAgo = (id: string) => box.db.sql`UPDATE rollouts SET moved_at = moved_at - interval '1 minute' WHERE id = ${id}`;

test('a good candidate is promoted and watched; the watch outlives the rollout', async () => {
  await box.work();
  const { rolloutId, handle } = await begin({ canary: { steps: [0.5], minPerArm: [6], dwellMs: [0], ...ON_REQUEST } });
  await reaches(rolloutId, 'CANARY');
  await fill(6, 1);
  await handle.signal(ROLLOUT_SIGNAL);
  expect(await handle.result()).toBe('PROMOTED');
  await reaches(rolloutId, 'WATCHED');
  const watch = box.engine.workflow.getHandle(watchWorkflowId(rolloutId));
  expect((await watch.describe()).status.name).toBe('RUNNING');
  await watch.terminate('the test has ended');
});

test('a bad candidate is rolled back, and no model, prompt or id of a task is in the history', async () => {
  await box.work();
  const { rolloutId, handle } = await begin({ plan: { tolerance: 0.05 }, canary: ON_REQUEST });
  await reaches(rolloutId, 'CANARY');
  const tasks = await fill(20, 0);
  await handle.signal(ROLLOUT_SIGNAL);
  expect(await handle.result()).toBe('COOLDOWN');
  const text = JSON.stringify(await fetchHistory(handle));
  for (const secret of [tasks[0]!.taskId, SOUTH.id, WORK.prompt]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(4, -4));
  }
});

test('upkeep starts what looks after a change anew when its workflow was terminated, and leaves the others alone', async () => {
  await box.work();
  const { rolloutId, handle } = await begin({ canary: { steps: [0.5], minPerArm: [6], dwellMs: [0], ...ON_REQUEST } });
  await reaches(rolloutId, 'CANARY');
  await handle.terminate('by hand');
  await movedLongAgo(rolloutId);
  const started = () => box.engine.workflow.getHandle(rolloutWorkflowId(rolloutId));
  await until(async () => (await started().describe()).status.name === 'RUNNING', 'the rollout is looked after again', PATIENCE_MS);
  const { runId } = await started().describe();
  await fill(6, 1);
  await started().signal(ROLLOUT_SIGNAL);
  await reaches(rolloutId, 'WATCHED');
  expect((await started().describe()).runId).toBe(runId);

  const watch = () => box.engine.workflow.getHandle(watchWorkflowId(rolloutId));
  await watch().terminate('by hand');
  await movedLongAgo(rolloutId);
  await until(async () => (await watch().describe()).status.name === 'RUNNING', 'the change is watched again', PATIENCE_MS);
  await watch().terminate('the test has ended');
});

test('ticks look by themselves', async () => {
  await box.work();
  const { rolloutId, handle } = await begin({ canary: { tickMs: 200 } });
  await reaches(rolloutId, 'CANARY');
  await fill(6, 1);
  await until(async () => (await rowOf(rolloutId)).step === 1, 'the next step has begun', PATIENCE_MS);
  await handle.cancel();
  await handle.result();
});

test('a pause is heard at once and kept; a resumed rollout goes on; an abort ends the workflow', async () => {
  await box.work();
  const { rolloutId, handle } = await begin({ canary: ON_REQUEST });
  await reaches(rolloutId, 'CANARY');
  await pauseRollout(box.db, box.engine, { id: rolloutId, ...PERSON });
  await fill(6, 1);
  await handle.signal(ROLLOUT_SIGNAL);
  await resumeRollout(box.db, box.engine, { id: rolloutId, ...PERSON });
  await until(async () => (await rowOf(rolloutId)).step === 1, 'the next step has begun', PATIENCE_MS);
  await abortRollout(box.db, box.engine, { id: rolloutId, ...PERSON });
  expect(await handle.result()).toBe('ABORTED');
});

test('a cancelled workflow aborts its rollout: no task is moved any more', async () => {
  await box.work();
  const { rolloutId, handle } = await begin({ canary: ON_REQUEST });
  await reaches(rolloutId, 'CANARY');
  await handle.cancel();
  expect(await handle.result()).toBe('ABORTED');
  expect(await liveCanaries(box.db)).toEqual([]);
});

test('a worker that is killed at a look is replaced: every move is made once', async () => {
  const first = await startWorkerProcess(box.environment);
  const { rolloutId, handle } = await begin({ canary: { tickMs: 200 } });
  await reaches(rolloutId, 'CANARY');
  await fill(6, 1);
  await first.kill();
  await startWorkerProcess(box.environment);
  await until(async () => (await rowOf(rolloutId)).step === 1, 'the next step has begun', 60_000);
  const moves = await box.db
    .sql`SELECT details->>'key' AS key FROM audit_log WHERE subject = ${rolloutId} AND action = 'rollout.CANARY' ORDER BY seq`;
  expect(moves.map(({ key }) => key)).toEqual(['step-0', 'step-1']);
  await handle.cancel();
  await handle.result();
}, 120_000);
