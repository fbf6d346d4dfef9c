/**
 * Brings a database up to the schema of this version.
 *
 * drizzle's migrator decides by the time stamp of the last applied migration alone, and skips an older one in silence, so
 * afterwards the hashes of all applied migrations are compared with the files. Several processes may start at once: one
 * migrates, the others wait.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { RoutingError } from '../routing/errors';
import { safeDatabaseError } from './connect';
import { packageRoot } from './documents/package-root';

/** How long to wait for another process that migrates, in milliseconds. */
const WAIT_FOR_OTHERS_MS = 120_000;

/** How long a migration waits for a table that is in use, in milliseconds: others queue behind it meanwhile. */
const LOCK_TIMEOUT_MS = 5_000;

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

function migrationsFolder(): string {
  return join(packageRoot(), 'db', 'migrations');
}

/** Hash of every migration of this version, in order, as drizzle records them. */
function expectedHashes(): string[] {
  const folder = migrationsFolder();
  const journal = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as Journal;
  return journal.entries.map(({ tag }) =>
    createHash('sha256')
      .update(readFileSync(join(folder, `${tag}.sql`), 'utf8'))
      .digest('hex'),
  );
}

export type SchemaState = { readonly kind: 'current' } | { readonly kind: 'behind'; readonly missing: number } | { readonly kind: 'ahead' };

/** Whether the database has the schema of this version. Reads only. */
export async function schemaState(sql: postgres.Sql): Promise<SchemaState> {
  const expected = expectedHashes();
  const [table] = await sql`SELECT to_regclass('drizzle.__drizzle_migrations') AS name`;
  if (table?.name == null) return { kind: 'behind', missing: expected.length };
  const applied = (await sql<{ hash: string }[]>`SELECT hash FROM drizzle.__drizzle_migrations ORDER BY created_at`).map((row) => row.hash);
  if (applied.some((hash) => !expected.includes(hash))) return { kind: 'ahead' };
  const missing = expected.filter((hash) => !applied.includes(hash)).length;
  return missing === 0 ? { kind: 'current' } : { kind: 'behind', missing };
}

/**
 * Applies what is missing.
 *
 * @throws {RoutingError} `schema_too_new` when the database knows migrations that this version does not;
 *   `database_unreachable` when it does not answer; `internal` when a migration failed or was skipped
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: 10, onnotice: () => {}, connection: { lock_timeout: WAIT_FOR_OTHERS_MS } });
  try {
    await sql`SELECT pg_advisory_lock(hashtext('signalbox migrations'))`;
    await sql`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, false)`;
    const state = await schemaState(sql);
    if (state.kind === 'ahead') {
      throw new RoutingError(
        'schema_too_new',
        'The database was written by a newer Signalbox than this one. Nothing was changed: start the newer version, or point DATABASE_URL to another database.',
      );
    }
    if (state.kind === 'behind') await runMigrations(drizzle(sql), { migrationsFolder: migrationsFolder() });
    if ((await schemaState(sql)).kind !== 'current') {
      throw new RoutingError(
        'internal',
        'A migration was skipped: the applied migrations are not those of this version. Please report this.',
      );
    }
  } catch (error) {
    throw safeDatabaseError('bring the schema up to date', error);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
