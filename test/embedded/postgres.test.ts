/** What a routing system keeps in Postgres: the same promises, for several processes at once and after a restart. */

import { randomUUID } from 'node:crypto';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { reserveEmbeddedCall, settleEmbeddedCall } from '../../db/queries/embedded';
import type { BudgetWarning, RoutingConfig, RoutingSystem } from '../../embedded';
import { periodAt } from '../../embedded/calendar';
import { asAdmin, createTestDatabase, type TestDatabase } from '../support/database';
import { answering, HARD_TEXT, SIMPLE_TEXT, statusError, testSystem } from '../support/routing-system';
import { testServer } from '../support/servers';

let database: TestDatabase;
let db: Database;
const open: RoutingSystem[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
});
afterAll(async () => {
  await Promise.all(open.map((system) => system.close()));
  await db.close();
  await database.drop();
});

/** A system of its own process, as far as anything but Postgres knows. */
function aProcess(name: string, config: RoutingConfig = {}): RoutingSystem {
  const system = testSystem({ databaseUrl: database.url, name, ...config });
  open.push(system);
  return system;
}

test('is there after a restart: what was spent, rated and learnt', async () => {
  const config = { budget: { dailyLimit: 5 } };
  const before = aProcess('restarted', config);
  const decision = await before.routeTask(SIMPLE_TEXT);
  for (let at = 0; at < 3; at++) {
    await before.executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '', usage: { inputTokens: 10, outputTokens: 4_000 }, cost: 0.5 }));
    await before.rate(1, decision);
  }
  await before.close();
  const after = aProcess('restarted', config);
  expect((await after.checkBudget()).day).toMatchObject({ spent: 1.5, reserved: 0, left: 3.5 });
  expect((await after.routeTask(SIMPLE_TEXT)).model).toBe('other/small');
  expect((await after.routeTask(SIMPLE_TEXT, { model: 'acme/mini' })).estimatedCost).toBeGreaterThan(3 * decision.estimatedCost);
});

test('three processes with 60 calls at once never pass a limit, and as many are made as fit', async () => {
  const models = ['acme/mini'];
  const each = (await testSystem({ models }).executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '' }))).cost;
  const limited = { models, budget: { dailyLimit: 20.5 * each, monthlyLimit: 100 } };
  const processes = [1, 2, 3].map(() => aProcess('crowded', limited));
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, at) => processes[at % 3]!.executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '' }))),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'budget_exhausted' });
  const { day, month } = await processes[0]!.checkBudget();
  expect(day.spent).toBeCloseTo(20 * each, 9);
  expect([day.reserved, month.reserved]).toEqual([0, 0]);
});

test('of 200 reservations at once on 30 connections, exactly those are made that fit in both limits', async () => {
  const many = connect(database.url, { maxConnections: 30 });
  try {
    const call = { system: 'rush', model: 'acme/mini', taskClass: 'x', tier: 'SIMPLE', timeZone: 'UTC', holdMs: 60_000, amountNano: 7 };
    await Promise.all(Array.from({ length: 30 }, () => many.sql`SELECT pg_sleep(0.05)`)); // all are open from the first reservation on
    const limits = { dayLimitNano: 1_000, monthLimitNano: 900 };
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => reserveEmbeddedCall(many, { ...call, ...limits, id: randomUUID() })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(Math.floor(900 / 7));
    const reserved =
      await db.sql`SELECT period, reserved_nano::integer AS nano FROM embedded_balances WHERE system = 'rush' ORDER BY period`;
    const fit = 7 * Math.floor(900 / 7);
    expect([...reserved]).toEqual([
      { period: 'day', nano: fit },
      { period: 'month', nano: fit },
    ]);
  } finally {
    await many.close();
  }
});

test('what one process has learnt, the next decision of another rests on, whatever it has kept', async () => {
  const [one, other] = [aProcess('two'), aProcess('two')];
  const [first, second] = [await other.routeTask(HARD_TEXT), await other.routeTask(HARD_TEXT)];
  expect(second).toEqual(first);
  expect(other.cacheFigures()).toMatchObject({ hits: 1 });
  for (let at = 0; at < 4; at++) await one.rate(1, first);
  expect((await other.routeTask(HARD_TEXT)).model).not.toBe(first.model);
  await one.trackUsage(first, { inputTokens: 10, outputTokens: 10, latency: 90_000 });
  const { hits } = other.cacheFigures();
  await other.routeTask(HARD_TEXT);
  expect(other.cacheFigures().hits).toBe(hits);
});

