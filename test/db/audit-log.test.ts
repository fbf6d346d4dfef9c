/** The log of changes: complete, in one chain, and only ever longer. */

import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { loadPolicy } from '../../db/queries/rules';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addBudgets, applyLedgerCatalogue, applyLedgerRules, applyTestPolicy, budgetOf } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 10 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  expect((await auditLedger(db)).checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
  await db.close();
  await database.drop();
});

async function entries(action: string): Promise<{ readonly seq: number; readonly subject: string }[]> {
  return db.sql<{ seq: number; subject: string }[]>`SELECT seq::integer, subject FROM audit_log WHERE action = ${action} ORDER BY seq`;
}

test('has an entry for the first catalogue, policy and budgets', async () => {
  await addBudgets(db, budgetOf('first'));
  for (const action of ['catalogue.applied', 'policy.applied', 'budgets.applied']) expect(await entries(action)).toHaveLength(1);
});

test('has one more for every change, and none for what changes nothing', async () => {
  expect(await applyTestPolicy(db, 1, 0.2)).toEqual({ version: 2, changed: true });
  expect(await applyTestPolicy(db, 2, 0.2)).toEqual({ version: 2, changed: false });
  expect(await applyLedgerCatalogue(db)).toBe(false);
  await addBudgets(db);
  expect((await entries('policy.applied')).map(({ subject }) => subject)).toEqual(['1', '2']);
  expect(await entries('catalogue.applied')).toHaveLength(1);
  expect(await entries('budgets.applied')).toHaveLength(1);
});

test('has none for a policy that was made on another than the one in force, which changes nothing', async () => {
  await expect(applyTestPolicy(db, 1, 0.3)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('version 2') });
  expect((await loadPolicy(db))?.version).toBe(2);
  expect(await entries('policy.applied')).toHaveLength(2);
});

test('has one for one of five policies that were made on the same one at once', async () => {
  const applied = await Promise.allSettled([0.31, 0.32, 0.33, 0.34, 0.35].map((tolerance) => applyTestPolicy(db, 2, tolerance)));
  expect(applied.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await entries('policy.applied')).map(({ subject }) => subject)).toEqual(['1', '2', '3']);
});

test('is one chain without gaps when many write at once', async () => {
  const written = await Promise.all(
    Array.from(
      { length: 50 },
      (_, index) => db.sql<[{ seq: string }]>`SELECT append_audit('tester', 'test.wrote', ${`entry ${index}`}, '{}') AS seq`,
    ),
  );
  const numbers = written.map(([{ seq }]) => Number(seq)).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => numbers[0]! + index));
});

test('takes back the entry of a change that is taken back', async () => {
  const before = (await entries('test.undone')).length;
  const undone = db.sql.begin(async (sql) => {
    await sql`SELECT append_audit('tester', 'test.undone', 'nothing', '{}')`;
    throw new Error('undo');
  });
  await expect(undone).rejects.toThrow('undo');
  expect(await entries('test.undone')).toHaveLength(before);
});

test.each([
  ['changed', `UPDATE audit_log SET actor = 'nobody'`],
  ['deleted', 'DELETE FROM audit_log WHERE seq = 1'],
  ['emptied', 'TRUNCATE audit_log'],
])('cannot be %s', async (_, statement) => {
  await expect(db.sql.unsafe(statement)).rejects.toMatchObject({ code: 'SB002' });
});
