/**
 * Connections to Postgres.
 *
 * One pool per process. Errors that leave this folder are rebuilt: the driver's and drizzle's own messages carry SQL and
 * parameters, and parameters carry content.
 */

import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { RoutingError } from '../routing/errors';
import * as schema from './schema';

export interface Database {
  readonly drizzle: PostgresJsDatabase<typeof schema>;
  readonly sql: postgres.Sql;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Connections that may be open at once. */
  readonly maxConnections?: number;
  /** Shown by the server in `pg_stat_activity`. */
  readonly applicationName?: string;
  /**
   * Plan each prepared statement once. For processes that repeat a few short ones: with partitioned tables, planning costs more
   * than running them, and left alone Postgres plans every time, because it overrates a plan that prunes partitions late.
   */
  readonly planOnce?: boolean;
  /** Role whose rights the connections have instead of the user's own, who must be a member of it. */
  readonly role?: string;
}

/**
 * Opens a pool. Connects on first use.
 *
 * @param url `postgres://user:password@host:port/database`
 */
export function connect(
  url: string,
  { maxConnections = 10, applicationName = 'signalbox', planOnce = false, role }: ConnectOptions = {},
): Database {
  const sql = postgres(url, {
    max: maxConnections,
    connect_timeout: 10,
    idle_timeout: 60,
    backoff: reconnectAfterSeconds,
    onnotice: () => {},
    connection: {
      application_name: applicationName,
      statement_timeout: 60_000,
      ...(planOnce ? { plan_cache_mode: 'force_generic_plan' } : {}),
      ...(role === undefined ? {} : { role }),
    },
  });
  return {
    drizzle: drizzle(sql, { schema }),
    sql,
    close: () => sql.end({ timeout: 5 }),
  };
}

/**
 * How long a broken connection waits before it is opened again. The driver's own figure counts the failures of all connections
 * together, so that one blow to a full pool makes it wait for up to 20 s after the server is back.
 */
function reconnectAfterSeconds(): number {
  return 0.2 + 0.3 * Math.random();
}

/** What may be read of a driver's error without repeating its text. */
interface DriverError {
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly constraint_name?: unknown;
  readonly table_name?: unknown;
  readonly cause?: unknown;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  // No connection is free, or none of its locks in time.
  '53300',
  '55P03',
  '57014',
  // Two transactions stood in each other's way; one of them is to try again.
  '40001',
  '40P01',
  // The server is starting, stopping or was killed.
  '57P01',
  '57P02',
  '57P03',
]);

/**
 * Runs a query and turns what can go wrong into our own errors, which carry the server's code and names of tables and
 * constraints, and nothing of the statement or its parameters.
 *
 * @throws {RoutingError} `database_unreachable`, `database_full`, `schema_out_of_date`, `not_admissible`, `not_approved` or `internal`
 */
export async function guarded<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw safeDatabaseError(what, error);
  }
}

/** See `guarded`. */
export function safeDatabaseError(what: string, error: unknown): RoutingError {
  let source = error as DriverError;
  while (source?.code === undefined && source?.cause !== undefined) source = source.cause as DriverError;
  if (error instanceof RoutingError) return error;
  const code = typeof source?.code === 'string' ? source.code : undefined;
  if (code !== undefined && (UNREACHABLE.has(code) || code.startsWith('08'))) {
    return new RoutingError(
      'database_unreachable',
      `Postgres did not answer while trying to ${what} (${code}). Check that it runs and that DATABASE_URL points to it; "signalbox doctor" tests both.`,
    );
  }
  if (code !== undefined && (code.startsWith('28') || code === '3D000' || code === '42501')) {
    return new RoutingError(
      'database_unreachable',
      `Postgres refused us when trying to ${what} (${code}). Check user, password, database name and rights in DATABASE_URL; "signalbox doctor" tests them.`,
    );
  }
  if (code === '53100' || code === '53200' || code === 'ENOSPC') {
    return new RoutingError(
      'database_full',
      `Postgres has no room left to ${what} (${code}). Free space on its disk; nothing was written and the work can be repeated.`,
    );
  }
  if (code === '42P01' || code === '42703' || code === '42883') {
    return new RoutingError(
      'schema_out_of_date',
      `The database lacks something this version needs to ${what} (${code}). Run "signalbox up" or "signalbox doctor --migrate" to bring the schema up to date.`,
    );
  }
  if (code === 'SB001') {
    return new RoutingError(
      'not_admissible',
      `The database refused to ${what}: the model is not approved for the task's privacy tier or residency.`,
    );
  }
  if (code === 'SB004') {
    return new RoutingError(
      'not_approved',
      `The database refused to ${what}: there is no valid approval of exactly this change on exactly this policy.`,
    );
  }
  if (code === 'SB005') {
    return new RoutingError(
      'database_unreachable',
      'The database user may not make the role that reviews run as. Ask an administrator of the server for: CREATE ROLE signalbox_review NOLOGIN; GRANT signalbox_review TO <the user in DATABASE_URL>; and start again.',
    );
  }
  const at = typeof source?.constraint_name === 'string' ? `, constraint ${source.constraint_name}` : '';
  return new RoutingError(
    'internal',
    `Postgres refused to ${what} (${code ?? 'no code'}${at}). This is a defect of Signalbox: please report it with this message.`,
  );
}
