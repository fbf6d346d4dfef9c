/** Cancellation in every state of a task. */

import { eventsOf } from '../support/histories';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, endSoundly, MODELS, NORTH_NAME, WORK, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(() => endSoundly(box));

async function expectCancelled(taskId: string): Promise<void> {
  expect(await box.client.result(taskId, { timeoutMs: 10_000 })).toMatchObject({ outcome: 'cancelled', code: 'cancelled', answer: null });
}

test('a task that nothing has begun is cancelled before anything is decided or called', async () => {
  const { taskId } = await box.client.submit(WORK);
  expect(await box.client.cancel(taskId)).toBe('accepted');
  await box.work();
  await expectCancelled(taskId);
  expect((await box.client.task(taskId))?.decision).toBeUndefined();
  expect(box.billed()).toEqual([]);
});

test('a task that waits for a rate limit is cancelled at once, and its wait ends', async () => {
  await box.work();
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 2_900 }] } });
  const { taskId } = await box.client.submit(WORK);
  await until(async () => (await eventsOf(box, taskId)).includes('EVENT_TYPE_TIMER_STARTED'), 'the task waits');
  expect(await box.client.cancel(taskId)).toBe('running');
  await expectCancelled(taskId);
  expect(await eventsOf(box, taskId)).toContain('EVENT_TYPE_TIMER_CANCELED');
  expect(await attemptsOf(box, taskId)).toEqual(['north/small failed rate-limited none']);
});

test('a call in flight is stopped quickly and charged, since the provider may have worked', async () => {
  await box.work();
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 15_000 }] } });
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  const askedAt = Date.now();
  await box.client.cancel(taskId);
  await expectCancelled(taskId);
  expect(Date.now() - askedAt).toBeLessThan(5_000);
  expect(await attemptsOf(box, taskId)).toEqual(['north/small in_doubt cancelled reserved']);
});

test('a task that has ended keeps its outcome', async () => {
  await box.work();
  const result = await box.run(WORK);
  expect(await box.client.cancel(result.taskId)).toBe('completed');
  expect(await box.client.result(result.taskId)).toEqual(result);
});

test('a cancellation that Temporal never heard of reaches the call in flight all the same', async () => {
  await box.work();
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 15_000 }] } });
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await box.db.sql`UPDATE tasks SET cancel_requested_at = now() - interval '1 minute' WHERE id = ${taskId}`;
  await expectCancelled(taskId);
});
