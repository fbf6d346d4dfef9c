/** Upkeep: what was accepted is started, what lost its workflow gets it back, what a dead process held is settled. */

import { createClient } from '../../client';
import { upkeepWorkflowId } from '../../workflows/messages';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, endSoundly, MODELS, NORTH_NAME, WORK, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(() => endSoundly(box));

/** Lets a task look as if nobody had looked at it for two minutes. */
async function age(taskId: string): Promise<void> {
  await box.db
    .sql`UPDATE tasks SET accepted_at = accepted_at - interval '2 minutes', started_at = started_at - interval '2 minutes', swept_at = NULL WHERE id = ${taskId}`;
}

test('a task that was accepted while Temporal could not be asked is started by upkeep', async () => {
  const offline = createClient({ databaseUrl: box.databaseUrl });
  const { taskId, isStarted } = await offline.submit(WORK);
  await offline.close();
  expect(isStarted).toBe(false);
  await box.work();
  expect(await box.client.result(taskId, { timeoutMs: 15_000 })).toMatchObject({ outcome: 'completed', attempts: 1 });
});

test('a task whose workflow an operator terminated gets a new one: the call is not taken for cancelled, and the task ends once', async () => {
  await box.work();
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 15_000 }, { kind: 'answer' }] } });
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await box.workflow(taskId).terminate('by hand');
  await until(async () => (await attemptsOf(box, taskId))[0] !== 'north/small running', 'the abandoned call is settled', 15_000);
  await age(taskId);
  expect(await box.client.result(taskId, { timeoutMs: 15_000 })).toMatchObject({ outcome: 'completed', model: 'north/small', attempts: 2 });
  expect(await attemptsOf(box, taskId)).toEqual(['north/small in_doubt in-doubt reserved', 'north/small answered usage']);
});

test('a task whose workflow has completed without giving it an outcome gets a new workflow', async () => {
  const { taskId } = await box.client.submit({ ...WORK, dryRun: true });
  await box.work();
  await box.client.result(taskId, { timeoutMs: 15_000 });
  // As after a restore of the database from before the outcome.
  await box.db.sql`DELETE FROM routing_outcomes WHERE task_id = ${taskId}`;
  await box.db.sql`DELETE FROM routing_decisions WHERE task_id = ${taskId}`;
  await box.db.sql`UPDATE tasks SET status = 'accepted', ended_at = NULL, started_at = NULL WHERE id = ${taskId}`;
  await age(taskId);
  expect(await box.client.result(taskId, { timeoutMs: 15_000 })).toMatchObject({ outcome: 'completed', code: 'dry_run' });
});

test('a reservation that outlived its time is settled in doubt, and its task goes on', async () => {
  await box.work();
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 4_000 }, { kind: 'answer' }] } });
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await box.db.sql`UPDATE reservations SET expires_at = now() - interval '1 second' WHERE task_id = ${taskId}`;
  expect(await box.client.result(taskId, { timeoutMs: 20_000 })).toMatchObject({ outcome: 'completed', attempts: 2 });
  expect(await attemptsOf(box, taskId)).toEqual(['north/small in_doubt in-doubt reserved', 'north/small answered usage']);
});

test('upkeep goes on after a round that failed', async () => {
  await box.work();
  await box.db.sql`ALTER TABLE reservations RENAME COLUMN expires_at TO misplaced`;
  const handle = box.engine.workflow.getHandle(upkeepWorkflowId(box.queue));
  const rounds = async () => (await handle.describe()).historyLength;
  const before = await rounds();
  await until(async () => (await rounds()) > before + 10, 'some rounds have failed', 15_000);
  await box.db.sql`ALTER TABLE reservations RENAME COLUMN misplaced TO expires_at`;
  expect((await handle.describe()).status.name).toBe('RUNNING');
  expect(await box.run(WORK)).toMatchObject({ outcome: 'completed' });
});
