/** What is asked of the Postgres server itself, before and beside our tables. */

import postgres from 'postgres';
import { safeDatabaseError } from './connect';

export interface ServerFacts {
  /** As the server names it, e.g. `18.4`. */
  readonly version: string;
  /** The database's clock minus ours, in milliseconds; exact to about half a round trip. */
  readonly clockSkewMs: number;
}

/** What reviews run as; migration 0004 says what it may do. */
export const REVIEW_ROLE = 'signalbox_review';

/**
 * Makes a login role and a database that it owns, and the role that reviews run as. What exists already stays.
 *
 * @param adminUrl a superuser's
 * @throws {RoutingError} `database_unreachable`, `database_full` or `internal`
 */
export async function provision(
  adminUrl: string,
  { role, database, password }: { role: string; database: string; password: string },
): Promise<void> {
  const sql = connectOnce(adminUrl);
  try {
    // Asked one by one, because a death between two of these statements leaves the first without the second.
    const [has] = await sql<[{ role: boolean; reviewRole: boolean; database: boolean }]>`
      SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = ${role}) AS role, EXISTS (SELECT FROM pg_roles WHERE rolname = ${REVIEW_ROLE}) AS "reviewRole",
        EXISTS (SELECT FROM pg_database WHERE datname = ${database}) AS database`;
    if (!has.role) {
      // CREATE ROLE takes no bound parameters, so the server itself quotes them.
      const [statement] = await sql<
        { text: string }[]
      >`SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', ${role}::text, ${password}::text) AS text`;
      await sql.unsafe(statement?.text ?? '');
    }
    if (!has.reviewRole) await sql`CREATE ROLE ${sql(REVIEW_ROLE)} NOLOGIN`;
    await sql`GRANT ${sql(REVIEW_ROLE)} TO ${sql(role)}`;
    if (has.database) return;
    await sql`CREATE DATABASE ${sql(database)} OWNER ${sql(role)} TEMPLATE template0`;
  } catch (error) {
    throw safeDatabaseError(`make the database "${database}"`, error);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * Version and clock of the server behind a URL.
 *
 * @throws {RoutingError} `database_unreachable` when it does not answer within 5 s
 */
export async function serverFacts(url: string): Promise<ServerFacts> {
  const sql = connectOnce(url);
  try {
    await sql`SELECT 1`; // opening the connection is not a part of the round trip
    const askedAt = Date.now();
    const [row] = await sql<
      { version: string; now: Date }[]
    >`SELECT current_setting('server_version') AS version, clock_timestamp() AS now`;
    const answeredAt = Date.now();
    return {
      version: row?.version ?? 'unknown',
      clockSkewMs: Math.round((row?.now.getTime() ?? askedAt) - (askedAt + answeredAt) / 2),
    };
  } catch (error) {
    throw safeDatabaseError('ask the server for its version', error);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function connectOnce(url: string): postgres.Sql {
  return postgres(url, {
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { application_name: 'signalbox', statement_timeout: 30_000 },
  });
}
