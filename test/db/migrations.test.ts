/** Bringing a database up to the schema: once, again, from several processes, and not at all when it is not ours to bring. */

import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { connect } from '../../db/connect';
import { migrate, schemaState } from '../../db/migrate';
import { auditLedger } from '../../db/queries/audit-ledger';
import { asAdmin } from '../support/database';
import { testServer } from '../support/servers';

const MIGRATIONS = readdirSync(join(__dirname, '../../db/migrations')).filter((name) => name.endsWith('.sql')).length;

const databases: string[] = [];

/** A database with nothing in it, and a connection to look at it with. */
async function emptyDatabase(): Promise<{ readonly url: string; readonly sql: postgres.Sql }> {
  const { adminUrl, role, password } = await testServer('postgres');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, (sql) => sql`CREATE DATABASE ${sql(name)} OWNER ${sql(role)} TEMPLATE template0`);
  databases.push(name);
  const url = Object.assign(new URL(adminUrl), { username: role, password, pathname: name }).href;
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  connections.push(sql);
  return { url, sql };
}

const connections: postgres.Sql[] = [];

afterAll(async () => {
  await Promise.all(connections.map((sql) => sql.end()));
  const { adminUrl } = await testServer('postgres');
  for (const name of databases) await asAdmin(adminUrl, (sql) => sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`);
});

async function appliedMigrations(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<[{ applied: number }]>`SELECT count(*)::integer AS applied FROM drizzle.__drizzle_migrations`;
  return row.applied;
}

async function tableCount(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<[{ tables: number }]>`SELECT count(*)::integer AS tables FROM pg_tables WHERE schemaname = 'public'`;
  return row.tables;
}

test('an empty database is behind by every migration, and has the schema afterwards', async () => {
  const { url, sql } = await emptyDatabase();
  expect(await schemaState(sql)).toEqual({ kind: 'behind', missing: MIGRATIONS });
  await migrate(url);
  expect(await schemaState(sql)).toEqual({ kind: 'current' });
  const db = connect(url, { maxConnections: 1 });
  expect((await auditLedger(db).finally(() => db.close())).ok).toBe(true);
});

test('migrating again changes nothing', async () => {
  const { url, sql } = await emptyDatabase();
  await migrate(url);
  const tables = await tableCount(sql);
  await migrate(url);
  expect(await appliedMigrations(sql)).toBe(MIGRATIONS);
  expect(await tableCount(sql)).toBe(tables);
});

test('of several that migrate at once one does it and the others wait', async () => {
  const { url, sql } = await emptyDatabase();
  await Promise.all(Array.from({ length: 4 }, () => migrate(url)));
  expect(await schemaState(sql)).toEqual({ kind: 'current' });
  expect(await appliedMigrations(sql)).toBe(MIGRATIONS);
});

test('a database of a newer version is refused and left alone', async () => {
  const { url, sql } = await emptyDatabase();
  await migrate(url);
  await sql`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('of a newer version', 99999999999999)`;
  const tables = await tableCount(sql);
  await expect(migrate(url)).rejects.toMatchObject({ code: 'schema_too_new', message: expect.stringContaining('newer Signalbox') });
  expect(await schemaState(sql)).toEqual({ kind: 'ahead' });
  expect(await tableCount(sql)).toBe(tables);
});

test('a migration that drizzle skips in silence is noticed', async () => {
  const { url, sql } = await emptyDatabase();
  await migrate(url);
  // drizzle looks at the latest time alone, and finds nothing to do.
  await sql`DELETE FROM drizzle.__drizzle_migrations WHERE id = (SELECT min(id) FROM drizzle.__drizzle_migrations)`;
  expect(await schemaState(sql)).toEqual({ kind: 'behind', missing: 1 });
  await expect(migrate(url)).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('skipped') });
});

test('a migration that fails leaves nothing behind', async () => {
  const { url, sql } = await emptyDatabase();
  await sql`CREATE VIEW v_budget_status AS SELECT 1 AS taken`;
  await expect(migrate(url)).rejects.toMatchObject({ code: 'internal' });
  expect(await tableCount(sql)).toBe(0);
  await sql`DROP VIEW v_budget_status`;
  await migrate(url);
  expect(await schemaState(sql)).toEqual({ kind: 'current' });
});

test('a server that is not there is said to be unreachable, without its password', async () => {
  const migrating = migrate('postgres://somebody:canary-password@127.0.0.1:1/signalbox');
  await expect(migrating).rejects.toMatchObject({ code: 'database_unreachable', message: expect.not.stringContaining('canary') });
});
