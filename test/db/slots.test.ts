/** Slots in the database: who gets the last one, how long it is theirs, what is used up, and who is let go. */

import { connect, type Database } from '../../db/connect';
import { loadHeldSlot, loadSlotState } from '../../db/queries/slot-state';
import {
  applySlots,
  enqueueForSlot,
  type GrantToMake,
  grantSlots,
  openAttemptInSlot,
  recordObserved,
  releaseUnserved,
  renewSlot,
  reportSlot,
  type TaskForSlot,
} from '../../db/queries/slots';
import { placeInQueue } from '../../routing/slots/queue-order';
import type { QuotaWindow, SlotAccount } from '../../routing/slots/settings';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyLedgerRules, attemptOf, type Decided, decided, end, failed, OPEN, open, SECOND, settle } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 12 });
  await applyLedgerRules(db);
});
beforeEach(async () => {
  await db.sql`TRUNCATE slots, slot_windows, slot_reports, slot_queue, slot_leases, slot_assignments`;
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const LEASE_MS = 60_000;

function account(changes: Partial<SlotAccount> = {}): SlotAccount {
  return { id: 'seat', models: [OPEN], concurrency: 1, timeZone: 'UTC', windows: [], ...changes };
}

async function queued(changes: Partial<TaskForSlot> = {}): Promise<Decided> {
  const task = await decided(db);
  const usual = {
    models: [OPEN],
    lacks: {},
    expectedValue: 1,
    valueSource: 'formula',
    priority: 50,
    standing: 0.5,
    patienceMs: 600_000,
  } as const;
  await enqueueForSlot(db, { ...task, ...usual, ...changes });
  return task;
}

function grantOf({ taskId }: Decided, changes: Partial<GrantToMake> = {}): GrantToMake {
  return { taskId, account: 'seat', model: OPEN, reason: 'A test gave it.', alternatives: [], ...changes };
}

const give = (task: Decided, leaseMs = LEASE_MS) => grantSlots(db, [grantOf(task)], leaseMs);
const begin = (task: Decided, changes: Parameters<typeof attemptOf>[1] = {}) =>
  openAttemptInSlot(db, { ...attemptOf(task, changes), leaseMs: LEASE_MS });
const statusOf = async ({ taskId }: Decided) =>
  (await db.sql<{ status: string }[]>`SELECT status FROM tasks WHERE id = ${taskId}`)[0]?.status;
const usedOf = async (name: string) => (await loadSlotState(db, 1)).accounts.find((each) => each.account === name)?.usedRate;
const expireLeases = () => db.sql`UPDATE slot_leases SET expires_at = clock_timestamp() - interval '1 second'`;

test('two workers that grant the last slot at once: exactly one task gets it', async () => {
  await applySlots(db, [account()], 'test');
  for (let round = 0; round < 10; round++) {
    const tasks = await Promise.all([queued(), queued(), queued(), queued()]);
    const granted = (await Promise.all(tasks.map((task) => give(task)))).flat();
    expect(granted).toHaveLength(1);
    await Promise.all(tasks.map(({ taskId }) => end(db, taskId, { kind: 'cancelled', code: 'cancelled' })));
  }
});

test('two workers that grant one task a slot each at once: it gets one', async () => {
  await applySlots(db, [account({ concurrency: 4 }), account({ id: 'other', concurrency: 4 })], 'test');
  const task = await queued();
  const both = await Promise.all(
    ['seat', 'other', 'seat', 'other'].map((id) => grantSlots(db, [grantOf(task, { account: id })], LEASE_MS)),
  );
  expect(both.flat()).toEqual([task.taskId]);
  expect(await loadHeldSlot(db, task.taskId)).toEqual({ kind: 'held', model: OPEN });
});

test('there are never more leases than slots, however many grant, begin, end and lose them at once', async () => {
  await applySlots(db, [account({ concurrency: 3 }), account({ id: 'other', concurrency: 2 })], 'test');
  const tasks = await Promise.all(Array.from({ length: 30 }, () => queued()));
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const [row] = await db.sql<[{ over: number }]>`
        SELECT coalesce(max(n - concurrency), 0)::integer AS over FROM slots JOIN (SELECT account, count(*) AS n FROM slot_leases GROUP BY 1) l USING (account)`;
      most = Math.max(most, row.over);
    }
  })();
  const left = [...tasks];
  const worker = async (at: number) => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) {
      const [granted] = await grantSlots(db, [grantOf(task, { account: at % 2 === 0 ? 'seat' : 'other' })], at % 3 === 0 ? 1 : LEASE_MS);
      if (granted === undefined || (await begin(task)).kind === 'slot') left.push(task);
      else await settle(db, task, {}, { taskId: task.taskId, kind: 'completed', reason: 'It answered.', code: 'answered' });
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, at) => worker(at)));
  isOver = true;
  await watching;
  expect(most).toBe(0);
  expect(await db.sql`SELECT count(*)::integer AS n FROM slot_leases`).toEqual([{ n: 0 }]);
  expect(await db.sql`SELECT count(*)::integer AS n FROM attempts WHERE slot IS NOT NULL AND state = 'answered'`).toEqual([{ n: 30 }]);
}, 60_000);

