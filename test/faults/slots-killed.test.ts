/** kill -9 of the worker while tasks wait for a slot: they are served in the order in which they stood, each once. */

import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { endSoundly, MODELS, NORTH, WORK, workPolicy } from '../support/scenario';
import { seatFor, slotSettings } from '../support/slots';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

let box: Installation;

beforeEach(async () => {
  box = await install({
    models: MODELS,
    policy: workPolicy(),
    budgets: [{ period: 'day', limitNano: 9e12 }],
    slots: slotSettings([seatFor(NORTH.id)]),
  });
});

afterEach(async () => {
  await endWorkerProcesses();
  await endSoundly(box);
});

const queued = async () =>
  (await box.db.sql<{ id: string }[]>`SELECT task_id AS id FROM slot_queue ORDER BY place, task_id`).map(({ id }) => id);
const isNew = (id: string, at: number, all: readonly string[]) => all.indexOf(id) === at;

test('a worker killed twice, with a call in the slot and tasks that wait, changes nothing of their order and loses none', async () => {
  const quick = { kind: 'answer', latencyMs: 100 } as const;
  box.script({ tasks: { holder: [{ ...quick, latencyMs: 60_000 }, quick] }, models: { '*': [quick] } });
  const first = await startWorkerProcess(box.environment);
  const holder = (await box.client.submit({ ...WORK, externalId: 'holder', expectedValue: 0 })).taskId;
  await until(() => box.billed().length === 1, 'the holder has the slot');
  const values = [30, 60, 10, 50, 20, 40];
  const submitted = await Promise.all(values.map(async (expectedValue) => (await box.client.submit({ ...WORK, expectedValue })).taskId));
  await until(async () => (await queued()).length === values.length, 'the others wait');
  const order = await queued();
  const byValue = [...values].sort((a, b) => b - a).map((value) => submitted[values.indexOf(value)]);
  expect(order).toEqual(byValue);

  await first.kill();
  expect(await queued()).toEqual(order);
  const second = await startWorkerProcess(box.environment);
  await until(() => box.billed().length >= 3, 'the slot of the dead worker was given on', 30_000);
  await second.kill();
  await startWorkerProcess(box.environment);

  const results = await Promise.all([holder, ...submitted].map((taskId) => box.client.result(taskId, { timeoutMs: 60_000 })));
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(7).fill('completed'));
  const served = box
    .billed()
    .map(({ taskId }) => taskId)
    .filter((id) => id !== holder)
    .filter(isNew);
  expect(served).toEqual(order);
  expect(await box.db.sql`SELECT FROM slot_leases`).toHaveLength(0);
}, 120_000);
