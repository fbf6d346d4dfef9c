/** The period that money is counted in: the budget's own day or month, by the database's clock, fixed when it is reserved. */

import fc from 'fast-check';
import { connect, type Database } from '../../db/connect';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addBudgets, applyLedgerRules, budgetOf, decided, open, settle } from './ledger-moves';

/** Zones with half hours, with changes at midnight (Cairo, Beirut, Santiago, Havana), and on both sides of the date line. */
const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Asia/Beirut',
  'America/Santiago',
  'America/Havana',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
] as const;

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 5 });
  await applyLedgerRules(db);
  const periods = ['day', 'month'] as const;
  await addBudgets(
    db,
    ...ZONES.flatMap((timeZone) =>
      periods.map((period) => budgetOf(timeZone, { id: `${timeZone}:${period}`, scopeKind: 'tag', period, timeZone })),
    ),
  );
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const HOUR = 3_600_000;

interface Period {
  readonly id: string;
  readonly period: 'day' | 'month';
  readonly startsAt: number;
  readonly endsAt: number;
}

/** The balances that money reserved at an instant is counted in: of the day, and of the month. */
async function balancesAt(timeZone: string, instant: number): Promise<{ readonly day: Period; readonly month: Period }> {
  const [made] = await db.sql<[{ ids: string[] }]>`
    SELECT current_balances(${JSON.stringify({ tag: timeZone })}::text::jsonb, to_timestamp(${instant / 1000}::double precision)) AS ids`;
  const rows = await db.sql<Period[]>`
    SELECT t.id, b.period, extract(epoch FROM period_start)::double precision * 1000 AS "startsAt",
      extract(epoch FROM period_end)::double precision * 1000 AS "endsAt"
    FROM budget_tracking t JOIN budgets b ON b.id = t.budget_id WHERE t.id = ANY (${made.ids}::bigint[])`;
  const [day, month] = [rows.find(({ period }) => period === 'day'), rows.find(({ period }) => period === 'month')];
  expect(rows).toHaveLength(2);
  return { day: day!, month: month! };
}

/** `2024-03-10`, as people in the zone say. */
function localDate(timeZone: string, instant: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(instant);
}

test.each([
  ['America/New_York', '2024-03-10T12:00:00Z', 23],
  ['America/New_York', '2024-11-03T12:00:00Z', 25],
  ['America/New_York', '2024-07-01T12:00:00Z', 24],
  ['Australia/Lord_Howe', '2024-10-05T20:00:00Z', 23.5],
  ['Australia/Lord_Howe', '2024-04-06T20:00:00Z', 24.5],
  // The clock jumps from 00:00 to 01:00, so the day begins at one.
  ['Africa/Cairo', '2024-04-26T12:00:00Z', 23],
  ['Asia/Beirut', '2024-03-31T12:00:00Z', 23],
  ['America/Santiago', '2024-09-08T18:00:00Z', 23],
  ['UTC', '2024-03-10T12:00:00Z', 24],
])('a day in %s around %s has %d hours', async (timeZone, instant, hours) => {
  const { day } = await balancesAt(timeZone, Date.parse(instant));
  expect((day.endsAt - day.startsAt) / HOUR).toBe(hours);
});

test.each([
  ['UTC', '2024-02-29T23:59:59.999Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['UTC', '2024-03-01T00:00:00Z', '2024-03-01T00:00:00Z', '2024-04-01T00:00:00Z'],
  ['Asia/Kolkata', '2024-02-29T18:30:00Z', '2024-02-29T18:30:00Z', '2024-03-31T18:30:00Z'],
  ['America/New_York', '2024-03-01T04:59:59Z', '2024-02-01T05:00:00Z', '2024-03-01T05:00:00Z'],
  // The month in which summer time begins.
  ['America/New_York', '2024-03-15T00:00:00Z', '2024-03-01T05:00:00Z', '2024-04-01T04:00:00Z'],
  ['Pacific/Kiritimati', '2024-12-31T10:00:00Z', '2024-12-31T10:00:00Z', '2025-01-31T10:00:00Z'],
])('in %s, %s belongs to the month from %s to %s', async (timeZone, instant, start, end) => {
  const { month } = await balancesAt(timeZone, Date.parse(instant));
  expect([month.startsAt, month.endsAt]).toEqual([Date.parse(start), Date.parse(end)]);
});

test('two instants share a balance exactly when they share the date, or the month, of the zone', async () => {
  const from = Date.parse('2023-06-01T00:00:00Z');
  const instant = fc.integer({ min: from, max: Date.parse('2025-06-01T00:00:00Z') });
  const distance = fc.oneof(fc.integer({ min: 0, max: 30 * HOUR }), fc.integer({ min: 0, max: 40 * 24 * HOUR }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ZONES), instant, distance, async (zone, first, later) => {
      const second = first + later;
      const [one, other] = [await balancesAt(zone, first), await balancesAt(zone, second)];
      const [date, otherDate] = [localDate(zone, first), localDate(zone, second)];
      expect(one.day.id === other.day.id).toBe(date === otherDate);
      expect(one.month.id === other.month.id).toBe(date.slice(0, 7) === otherDate.slice(0, 7));
    }),
    { numRuns: 150 },
  );
});

test('a period ends where the next begins', async () => {
  const instant = fc.integer({ min: Date.parse('2023-06-01T00:00:00Z'), max: Date.parse('2025-06-01T00:00:00Z') });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ZONES), instant, async (zone, at) => {
      const { day, month } = await balancesAt(zone, at);
      expect((await balancesAt(zone, day.endsAt)).day.startsAt).toBe(day.endsAt);
      expect((await balancesAt(zone, month.endsAt)).month.startsAt).toBe(month.endsAt);
    }),
    { numRuns: 60 },
  );
});

test('money is settled in the period that it was reserved in, after the period is over', async () => {
  const budget = budgetOf('rollover', { limitNano: 100 });
  await addBudgets(db, budget);
  const scope = { team: 'rollover' };
  const [yesterday, today] = [await decided(db), await decided(db)];
  await open(db, yesterday, { scope, amountNano: 100 });
  await db.sql`UPDATE budget_tracking SET period_start = period_start - interval '1 day', period_end = period_end - interval '1 day'
    WHERE budget_id = ${budget.id}`;

  // A new day has the whole limit again.
  expect(await open(db, today, { scope, amountNano: 100 })).toEqual({ kind: 'opened' });
  await settle(db, yesterday, { costNano: 80 });
  const balances = await db.sql`
    SELECT spent_nano::integer AS spent, reserved_nano::integer AS reserved FROM budget_tracking WHERE budget_id = ${budget.id} ORDER BY period_start`;
  expect(balances).toMatchObject([
    { spent: 80, reserved: 0 },
    { spent: 0, reserved: 100 },
  ]);
});