test('a waiting task is await_slot; its call runs in the slot, and gives it back with its end', async () => {
  await applySlots(db, [account()], 'test');
  const [first, second] = [await queued(), await queued()];
  expect(await statusOf(first)).toBe('await_slot');
  expect(await begin(first)).toEqual({ kind: 'slot' });
  await give(first);
  expect(await begin(first)).toEqual({ kind: 'opened', slot: 'seat' });
  expect(await statusOf(first)).toBe('running');
  expect(await give(second)).toEqual([]);
  await settle(db, first);
  expect(await give(second)).toEqual([second.taskId]);
});

test('a slot is for the model that it was granted for', async () => {
  await applySlots(db, [account({ models: [OPEN, SECOND] })], 'test');
  const task = await queued({ models: [OPEN, SECOND] });
  await give(task);
  expect(await begin(task, { model: SECOND })).toEqual({ kind: 'slot' });
  expect((await loadHeldSlot(db, task.taskId)).kind).toBe('waiting');
});

test('a lease that expires during a call: the next one gets the slot, and the end of the call takes it from nobody', async () => {
  await applySlots(db, [account()], 'test');
  const [slow, next] = [await queued(), await queued()];
  await give(slow);
  const attempt = attemptOf(slow);
  await openAttemptInSlot(db, { ...attempt, leaseMs: LEASE_MS });
  expect(await renewSlot(db, slow.taskId, attempt.attemptId, LEASE_MS)).toBe(true);
  await expireLeases();
  expect(await give(next)).toEqual([next.taskId]);
  expect(await renewSlot(db, slow.taskId, attempt.attemptId, LEASE_MS)).toBe(false);
  const settled = await settle(db, slow);
  expect(settled).toMatchObject({ kind: 'settled', attempt: { state: 'answered' } });
  expect(await loadHeldSlot(db, next.taskId)).toEqual({ kind: 'held', model: OPEN });
});

test('a grant that nobody takes up in time goes to the next, and its task waits again at its old place', async () => {
  await applySlots(db, [account()], 'test');
  const [late, next] = [await queued({ standing: 0.9 }), await queued()];
  const placeOf = async () => (await db.sql`SELECT place FROM slot_queue WHERE task_id = ${late.taskId}`)[0]?.place;
  const place = await placeOf();
  await give(late);
  await expireLeases();
  expect(await begin(late)).toEqual({ kind: 'slot' });
  expect(await loadHeldSlot(db, late.taskId)).toEqual({ kind: 'waiting' });
  expect((await loadSlotState(db, 10)).waiting.map(({ taskId }) => taskId)).toEqual([late.taskId, next.taskId]);
  expect(await placeOf()).toBe(place);
});

