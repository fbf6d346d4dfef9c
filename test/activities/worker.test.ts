/** Calls and their workers: heartbeats while a call lasts, and what becomes of it when its worker ends. */

import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, endSoundly, MODELS, NORTH_NAME, WORK, workPolicy } from '../support/scenario';

let box: Installation;

afterEach(() => endSoundly(box));

async function submitSlow(latencyMs: number): Promise<string> {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs }, { kind: 'answer' }] } });
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  return taskId;
}

test('a call that lasts many times longer than a worker may be silent is left alone', async () => {
  box = await install({ models: MODELS, policy: workPolicy(), settings: { HEARTBEAT_SECONDS: '0.5' } });
  await box.work();
  const taskId = await submitSlow(2_500);
  expect(await box.client.result(taskId, { timeoutMs: 10_000 })).toMatchObject({ outcome: 'completed', attempts: 1 });
});

test('a worker that is told to stop lets a call end that needs no longer than its grace period', async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  const worker = await box.work();
  const taskId = await submitSlow(1_500);
  await worker.drain();
  expect(await box.client.result(taskId, { timeoutMs: 1_000 })).toMatchObject({ outcome: 'completed', attempts: 1 });
});

test('a call that outlasts the grace period is stopped and charged, and another worker takes the task on: nobody cancelled it', async () => {
  box = await install({ models: MODELS, policy: workPolicy(), settings: { SHUTDOWN_GRACE_SECONDS: '0' } });
  const worker = await box.work();
  const taskId = await submitSlow(20_000);
  await worker.drain();
  expect(await attemptsOf(box, taskId)).toEqual(['north/small in_doubt in-doubt reserved']);
  await box.work();
  expect(await box.client.result(taskId, { timeoutMs: 20_000 })).toMatchObject({ outcome: 'completed', attempts: 2 });
});

test('two workers share the tasks of one installation, and each task ends once', async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  await Promise.all([box.work(), box.work()]);
  const results = await Promise.all(Array.from({ length: 30 }, () => box.run(WORK)));
  expect(results.every(({ outcome, attempts }) => outcome === 'completed' && attempts === 1)).toBe(true);
  expect(box.billed()).toHaveLength(30);
});
