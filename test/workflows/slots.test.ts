/** Tasks that need slots, end to end: they wait durably, are served in order, and nobody else pays for it. */

import { loadHeldSlot } from '../../db/queries/slot-state';
import { eventsOf } from '../support/histories';
import { type Installation, type InstallationOptions, installWithWorkers } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, endSoundly, MODELS, NORTH, NORTH_NAME, SOUTH, SOUTH_NAME, WEST, WORK, workPolicy } from '../support/scenario';
import { seatFor, slotSettings } from '../support/slots';

const base: InstallationOptions = { models: MODELS, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] };

let box: Installation;
afterEach(() => endSoundly(box));

const begin = async (changes: Partial<InstallationOptions> = {}) => {
  box = await installWithWorkers({ ...base, slots: slotSettings([seatFor(NORTH.id)]), ...changes });
};
const submit = async (changes: object = {}) => (await box.client.submit({ ...WORK, ...changes })).taskId;
const ended = (taskId: string) => box.client.result(taskId, { timeoutMs: 30_000 });
const statusOf = async (taskId: string) => (await box.db.sql`SELECT status FROM tasks WHERE id = ${taskId}`)[0]?.status;
const servedInOrder = () => box.billed().map(({ taskId }) => taskId);
const assignmentOf = async (taskId: string) => (await box.db.sql`SELECT * FROM slot_assignments WHERE task_id = ${taskId}`)[0];

test('with one slot and five tasks each waits its turn, the most valuable first, and all are answered', async () => {
  await begin();
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 1_000 }] } });
  const first = await submit({ expectedValue: 1 });
  await until(() => box.billed().length === 1, 'the first has the slot');
  const waiting = new Map<number, string>();
  for (const expectedValue of [20, 40, 10, 30]) waiting.set(expectedValue, await submit({ expectedValue }));
  const isQueued = async () => (await box.db.sql`SELECT FROM slot_queue`).length === 4;
  await until(isQueued, 'the others wait');
  expect(await statusOf(waiting.get(10) ?? '')).toBe('await_slot');
  const results = await Promise.all([first, ...waiting.values()].map(ended));
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(5).fill('completed'));
  expect(servedInOrder()).toEqual([first, ...[40, 30, 20, 10].map((value) => waiting.get(value))]);
  expect(await attemptsOf(box, waiting.get(40) ?? '')).toEqual(['north/small answered usage']);
  expect(await box.db.sql`SELECT FROM slot_leases`).toHaveLength(0);
  expect(await box.db.sql`SELECT FROM slot_queue`).toHaveLength(0);
  expect(await assignmentOf(first)).toMatchObject({ account: 'seat', model: NORTH.id, mode: 'act', value_source: 'stated' });
});

test('a model that no account has needs no slot, and has no event more than without slots', async () => {
  await begin({ slots: slotSettings([seatFor(WEST.id)]) });
  box.script({ models: { '*': [{ kind: 'answer' }] } });
  const withSlots = await submit();
  await ended(withSlots);
  await box.workflow(withSlots).result();
  await box.apply({ slots: slotSettings([], { mode: 'off' }) });
  const without = await submit();
  await ended(without);
  await box.workflow(without).result();
  expect(await eventsOf(box, withSlots)).toEqual(await eventsOf(box, without));
  expect(await assignmentOf(withSlots)).toBeUndefined();
});

test('a task that has its slot at once has no event more in its workflow', async () => {
  await begin();
  box.script({ models: { '*': [{ kind: 'answer' }] } });
  const inSlot = await submit();
  await ended(inSlot);
  await box.workflow(inSlot).result();
  await box.apply({ slots: slotSettings([], { mode: 'off' }) });
  const without = await submit();
  await ended(without);
  await box.workflow(without).result();
  expect(await eventsOf(box, inSlot)).toEqual(await eventsOf(box, without));
});

