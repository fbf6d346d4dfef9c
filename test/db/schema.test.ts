/** The schema that drizzle types, held to the one that the migrations make; and the views over it. */

import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { connect, type Database } from '../../db/connect';
import * as schema from '../../db/schema';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addBudgets, applyLedgerRules, budgetOf, decided, end, failed, OPEN, open, SECOND, settle } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const TABLES = (Object.values(schema) as unknown[]).filter((value): value is PgTable => is(value, PgTable));

/** Written and read by database functions alone. */
const UNTYPED = ['audit_head'];

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly inKey: boolean;
}

async function columnsInDatabase(table: string): Promise<Column[]> {
  return db.sql<Column[]>`
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull",
      EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary AND attnum = ANY (indkey)) AS "inKey"
    FROM pg_attribute WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;
}

test.each(TABLES.map((table) => [getTableName(table), table] as const))(
  '%s has the columns, types and key that drizzle says',
  async (name, table) => {
    const { primaryKeys } = getTableConfig(table);
    const key = primaryKeys.flatMap(({ columns }) => columns.map((column) => column.name));
    const typed = Object.values(getTableColumns(table)).map(
      (column): Column => ({
        name: column.name,
        type: column.getSQLType(),
        notNull: column.notNull,
        inKey: column.primary || key.includes(column.name),
      }),
    );
    expect(typed).toEqual([...(await columnsInDatabase(name))]);
  },
);

test('leaves no table of the database out', async () => {
  const rows = await db.sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`;
  expect(rows.map(({ name }) => name).sort()).toEqual([...TABLES.map(getTableName), ...UNTYPED].sort());
});

test('defaults of drizzle are defaults of the database', async () => {
  for (const table of TABLES) {
    const rows = await db.sql<{ name: string }[]>`
      SELECT attname AS name FROM pg_attribute WHERE attrelid = ${getTableName(table)}::regclass AND attnum > 0 AND (atthasdef OR attidentity <> '')`;
    const inDatabase = rows.map(({ name }) => name);
    const typed = Object.values(getTableColumns(table)).filter(({ hasDefault }) => hasDefault);
    expect(inDatabase).toEqual(expect.arrayContaining(typed.map(({ name }) => name)));
  }
});

describe('the views', () => {
  beforeAll(async () => {
    await applyLedgerRules(db);
    await addBudgets(
      db,
      budgetOf('viewed', { limitNano: 200, warnAt: 0.5 }),
      budgetOf('unused'),
      budgetOf('viewed', { id: 'single', period: 'request' }),
    );
    const scope = { team: 'viewed' };
    const task = await decided(db);
    await open(db, task, { scope, amountNano: 100 });
    await settle(db, task, { ...failed({ costBasis: 'reserved', state: 'in_doubt' }), scope });
    await open(db, task, { scope, amountNano: 50, number: 2, model: SECOND });
    await settle(db, task, { scope, number: 2, latencyMs: 400 });
    await end(db, task.taskId, { model: SECOND });
    await open(db, await decided(db), { scope, amountNano: 30 });
  });

  test('v_daily_costs sums what was spent, by model and scope', async () => {
    const rows =
      await db.sql`SELECT model, team, calls::integer, cost_nano::integer, output_tokens::integer FROM v_daily_costs ORDER BY model`;
    expect(rows).toMatchObject([
      { model: OPEN, team: 'viewed', calls: 1, cost_nano: 100, output_tokens: 0 },
      { model: SECOND, team: 'viewed', calls: 1, cost_nano: 40, output_tokens: 25 },
    ]);
  });

  test('v_daily_costs bears the largest figures that a provider may report', async () => {
    await db.sql
      .begin(async (sql) => {
        await sql`UPDATE cost_tracking SET input_tokens = 2000000000, cache_read_tokens = 2000000000, output_tokens = 2000000000, reasoning_tokens = 2000000000`;
        expect(await sql`SELECT input_tokens FROM v_daily_costs`).toMatchObject([
          { input_tokens: '4000000000' },
          { input_tokens: '4000000000' },
        ]);
        throw new RollBack();
      })
      .catch((error: unknown) => {
        if (!(error instanceof RollBack)) throw error;
      });
  });

  test('v_model_summary counts calls that ended, by how they ended', async () => {
    const rows =
      await db.sql`SELECT model, calls::integer, answered::integer, in_doubt::integer, latency_p50_ms FROM v_model_summary ORDER BY model`;
    expect(rows).toMatchObject([
      { model: OPEN, calls: 1, answered: 0, in_doubt: 1 },
      { model: SECOND, calls: 1, answered: 1, in_doubt: 0, latency_p50_ms: 400 },
    ]);
  });

  test('v_budget_status says what is left of every budget, used or not, and warns', async () => {
    const rows =
      await db.sql`SELECT id, spent_nano::integer, reserved_nano::integer, left_nano::integer, is_warning FROM v_budget_status ORDER BY id`;
    expect(rows).toMatchObject([
      { id: 'single', spent_nano: 0, left_nano: 1_000, is_warning: false },
      { id: 'team:unused:day', spent_nano: 0, reserved_nano: 0, left_nano: 1_000, is_warning: false },
      { id: 'team:viewed:day', spent_nano: 140, reserved_nano: 30, left_nano: 30, is_warning: true },
    ]);
  });

  test('v_fallback_rates counts tasks and those that fell back', async () => {
    expect(await db.sql`SELECT task_class, tasks::integer, fell_back::integer FROM v_fallback_rates`).toMatchObject([
      { task_class: 'factual/simple', tasks: 2, fell_back: 1 },
    ]);
  });

  test('model_routing_decisions lists what was chosen', async () => {
    expect(await db.sql`SELECT chosen_model, chosen_slot FROM model_routing_decisions`).toMatchObject([
      { chosen_model: OPEN, chosen_slot: null },
      { chosen_model: OPEN, chosen_slot: null },
    ]);
  });
});

class RollBack extends Error {}
