/** Acceptance: what is acknowledged is committed, and once. */

import { createClient } from '../../client';
import { type Installation, install } from '../support/installation';
import { endSoundly, MODELS, WORK, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(() => endSoundly(box));

async function taskCount(): Promise<number> {
  const [row] = await box.db.sql<[{ tasks: number }]>`SELECT count(*)::integer AS tasks FROM tasks`;
  return row.tasks;
}

test('twenty submissions at once under one idempotency key are one task with one outcome', async () => {
  await box.work();
  const submitted = await Promise.all(Array.from({ length: 20 }, () => box.client.submit({ ...WORK, idempotencyKey: 'order-7' })));
  expect(new Set(submitted.map(({ taskId }) => taskId)).size).toBe(1);
  expect(submitted.filter(({ isExisting }) => !isExisting)).toHaveLength(1);
  const results = await Promise.all(submitted.map(({ taskId }) => box.client.result(taskId, { timeoutMs: 20_000 })));
  for (const result of results) expect(result).toEqual(results[0]);
  expect(await taskCount()).toBe(1);
  expect(box.billed()).toHaveLength(1);
});

test('a task that has ended is found again by its key, and not called again', async () => {
  await box.work();
  const first = await box.run({ ...WORK, idempotencyKey: 'order-7' });
  const again = await box.client.submit({ ...WORK, idempotencyKey: 'order-7' });
  expect(again).toMatchObject({ taskId: first.taskId, isExisting: true });
  expect(await box.client.result(again.taskId, { timeoutMs: 20_000 })).toEqual(first);
  expect(box.billed()).toHaveLength(1);
});

test('a key with another body is refused, names the task it belongs to, and accepts nothing', async () => {
  const { taskId } = await box.client.submit({ ...WORK, idempotencyKey: 'order-7' });
  await expect(box.client.submit({ ...WORK, prompt: 'Something else.', idempotencyKey: 'order-7' })).rejects.toMatchObject({
    code: 'idempotency_conflict',
    message: expect.stringContaining(taskId),
  });
  await expect(box.client.submit({ ...WORK, priority: 90, idempotencyKey: 'order-7' })).rejects.toMatchObject({
    code: 'idempotency_conflict',
  });
  expect(await taskCount()).toBe(1);
});

test('the same key of another owner is another task', async () => {
  const other = createClient({ databaseUrl: box.databaseUrl, owner: 'somebody-else' });
  const mine = await box.client.submit({ ...WORK, idempotencyKey: 'order-7' });
  const theirs = await other.submit({ ...WORK, prompt: 'Something else.', idempotencyKey: 'order-7' });
  await other.close();
  expect(theirs.taskId).not.toBe(mine.taskId);
});

test.each([
  ['an empty prompt', { prompt: '   ' }, 'bad_input', /prompt is empty/],
  ['a NUL character', { prompt: 'a\u0000b' }, 'bad_input', /NUL character/],
  ['half a surrogate pair', { prompt: 'a\ud800b' }, 'bad_input', /surrogate/],
  ['more than the longest prompt', { prompt: 'x'.repeat(1024 * 1024 + 1) }, 'input_too_large', /1048577 bytes; the limit is 1048576/],
  ['a priority that is no number', { ...WORK, priority: Number.NaN }, 'bad_input', /priority/],
  ['a negative cost limit', { ...WORK, constraints: { maxCostUsd: -1 } }, 'bad_input', /constraints\.maxCostUsd/],
  ['a misspelt key', { ...WORK, residancy: 'eu' } as never, 'bad_input', /residancy/],
])('%s is refused with what to do about it, and nothing is accepted', async (_, submission, code, message) => {
  await expect(box.client.submit(submission)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(await taskCount()).toBe(0);
});

test('waiting for a task that does not end in time says so, and the task goes on', async () => {
  const { taskId } = await box.client.submit(WORK);
  await expect(box.client.result(taskId, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timed_out' });
  await box.work();
  expect(await box.client.result(taskId, { timeoutMs: 20_000 })).toMatchObject({ outcome: 'completed' });
});

test('a task that is not there is named', async () => {
  const nobody = '01890000-0000-7000-8000-000000000001';
  await expect(box.client.result(nobody, { timeoutMs: 5_000 })).rejects.toMatchObject({
    code: 'unknown_task',
    message: expect.stringContaining(nobody),
  });
  await expect(box.client.cancel(nobody)).rejects.toMatchObject({ code: 'unknown_task' });
});
