/** The views, on data whose sums are known. */

import { connect, type Database } from '../../db/connect';
import { recordDecision } from '../../db/queries/ledger';
import { rollUpCalls } from '../../db/queries/upkeep';
import { createTestDatabase, type TestDatabase } from '../support/database';
import {
  accepted,
  addBudgets,
  applyLedgerRules,
  budgetOf,
  type Decided,
  decided,
  decisionOf,
  end,
  failed,
  OPEN,
  open,
  SECOND,
  settle,
} from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
  await applyLedgerRules(db);
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

/** A task with one call that answered. */
async function answered(latencyMs: number, scope: { readonly team?: string } = {}): Promise<Decided> {
  const task = await decided(db);
  await open(db, task, { scope });
  await settle(db, task, { latencyMs, scope });
  await end(db, task.taskId, { model: OPEN });
  return task;
}

/** The same as a replay of another task. */
async function replayed(original: Decided, latencyMs: number): Promise<Decided> {
  const task = await decided(db);
  await db.sql`UPDATE tasks SET purpose = 'replay', replay_of = ${original.taskId} WHERE id = ${task.taskId}`;
  await open(db, task);
  await settle(db, task, { latencyMs });
  await end(db, task.taskId, { model: OPEN });
  return task;
}

/** Moves a task and what happened to it into the past. */
async function age({ taskId }: Decided, hours: number): Promise<void> {
  const by = `${hours} hours`;
  await db.sql`UPDATE tasks SET accepted_at = accepted_at - ${by}::interval, started_at = started_at - ${by}::interval, ended_at = ended_at - ${by}::interval WHERE id = ${taskId}`;
  await db.sql`UPDATE attempts SET started_at = started_at - ${by}::interval, ended_at = ended_at - ${by}::interval WHERE task_id = ${taskId}`;
  await db.sql`UPDATE routing_outcomes SET ended_at = ended_at - ${by}::interval WHERE task_id = ${taskId}`;
  await db.sql`UPDATE cost_tracking SET at = at - ${by}::interval WHERE task_id = ${taskId}`;
}

describe('v_daily_costs', () => {
  const costs = () =>
    db.sql`SELECT day = date_trunc('day', now(), 'UTC') AS "isToday", purpose, team, calls::integer, cost_nano::integer AS cost, output_tokens::integer AS output
      FROM v_daily_costs ORDER BY day DESC, purpose DESC, team`;

  test('is empty without calls', async () => expect(await costs()).toHaveLength(0));

  test('adds up the calls of a day of UTC, by scope, and tells what reviews paid from what work cost', async () => {
    const first = await answered(100, { team: 'search' });
    await answered(100, { team: 'search' });
    await answered(100);
    await replayed(first, 100);
    await age(first, 24);
    expect(await costs()).toMatchObject([
      { isToday: true, purpose: 'work', team: 'search', calls: 1, cost: 40, output: 25 },
      { isToday: true, purpose: 'work', team: null, calls: 1, cost: 40 },
      { isToday: true, purpose: 'replay', team: null, calls: 1, cost: 40 },
      { isToday: false, purpose: 'work', team: 'search', calls: 1, cost: 40 },
    ]);
  });
});

describe('v_model_summary', () => {
  const summary = async () => [
    ...(await db.sql`SELECT model, calls::integer, answered::integer, failed::integer, in_doubt::integer AS "inDoubt", cost_nano::integer AS cost,
      latency_p50_ms AS p50, latency_p95_ms AS p95, ewma, ratings FROM v_model_summary ORDER BY model`),
  ];

  test('is empty without calls', async () => expect(await summary()).toEqual([]));

  test('counts calls of work by how they ended: no replay, and none that runs', async () => {
    const task = await decided(db);
    await open(db, task);
    await settle(db, task, failed({ latencyMs: 50 }));
    await open(db, task, { number: 2, model: SECOND });
    await settle(db, task, failed({ number: 2, state: 'in_doubt', costBasis: 'reserved', latencyMs: undefined }));
    await end(db, task.taskId, { kind: 'failed' });
    await replayed(await answered(150), 9_000);
    await open(db, await decided(db));
    expect(await summary()).toEqual([
      { model: OPEN, calls: 2, answered: 1, failed: 1, inDoubt: 0, cost: 40, p50: expect.closeTo(50, 0), p95: 150, ewma: null, ratings: 0 },
      { model: SECOND, calls: 1, answered: 0, failed: 0, inDoubt: 1, cost: 100, p50: null, p95: null, ewma: null, ratings: 0 },
    ]);
  });

  test('says the same after its hours and days were rolled up, however often and by however many', async () => {
    for (const [index, hours] of [60, 50, 49, 26, 3, 2, 0, 0].entries()) await age(await answered(100 * 2 ** index), hours);
    const raw = await summary();
    await Promise.all([rollUpCalls(db, 7), rollUpCalls(db, 7)]);
    expect(await summary()).toEqual(raw);
    await rollUpCalls(db, 1_000);
    expect(await summary()).toEqual(raw);
    expect(await rollUpCalls(db, 1_000)).toBe(0);
    expect(await db.sql`SELECT FROM call_rollups`).not.toHaveLength(0);
    expect(raw).toMatchObject([{ calls: 8, cost: 320, p95: expect.closeTo(12_800, -3) }]);
  });

  test('has quantiles within 1 % of those that are exact', async () => {
    const latencies = Array.from({ length: 40 }, (_, index) => Math.round(30 * 1.17 ** index));
    for (const latency of latencies) await answered(latency);
    const [{ p50, p95 } = { p50: 0, p95: 0 }] = await summary();
    expect(Math.abs(p50 / latencies[19]! - 1)).toBeLessThan(0.01);
    expect(Math.abs(p95 / latencies[37]! - 1)).toBeLessThan(0.01);
  });

  test('looks back 30 days of UTC', async () => {
    const hoursToday = new Date().getUTCHours();
    await age(await answered(100), hoursToday + 29 * 24 - 1);
    await age(await answered(100), hoursToday + 29 * 24 + 1);
    expect(await summary()).toMatchObject([{ calls: 1 }]);
    await rollUpCalls(db, 1_000);
    expect(await summary()).toMatchObject([{ calls: 1 }]);
  });
});