test('a task that needs a slot again keeps the moment from which it waits', async () => {
  await applySlots(db, [account()], 'test');
  const task = await queued();
  const [before] = await db.sql`SELECT since, place FROM slot_queue`;
  await give(task);
  await begin(task);
  expect(await db.sql`SELECT FROM slot_queue`).toHaveLength(0);
  await settle(db, task, failed());
  const again = {
    models: [SECOND],
    lacks: {},
    expectedValue: 1,
    valueSource: 'formula',
    priority: 50,
    standing: 0.5,
    patienceMs: 600_000,
  } as const;
  await enqueueForSlot(db, { ...task, ...again });
  expect((await db.sql`SELECT since, place FROM slot_queue`)[0]).toEqual(before);
});

test('places in the queue are those of the pure core', async () => {
  await applySlots(db, [account()], 'test');
  await queued({ standing: 0.25, patienceMs: 120_000 });
  const [row] = await db.sql<[{ place: number; sinceMs: number }]>`
    SELECT place, (extract(epoch FROM since) * 1000)::float8 AS "sinceMs" FROM slot_queue`;
  expect(row.place).toBeCloseTo(placeInQueue(0.25, row.sinceMs, 120_000), 6);
});

test('a task that ends while it waits leaves the queue, with a slot that it had not begun to use', async () => {
  await applySlots(db, [account()], 'test');
  const [granted, waiting] = [await queued(), await queued()];
  await give(granted);
  await end(db, granted.taskId, { kind: 'cancelled', code: 'cancelled' });
  await end(db, waiting.taskId, { kind: 'cancelled', code: 'cancelled' });
  expect(await db.sql`SELECT FROM slot_queue`).toHaveLength(0);
  expect(await db.sql`SELECT FROM slot_leases`).toHaveLength(0);
  const usual = {
    models: [OPEN],
    lacks: {},
    expectedValue: 1,
    valueSource: 'formula',
    priority: 50,
    standing: 0.5,
    patienceMs: 600_000,
  } as const;
  expect(await enqueueForSlot(db, { ...waiting, ...usual })).toBe(false);
});

test('slots that are gone while tasks wait: a grant of one is none, who could use another waits on, everybody else is let go', async () => {
  await applySlots(db, [account(), account({ id: 'other', models: [SECOND] })], 'test');
  const [only, either] = [await queued(), await queued({ models: [OPEN, SECOND] })];
  await applySlots(db, [account({ id: 'other', models: [SECOND] })], 'test');
  expect(await give(only)).toEqual([]);
  expect(await releaseUnserved(db, [SECOND], 10)).toEqual([only.taskId]);
  expect(await statusOf(only)).toBe('running');
  expect(await loadHeldSlot(db, only.taskId)).toEqual({ kind: 'none' });
  expect(await statusOf(either)).toBe('await_slot');
});

test('an account with fewer slots than it has leases gives out none until enough are back', async () => {
  await applySlots(db, [account({ concurrency: 2 })], 'test');
  const [a, b, c] = [await queued(), await queued(), await queued()];
  for (const task of [a, b]) {
    await give(task);
    await begin(task);
  }
  await applySlots(db, [account({ concurrency: 1 })], 'test');
  await settle(db, a);
  expect(await give(c)).toEqual([]);
  await settle(db, b);
  expect(await give(c)).toEqual([c.taskId]);
});

test('applying the same accounts again changes nothing and is not told twice', async () => {
  expect(await applySlots(db, [account()], 'test')).toBe(true);
  expect(await applySlots(db, [account()], 'test')).toBe(false);
  expect(await applySlots(db, [account({ concurrency: 2 })], 'test')).toBe(true);
});

