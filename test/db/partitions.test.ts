/** Large tables by month: made ahead, filled by the time in the id, and taken away as a whole. */

import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { ensurePartitions } from '../../db/queries/upkeep';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { accepted, applyLedgerRules, decided, endOf, open, settle } from './ledger-moves';

const LARGE = ['tasks', 'task_payloads', 'routing_decisions', 'attempts', 'answers', 'routing_outcomes', 'cost_tracking'] as const;

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
  await applyLedgerRules(db);
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

async function partitionOf(taskId: string): Promise<string> {
  const [row] = await db.sql<[{ partition: string }]>`SELECT tableoid::regclass::text AS partition FROM tasks WHERE id = ${taskId}`;
  return row.partition;
}

async function partitions(table: string): Promise<string[]> {
  const rows = await db.sql<
    { name: string }[]
  >`SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = ${table}::regclass ORDER BY 1`;
  return rows.map(({ name }) => name);
}

function makePartitions(since: string, months: number): Promise<number> {
  return db.sql<[{ made: number }]>`SELECT ensure_partitions(${since}::text::timestamptz, ${months}) AS made`.then(([row]) => row.made);
}

function idAt(instant: string): string {
  return newId({ msecs: Date.parse(instant) });
}

test('this month and the next two are there, for every large table', async () => {
  const month = (ahead: number) => {
    const now = new Date();
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString().slice(0, 7).replace('-', '');
  };
  await ensurePartitions(db);
  for (const table of LARGE) {
    expect(await partitions(table)).toEqual([`${table}_${month(0)}`, `${table}_${month(1)}`, `${table}_${month(2)}`, `${table}_default`]);
  }
});

test('making them again, or from several processes at once, makes nothing twice', async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => makePartitions('2031-01-15T00:00:00Z', 2)));
  expect(made.sort()).toEqual([0, 0, 0, 2 * LARGE.length]);
});

test.each([
  ['2031-01-01T00:00:00.000Z', 'tasks_203101'],
  ['2031-01-31T23:59:59.999Z', 'tasks_203101'],
  ['2031-02-01T00:00:00.000Z', 'tasks_203102'],
  // Before the first, and after the last.
  ['2030-12-31T23:59:59.999Z', 'tasks_default'],
  ['2031-03-01T00:00:00.000Z', 'tasks_default'],
])('a task of %s lies in %s', async (instant, partition) => {
  await makePartitions('2031-01-15T00:00:00Z', 2);
  expect(await partitionOf(await accepted(db, { id: idAt(instant) }))).toBe(partition);
});

test('a month that began without its partitions loses nothing and goes on, and later months get theirs', async () => {
  const late = await accepted(db, { id: idAt('2031-01-10T00:00:00Z') });
  await makePartitions('2031-01-15T00:00:00Z', 2);
  expect(await partitionOf(late)).toBe('tasks_default');
  expect(await partitionOf(await accepted(db, { id: idAt('2031-01-20T00:00:00Z') }))).toBe('tasks_default');
  expect(await partitionOf(await accepted(db, { id: idAt('2031-02-20T00:00:00Z') }))).toBe('tasks_203102');
});

test('guards and keys hold in a partition that was made later', async () => {
  await makePartitions('2031-01-15T00:00:00Z', 1);
  const id = idAt('2031-01-10T00:00:00Z');
  await decided(db, { id, privacyTier: 'restricted' });
  await expect(db.sql`UPDATE tasks SET privacy_tier = 'public' WHERE id = ${id}`).rejects.toMatchObject({ code: 'SB001' });
  await expect(db.sql`UPDATE tasks_203101 SET privacy_tier = 'public' WHERE id = ${id}`).rejects.toMatchObject({ code: 'SB001' });
  await expect(accepted(db, { id, idempotencyKey: 'another' })).rejects.toMatchObject({ code: 'internal' });
});

test('a month is archived by detaching it, the tables that refer to tasks first', async () => {
  await makePartitions('2024-01-01T00:00:00Z', 2);
  const stories = async (instant: string) => {
    const task = await decided(db, { id: idAt(instant) });
    await open(db, task);
    await settle(db, task, {}, endOf(task.taskId));
    return task.taskId;
  };
  const [january, february] = [await stories('2024-01-10T00:00:00Z'), await stories('2024-02-10T00:00:00Z')];

  for (const table of LARGE.toReversed()) {
    const month = `${table}_202401`;
    await db.sql`ALTER TABLE ${db.sql(table)} DETACH PARTITION ${db.sql(month)}`;
    // A detached table keeps its foreign key, which would hold the tasks back.
    if (table !== 'tasks') await db.sql`ALTER TABLE ${db.sql(month)} DROP CONSTRAINT ${db.sql(`${table}_task_id_fkey`)}`;
  }

  expect(await db.sql`SELECT id FROM tasks WHERE id = ANY (${[january, february]}::uuid[])`).toMatchObject([{ id: february }]);
  expect(await db.sql`SELECT id FROM tasks_202401`).toMatchObject([{ id: january }]);
  expect((await auditLedger(db)).checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
});