describe('v_budget_status', () => {
  test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia'])(
    'has the day and the month of %s, whether or not anything was spent',
    async (timeZone) => {
      await addBudgets(db, budgetOf('a', { timeZone }), budgetOf('a', { id: 'month', period: 'month', timeZone }));
      const periods = () => db.sql`
        SELECT id, period_start = date_trunc(period, now(), time_zone) AS begins, now() >= period_start AND now() < period_end AS holds,
          (period_end AT TIME ZONE time_zone) = date_trunc(period, now() AT TIME ZONE time_zone) + ('1 ' || period)::interval AS ends
        FROM v_budget_status ORDER BY id`;
      const expected = ['month', 'team:a:day'].map((id) => ({ id, begins: true, holds: true, ends: true }));
      expect(await periods()).toMatchObject(expected);
      await answered(100, { team: 'a' });
      expect(await periods()).toMatchObject(expected);
      expect(
        await db.sql`SELECT count(*)::integer AS rows FROM v_budget_status s JOIN budget_tracking t ON t.budget_id = s.id
          AND t.period_start = s.period_start AND t.period_end = s.period_end AND s.spent_nano = 40`,
      ).toMatchObject([{ rows: 2 }]);
    },
  );

  test('counts no money of yesterday', async () => {
    await addBudgets(db, budgetOf('a'));
    await answered(100, { team: 'a' });
    await db.sql`UPDATE budget_tracking SET period_start = period_start - interval '1 day', period_end = period_end - interval '1 day'`;
    expect(await db.sql`SELECT spent_nano::integer AS spent, left_nano::integer AS left FROM v_budget_status`).toMatchObject([
      { spent: 0, left: 1_000 },
    ]);
  });

  test('warns from its share on, and never of nothing', async () => {
    await addBudgets(
      db,
      budgetOf('a', { limitNano: 50, warnAt: 0.8 }),
      budgetOf('b', { limitNano: 100, warnAt: 0.8 }),
      budgetOf('c', { limitNano: 0 }),
      budgetOf('a', { id: 'each', period: 'request', limitNano: 500 }),
    );
    // A limit may be lowered below what is spent.
    await db.sql`UPDATE budgets SET limit_nano = 1000 WHERE scope_id = 'a' AND period = 'day'`;
    await answered(100, { team: 'a' });
    await answered(100, { team: 'b' });
    await db.sql`UPDATE budgets SET limit_nano = 30 WHERE scope_id = 'a' AND period = 'day'`;
    expect(
      await db.sql`SELECT id, left_nano::integer AS left, is_warning AS warns, period_start IS NULL AS "isEach" FROM v_budget_status ORDER BY id`,
    ).toMatchObject([
      { id: 'each', left: 500, warns: false, isEach: true },
      { id: 'team:a:day', left: -10, warns: true, isEach: false },
      { id: 'team:b:day', left: 60, warns: false, isEach: false },
      { id: 'team:c:day', left: 0, warns: false, isEach: false },
    ]);
  });
});

describe('v_fallback_rates', () => {
  const rates = () =>
    db.sql`SELECT task_class, tasks::integer, fell_back::integer AS "fellBack", fallback_rate AS rate FROM v_fallback_rates`;

  test('is empty without decisions: nothing is divided by nothing', async () => expect(await rates()).toHaveLength(0));

  test('counts a task that fell back once, however often it did, and neither replays, dry runs nor refused tasks', async () => {
    const fellBack = async (task: Decided) => {
      await db.sql`INSERT INTO fallback_events (task_id, from_model, to_model, failure_class) VALUES (${task.taskId}, ${OPEN}, ${SECOND}, 'timeout')`;
    };
    const task = await decided(db);
    await fellBack(task);
    await fellBack(task);
    await fellBack(await replayed(task, 100));
    await decided(db, { dryRun: true });
    const refused = await accepted(db);
    await recordDecision(db, decisionOf(refused, { kind: 'refused', model: undefined }));
    for (let i = 0; i < 3; i++) await decided(db);
    expect(await rates()).toMatchObject([{ task_class: 'factual/simple', tasks: 4, fellBack: 1, rate: 0.25 }]);
  });
});