test('systems of other names share ratings and nothing else', async () => {
  const [mine, theirs] = [aProcess('mine', { budget: { dailyLimit: 1 } }), aProcess('theirs', { budget: { dailyLimit: 1 } })];
  await mine.trackUsage({ model: 'acme/plus', taskClass: 'own' }, { inputTokens: 0, outputTokens: 0, cost: 0.7 });
  expect((await theirs.checkBudget()).day.spent).toBe(0);
});

test('a warning comes once, whichever process crosses the line', async () => {
  const warnings: BudgetWarning[] = [];
  const config = { budget: { dailyLimit: 1 }, onWarning: (warning: BudgetWarning) => warnings.push(warning) };
  const processes = [aProcess('warned', config), aProcess('warned', config)];
  await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      processes[at % 2]!.trackUsage({ model: 'acme/mini' }, { inputTokens: 0, outputTokens: 0, cost: 0.08 }),
    ),
  );
  expect(warnings).toMatchObject([{ period: 'day', limit: 1 }]);
});

describe('a call whose process died', () => {
  const call = { system: 'dead', model: 'acme/mini', taskClass: 'x', tier: 'SIMPLE', timeZone: 'UTC', dayLimitNano: 1_000 };
  const id = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;

  test('holds its money until its time is over, and is then charged in full by the next one', async () => {
    expect(await reserveEmbeddedCall(db, { ...call, id: id(1), amountNano: 600, holdMs: 200 })).toEqual({ ok: true });
    expect(await reserveEmbeddedCall(db, { ...call, id: id(2), amountNano: 600, holdMs: 200 })).toMatchObject({
      ok: false,
      leftNano: 400,
      mayFree: true,
    });
    await db.sql`SELECT pg_sleep(0.25)`;
    expect(await reserveEmbeddedCall(db, { ...call, id: id(2), amountNano: 600, holdMs: 200 })).toMatchObject({
      ok: false,
      leftNano: 400,
      mayFree: false,
    });
    expect(await reserveEmbeddedCall(db, { ...call, id: id(3), amountNano: 400, holdMs: 60_000 })).toEqual({ ok: true });
  });

  test('that was not dead after all keeps the charge that it has', async () => {
    expect(await settleEmbeddedCall(db, { id: id(1), costBasis: 'usage', costNano: 1, learns: true })).toEqual({
      costNano: 600,
      moves: [],
    });
    const settled = await settleEmbeddedCall(db, { id: id(3), costBasis: 'none', failureClass: 'overloaded', learns: true });
    expect(settled).toMatchObject({ costNano: 0, moves: [{ period: 'day', beforeNano: 600, afterNano: 600 }, { period: 'month' }] });
    expect(await settleEmbeddedCall(db, { id: id(3), costBasis: 'reserved', learns: true })).toEqual({ costNano: 0, moves: [] });
  });

  test('reserved twice under one id is reserved once', async () => {
    for (let at = 0; at < 2; at++) await reserveEmbeddedCall(db, { ...call, id: id(4), amountNano: 400, holdMs: 60_000 });
    expect(await reserveEmbeddedCall(db, { ...call, id: id(5), amountNano: 1, holdMs: 1 })).toMatchObject({ ok: false, leftNano: 0 });
  });
});