test('a task that falls back to a model with slots waits for one of those, and the wait is none of its time', async () => {
  await begin({ slots: slotSettings([seatFor(SOUTH.id)]) });
  box.script({
    tasks: { holder: [{ kind: 'answer', latencyMs: 3_000 }] },
    models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'server-error' }], [SOUTH_NAME]: [{ kind: 'answer' }] },
  });
  const holder = await submit({ externalId: 'holder', constraints: { model: SOUTH.id } });
  await until(() => box.billed().length === 1, 'the slot is taken');
  const falling = await submit();
  await until(async () => (await statusOf(falling)) === 'await_slot', 'it waits for the slot of its fallback');
  await ended(holder);
  expect(await ended(falling)).toMatchObject({ outcome: 'completed', model: SOUTH.id });
  expect((await assignmentOf(falling))?.reason).toContain('seat with south/middle');
});

test('a scored task takes the slot of the lowest tier that is free, on another model than the score would have it', async () => {
  const models = [
    { ...NORTH, costTier: 'budget' as const },
    { ...SOUTH, costTier: 'balanced' as const },
    { ...WEST, costTier: 'premium' as const },
  ];
  const accounts = models.map((model) => seatFor(model.id, { id: `seat-${model.costTier}` }));
  await begin({ models, slots: slotSettings(accounts) });
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 1_500 }] } });
  const scored = { taskClass: 'scored', requires: { tier: 'simple' } } as const;
  const first = await submit(scored);
  await until(() => box.billed().length === 1, 'the first has its slot');
  const second = await submit(scored);
  const [one, two] = await Promise.all([ended(first), ended(second)]);
  expect([one.model, two.model]).toEqual([NORTH.id, SOUTH.id]);
  expect((await assignmentOf(second))?.reason).toContain('No budget slot is free.');
});

test('a waiting task that is cancelled leaves the queue', async () => {
  await begin();
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 2_000 }] } });
  const holder = await submit();
  await until(() => box.billed().length === 1, 'the slot is taken');
  const waiting = await submit();
  await until(async () => (await statusOf(waiting)) === 'await_slot', 'it waits');
  await box.client.cancel(waiting);
  expect(await ended(waiting)).toMatchObject({ outcome: 'cancelled', attempts: 0 });
  await ended(holder);
  expect(await box.db.sql`SELECT FROM slot_queue`).toHaveLength(0);
});

test('when the slots are taken out of the configuration, those who wait go on without', async () => {
  await begin();
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 4_000 }] } });
  const holder = await submit();
  await until(() => box.billed().length === 1, 'the slot is taken');
  const waiting = await submit();
  await until(async () => (await statusOf(waiting)) === 'await_slot', 'it waits');
  await box.apply({ slots: slotSettings([seatFor(WEST.id)]) });
  await until(() => box.billed().length === 2, 'it is called while the other still runs', 20_000);
  expect((await loadHeldSlot(box.db, waiting)).kind).toBe('none');
  expect(await Promise.all([holder, waiting].map(ended))).toMatchObject([{ outcome: 'completed' }, { outcome: 'completed' }]);
});

test('mode observe records who would get which slot, and nothing waits', async () => {
  await begin({ slots: slotSettings([seatFor(NORTH.id)], { mode: 'observe' }) });
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 1_000 }] } });
  const first = await submit();
  await until(() => box.billed().length === 1, 'the first runs');
  const second = await submit();
  await until(() => box.billed().length === 2, 'so does the second, at the same time');
  await Promise.all([first, second].map(ended));
  expect(await assignmentOf(first)).toMatchObject({ mode: 'observe', account: 'seat' });
  expect(await assignmentOf(second)).toMatchObject({
    mode: 'observe',
    account: null,
    reason: 'Every slot that would do is taken; it waits for one.',
  });
  expect(await box.db.sql`SELECT FROM attempts WHERE slot IS NOT NULL`).toHaveLength(0);
});
