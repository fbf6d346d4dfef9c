/** Calls in slots, step by step and without Temporal. */

import { callModelOnce } from '../../../activities/call/model-call';
import { decideTask } from '../../../activities/decide';
import type { Deps } from '../../../activities/deps';
import { sweep } from '../../../activities/sweep';
import { loadHeldSlot } from '../../../db/queries/slot-state';
import type { SlotAccount, SlotSettings } from '../../../routing/slots/settings';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { until } from '../../support/processes';
import { endSoundly, MODELS, NORTH, NORTH_NAME, WORK, workPolicy } from '../../support/scenario';
import { seatFor, slotSettings } from '../../support/slots';

let box: Installation;
let told: string[];
let deps: Deps;

afterEach(() => endSoundly(box));

async function begin(account: Partial<SlotAccount> = {}, settings: Partial<SlotSettings> = {}): Promise<void> {
  box = await install({
    models: MODELS,
    policy: workPolicy(),
    budgets: [{ period: 'day', limitNano: 9e12 }],
    slots: slotSettings([seatFor(NORTH.id, account)], settings),
  });
  told = [];
  deps = depsOf(box, { tellSlotGranted: async (taskId) => void told.push(taskId) });
}

/** A task that is accepted and decided on; no worker takes it further. */
async function decided(changes: object = {}) {
  const { taskId } = await box.client.submit({ ...WORK, ...changes });
  const plan = await decideTask(deps, { taskId });
  if (plan.kind === 'ended') throw new Error(`Task ${taskId} ended at once.`);
  return { taskId, ...plan };
}

type Planned = Awaited<ReturnType<typeof decided>>;

function call({ taskId, decisionId }: Planned, number = 1) {
  return callModelOnce(deps, { taskId, decisionId, number, model: NORTH.id, maxCallMs: 20_000 }, new AbortController().signal);
}

const leases = async () =>
  (await box.db.sql<{ taskId: string }[]>`SELECT task_id AS "taskId" FROM slot_leases`).map(({ taskId }) => taskId);

test('a call keeps its slot for longer than a lease, and gives it to the next one, who is told', async () => {
  await begin({}, { leaseMs: 600 });
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 2_000 }] } });
  const [holder, next] = [await decided(), await decided()];
  expect([holder.awaitsSlot, next.awaitsSlot]).toEqual([undefined, true]);
  const calling = call(holder);
  await until(() => box.billed().length === 1, 'the call has begun');
  await new Promise((resolve) => setTimeout(resolve, 1_200)); // two leases
  expect((await sweep(deps)).slotsGranted).toBe(0);
  expect(await calling).toEqual({ kind: 'ended', outcome: 'completed' });
  expect(told).toEqual([next.taskId]);
  expect((await loadHeldSlot(box.db, next.taskId)).kind).toBe('held');
});

test('a call whose slot was lost meanwhile goes on, and its answer counts', async () => {
  await begin();
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 700 }] } });
  const [holder, next] = [await decided(), await decided()];
  const calling = call(holder);
  await until(() => box.billed().length === 1, 'the call has begun');
  await box.db.sql`UPDATE slot_leases SET expires_at = clock_timestamp() - interval '1 second'`;
  expect((await sweep(deps)).slotsGranted).toBe(1);
  expect(await calling).toEqual({ kind: 'ended', outcome: 'completed' });
  expect(await leases()).toEqual([next.taskId]);
});

test('a call without a slot asks for one, and calls nothing when there is none', async () => {
  await begin();
  const [, waiting] = [await decided(), await decided()];
  expect(await call(waiting)).toEqual({ kind: 'await-slot' });
  expect(box.billed()).toEqual([]);
});

test('a decision that is made again finds the slot, or the place in the queue, that its task has', async () => {
  await begin();
  const [holder, waiting] = [await decided(), await decided()];
  expect(await decideTask(deps, { taskId: holder.taskId })).not.toHaveProperty('awaitsSlot');
  expect(await decideTask(deps, { taskId: waiting.taskId })).toHaveProperty('awaitsSlot', true);
  expect(await leases()).toEqual([holder.taskId]);
});

test('an account that says it is rate limited gives out no slot until the minute is over', async () => {
  await begin({ concurrency: 5, windows: [{ per: 'minute', safetyRate: 0.9 }] });
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 1_000 }] } });
  await call(await decided());
  expect(await box.db.sql`SELECT account, per, used_rate, source FROM slot_reports`).toEqual([
    { account: 'seat', per: 'minute', used_rate: 1, source: 'headers' },
  ]);
  expect((await decided()).awaitsSlot).toBe(true);
  await box.db.sql`UPDATE slot_windows SET ends_at = clock_timestamp()`;
  expect((await sweep(deps)).slotsGranted).toBe(1);
});

test('in mode observe a quota is used up by those who would have had a slot, as it would be', async () => {
  const windows = [{ per: 'day', requests: 2, safetyRate: 1 }] as const;
  await begin({ concurrency: 5, windows }, { mode: 'observe' });
  const accountOf = async ({ taskId }: Planned) => {
    await call({ taskId, ...(await decideTask(deps, { taskId })) } as Planned);
    const [row] = await box.db.sql<{ account: string | null }[]>`SELECT account FROM slot_assignments WHERE task_id = ${taskId}`;
    return row?.account;
  };
  expect([await accountOf(await decided()), await accountOf(await decided()), await accountOf(await decided())]).toEqual([
    'seat',
    'seat',
    null,
  ]);
  expect(box.billed()).toHaveLength(3);
});

test('a task that did not hear of its slot is told again, and one whose workflow is gone gets it back', async () => {
  await begin();
  const holder = await decided();
  await box.db.sql`UPDATE slot_leases SET granted_at = granted_at - interval '5 seconds'`;
  await sweep(deps);
  expect(told).toEqual([holder.taskId]);
  const revived: string[] = [];
  await sweep(
    depsOf(box, {
      reviveDispatch: async (taskId) => {
        revived.push(taskId);
        return true;
      },
    }),
  );
  expect(revived).toContain(holder.taskId);
});

test('a task whose submitter says nothing is worth what was learned, and its record says from what', async () => {
  await begin({}, { learned: { leastTasks: 3, days: 30, isAfterFormula: false } });
  for (const expectedValue of [4, 8, 12]) await decided({ expectedValue, layer: 'ui' });
  const { taskId } = await decided({ layer: 'ui' });
  expect(await box.db.sql`SELECT expected_value, value_source, value_basis FROM slot_assignments WHERE task_id = ${taskId}`).toEqual([
    { expected_value: 50, value_source: 'formula', value_basis: null }, // the first task asked when nothing was stated yet: kept for 120 s
  ]);
  deps.rules.values.clear();
  const later = await decided({ layer: 'ui' });
  expect(await box.db.sql`SELECT expected_value, value_source, value_basis FROM slot_assignments WHERE task_id = ${later.taskId}`).toEqual([
    {
      expected_value: 8,
      value_source: 'learned',
      value_basis: { tasks: 3, cell: { taskClass: 'work', layer: 'ui', team: null, key: null } },
    },
  ]);
});

test('priorities of groups and stated values stand in the record of the assignment', async () => {
  await begin({}, { groupPriorities: { 'team:search': 97, 'layer:ui': 20 } });
  await decided();
  const { taskId } = await decided({ scope: { team: 'search' }, layer: 'ui', expectedValue: 3 });
  expect(await box.db.sql`SELECT group_name, group_priority, expected_value FROM slot_queue WHERE task_id = ${taskId}`).toEqual([
    { group_name: 'team:search', group_priority: 97, expected_value: 3 },
  ]);
});
