/** A database of its own for a test file: a copy of a migrated template, made in some 30 ms. */

import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { testServer } from './servers';

export interface TestDatabase {
  readonly url: string;
  /** Ends every connection to it and drops it. */
  drop(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, role, password, template } = await testServer('postgres');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, (sql) => sql`CREATE DATABASE ${sql(name)} OWNER ${sql(role)} TEMPLATE ${sql(template)}`);
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  url.pathname = name;
  return {
    url: url.href,
    drop: () => asAdmin(adminUrl, (sql) => sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`),
  };
}

/** Runs a statement on the server as a whole. */
export async function asAdmin(adminUrl: string, statement: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    await statement(sql);
  } finally {
    await sql.end();
  }
}