describe('quotas', () => {
  const limited = (window: Partial<QuotaWindow>, timeZone = 'UTC') =>
    applySlots(db, [account({ concurrency: 10, timeZone, windows: [{ per: 'day', safetyRate: 1, ...window }] })], 'test');

  test('requests count with the grant, tokens and money with the end of the call', async () => {
    await limited({ requests: 4, tokens: 100, spendNanoUsd: 1_000 });
    const task = await queued();
    await give(task);
    expect(await usedOf('seat')).toBe(0.25);
    await begin(task);
    await settle(db, task);
    expect(await usedOf('seat')).toBe(0.35); // 35 of 100 tokens; 40 of 1000 nano-dollars
  });

  test('nobody gets a slot of an account that has used up the share it may use', async () => {
    await limited({ requests: 10, safetyRate: 0.2 });
    const tasks = await Promise.all([queued(), queued(), queued()]);
    expect(
      await grantSlots(
        db,
        tasks.map((task) => grantOf(task)),
        LEASE_MS,
      ),
    ).toHaveLength(2);
    expect(await usedOf('seat')).toBe(1);
    expect((await loadSlotState(db, 10)).waiting).toEqual([]);
  });

  test('what is over counts no more, and a later configuration keeps what was counted', async () => {
    await limited({ requests: 2 });
    await give(await queued());
    await limited({ requests: 4 });
    expect(await usedOf('seat')).toBe(0.25);
    await db.sql`UPDATE slot_windows SET ends_at = now() - interval '1 second'`;
    expect(await usedOf('seat')).toBe(0);
    await give(await queued());
    expect(await usedOf('seat')).toBe(0.25);
  });

  test('a report from elsewhere counts until its window ends, with what we used after it', async () => {
    await limited({ requests: 10 });
    const report = { account: 'seat', per: 'day', usedRate: 0.4, source: 'person', reportedBy: 'olga' } as const;
    expect(await reportSlot(db, report)).toMatchObject({ kind: 'kept' });
    expect(await usedOf('seat')).toBe(0.4);
    await give(await queued());
    expect(await usedOf('seat')).toBe(0.5);
    await db.sql`UPDATE slot_windows SET ends_at = now() - interval '1 second'`;
    expect(await usedOf('seat')).toBe(0);
    expect(await reportSlot(db, { ...report, account: 'nobody' })).toEqual({ kind: 'unknown' });
    expect(await reportSlot(db, { ...report, per: 'week' })).toEqual({ kind: 'unknown' });
  });

  test('a window without limits goes by reports alone', async () => {
    await limited({});
    await give(await queued());
    expect(await usedOf('seat')).toBe(0);
    await reportSlot(db, { account: 'seat', per: 'day', usedRate: 1, source: 'person', reportedBy: 'olga' });
    expect(await give(await queued())).toEqual([]);
  });

  describe('in mode observe', () => {
    const observed = async (changes: { readonly account?: string; readonly dryRun?: boolean } = {}) => {
      const { account: id = 'seat', dryRun = false } = changes;
      const task = await decided(db, { dryRun });
      const slot = { account: id, model: OPEN, reason: 'A test says so.', alternatives: [] };
      const record = () => recordObserved(db, { ...task, expectedValue: 1, valueSource: 'formula', ...slot });
      await record();
      await record(); // an activity may run twice
      return task;
    };

    test('count the calls of tasks that would have had a slot of the account, once each', async () => {
      await limited({ requests: 4, tokens: 100, spendNanoUsd: 1_000 });
      const task = await observed();
      expect(await usedOf('seat')).toBe(0.25);
      await open(db, task);
      await settle(db, task);
      await settle(db, task);
      expect(await usedOf('seat')).toBe(0.35); // 35 of 100 tokens
      expect(await db.sql`SELECT requests::integer, tokens::integer, spent_nano::integer FROM slot_windows`).toEqual([
        { requests: 1, tokens: 35, spent_nano: 40 },
      ]);
    });

    test('count each further try of a task as a request', async () => {
      await limited({ requests: 4 });
      const task = await observed();
      await open(db, task);
      await settle(db, task, failed());
      await open(db, task, { number: 2 });
      await settle(db, task, { number: 2 });
      expect(await usedOf('seat')).toBe(0.5);
    });

    test('count no dry run, and nothing of a task that would have waited or needs no slot', async () => {
      await limited({ requests: 4 });
      await observed({ dryRun: true });
      const plain = await decided(db);
      await open(db, plain);
      await settle(db, plain);
      const waiting = await decided(db);
      await recordObserved(db, { ...waiting, expectedValue: 1, valueSource: 'formula', reason: 'It waits.', alternatives: [] });
      await open(db, waiting);
      await settle(db, waiting);
      expect(await usedOf('seat')).toBe(0);
    });
  });

  const HOUR = 3_600_000;
  /** In milliseconds since the epoch. */
  async function windowEnd(per: string, zone: string, at: string): Promise<number> {
    const [row] = await db.sql<[{ ms: number }]>`
      SELECT (extract(epoch FROM slot_window_end(${per}, ${at}::text::timestamptz, ${zone})) * 1000)::float8 AS ms`;
    return row.ms;
  }

  test.each([
    ['a day in winter', 'day', 'Europe/Berlin', '2026-01-15T11:00:00Z', '2026-01-15T23:00:00Z'],
    ['the day on which summer time begins, 23 hours long', 'day', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['the day on which it ends, 25 hours long', 'day', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['the second hour of the same name on that day', 'day', 'Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T23:00:00Z'],
    ['a day in a zone of half hours', 'day', 'Asia/Kolkata', '2026-06-01T18:29:59Z', '2026-06-01T18:30:00Z'],
    ['a day that begins at one because midnight does not exist', 'day', 'Africa/Cairo', '2026-04-23T12:00:00Z', '2026-04-23T22:00:00Z'],
    ['the week in which summer time begins', 'week', 'America/New_York', '2026-03-04T12:00:00Z', '2026-03-09T04:00:00Z'],
    ['a week from Monday', 'week', 'UTC', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z'],
  ])('%s ends at midnight of its zone', async (_, per, zone, at, ends) => {
    expect(new Date(await windowEnd(per, zone, at)).toISOString()).toBe(new Date(ends).toISOString());
  });

  test.each(['Pacific/Kiritimati', 'Pacific/Niue', 'America/New_York', 'Australia/Lord_Howe'])(
    'what is used counts until midnight in %s, the zone of its account',
    async (zone) => {
      await limited({ requests: 10 }, zone);
      await give(await queued());
      const [row] = await db.sql<[{ clock: string; ahead: string }]>`
        SELECT to_char(ends_at AT TIME ZONE ${zone}, 'HH24:MI:SS') AS clock, (ends_at - now())::text AS ahead FROM slot_windows`;
      expect(row.clock).toBe('00:00:00'); // no zone in this list skips midnight when its clock changes
      expect(row.ahead).toMatch(/^(1 day )?\d\d:/); // later than now, at most a long day
    },
  );

  test('five hours are five hours, also across a change of the clock', async () => {
    const at = '2026-03-29T00:00:00Z';
    expect((await windowEnd('five_hours', 'Europe/Berlin', at)) - Date.parse(at)).toBe(5 * HOUR);
  });
});

test('the view of decisions has the slot, the other slots and the reason', async () => {
  await applySlots(db, [account()], 'test');
  const task = await queued();
  await grantSlots(
    db,
    [grantOf(task, { alternatives: [{ account: 'other', model: SECOND, why: 'a premium slot is more than the task needs' }] })],
    LEASE_MS,
  );
  const [row] = await db.sql`SELECT * FROM model_routing_decisions WHERE task_id = ${task.taskId}`;
  const [decision] = await db.sql`SELECT decided_at FROM routing_decisions WHERE id = ${task.decisionId}`;
  expect(row).toEqual({
    decision_id: task.decisionId,
    task_id: task.taskId,
    chosen_slot: 'seat',
    chosen_model: OPEN,
    alternatives: [{ account: 'other', model: SECOND, why: 'a premium slot is more than the task needs' }],
    reason: ['A test gave it.'],
    decided_at: decision?.decided_at,
  });
  const plain = await decided(db);
  const [withoutSlot] = await db.sql`SELECT * FROM model_routing_decisions WHERE task_id = ${plain.taskId}`;
  expect(Object.keys(withoutSlot ?? {})).toEqual([
    'decision_id',
    'task_id',
    'chosen_slot',
    'chosen_model',
    'alternatives',
    'reason',
    'decided_at',
  ]);
  expect(withoutSlot).toMatchObject({ chosen_slot: null, chosen_model: OPEN, alternatives: [], reason: [] });
});