test('every balance is what its calls hold and cost, and the ledger of tasks has not been touched', async () => {
  const system = aProcess('sums', { budget: { dailyLimit: 50 }, fallback: { maxAttempts: 2 } });
  await Promise.allSettled([
    ...Array.from({ length: 8 }, () => system.executeWithRouting(HARD_TEXT, answering(1_000, 1_000))),
    system.executeWithRouting(SIMPLE_TEXT, async () => Promise.reject(statusError(400))),
    system.executeWithRouting(SIMPLE_TEXT, async () => Promise.reject(new Error('mine'))),
    system.trackUsage({ model: 'acme/ultra' }, { inputTokens: 5, outputTokens: 5 }),
  ]);
  const wrong = await db.sql`
    SELECT b.id FROM embedded_balances b LEFT JOIN embedded_calls c ON b.id = ANY (c.balance_ids) GROUP BY b.id
    HAVING b.spent_nano <> coalesce(sum(c.cost_nano), 0)
      OR b.reserved_nano <> coalesce(sum(c.reserved_nano) FILTER (WHERE c.state = 'held'), 0)`;
  expect([...wrong]).toEqual([]);
  expect((await auditLedger(db)).checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
});

test('suggests from what all processes used', async () => {
  const [one, other] = [aProcess('dear'), aProcess('dear')];
  const call = { model: 'acme/ultra', taskClass: 'analysis/medium', tier: 'STANDARD' };
  await Promise.all(
    Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : other).trackUsage(call, { inputTokens: 10_000, outputTokens: 2_000 })),
  );
  expect(await one.suggestDowngrades()).toMatchObject([{ from: 'acme/ultra', to: 'acme/plus', calls: 20, savingPerMonth: 3.2 }]);
});

test('memory and Postgres count days alike', async () => {
  for (const timeZone of ['UTC', 'Africa/Cairo', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia']) {
    for (const period of ['day', 'month'] as const) {
      const instants = Array.from({ length: 370 }, (_, at) => Date.UTC(2026, 0, 1, 11, 7) + at * 86_400_000);
      const rows = await db.sql<{ start: number; end: number }[]>`
        SELECT (extract(epoch FROM date_trunc(${period}, i, ${timeZone})) * 1000)::double precision AS start,
          (extract(epoch FROM (date_trunc(${period}, i AT TIME ZONE ${timeZone}) + ('1 ' || ${period}::text)::interval) AT TIME ZONE ${timeZone}) * 1000)::double precision AS "end"
        FROM unnest(${instants}::double precision[]) WITH ORDINALITY AS t (ms, n), to_timestamp(ms / 1000) AS i ORDER BY n`;
      expect(instants.map((instant) => periodAt(instant, period, timeZone))).toEqual([...rows]);
    }
  }
});

describe('a database', () => {
  test('that is empty gets the schema on first use, from several processes at once', async () => {
    const { adminUrl } = await testServer('postgres');
    const name = `empty_${Date.now()}`;
    await asAdmin(adminUrl, (sql) => sql`CREATE DATABASE ${sql(name)}`);
    const url = new URL(adminUrl);
    url.pathname = name;
    const systems = [1, 2].map(() => testSystem({ databaseUrl: url.href }));
    const decisions = await Promise.all(systems.map((system) => system.routeTask(SIMPLE_TEXT)));
    expect(decisions.map(({ model }) => model)).toEqual(['acme/mini', 'acme/mini']);
    await Promise.all(systems.map((system) => system.close()));
    await asAdmin(adminUrl, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`);
  });

  test('of another version is left alone', async () => {
    const old = await createTestDatabase();
    const oldDb = connect(old.url, { maxConnections: 1 });
    await oldDb.sql`DELETE FROM drizzle.__drizzle_migrations WHERE created_at = (SELECT max(created_at) FROM drizzle.__drizzle_migrations)`;
    const system = testSystem({ databaseUrl: old.url });
    await expect(system.routeTask(SIMPLE_TEXT)).rejects.toMatchObject({ code: 'schema_out_of_date' });
    await oldDb.sql`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('of tomorrow', 9999999999999)`;
    await expect(system.routeTask(SIMPLE_TEXT)).rejects.toMatchObject({ code: 'schema_too_new' });
    await Promise.all([system.close(), oldDb.close()]);
    await old.drop();
  });

  test('that is away is said to be away, and an answer that was paid for is not lost', async () => {
    const away = await createTestDatabase();
    const waited: number[] = [];
    const clock = { now: () => Date.now(), wait: async (ms: number) => void waited.push(ms) };
    const system = testSystem({ databaseUrl: away.url, clock });
    const executed = await system.executeWithRouting(SIMPLE_TEXT, async () => {
      await away.drop();
      return { answer: 'paid for', cost: 0.1 };
    });
    expect(executed).toMatchObject({ answer: 'paid for', cost: 0.1, isRecorded: false });
    expect(waited).toEqual([200, 1_000, 3_000]);
    await expect(system.routeTask(SIMPLE_TEXT)).rejects.toMatchObject({ code: 'database_unreachable' });
    await system.close();
  });
});
