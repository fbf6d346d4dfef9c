/** Rows of a table of any size, a part at a time, all as they were at one moment. */

import type postgres from 'postgres';
import { type Database, guarded, safeDatabaseError } from '../connect';

/** Rows that are in memory at once. */
const BATCH = 250;
/** Longest time for all of them, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/**
 * The rows of queries, one query after the other. The connection is given back when the caller stops reading.
 *
 * @param what    what errors say was tried
 * @param queries made on the connection they are given
 * @throws {RoutingError} of the database
 */
export async function* streamRows<Row extends object>(
  db: Database,
  what: string,
  queries: (sql: postgres.ReservedSql) => Iterable<postgres.PendingQuery<Row[]>>,
): AsyncGenerator<readonly Row[]> {
  const sql = await guarded(what, () => db.sql.reserve());
  try {
    await sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`;
    await sql`SELECT set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true), set_config('TimeZone', 'UTC', true)`;
    for (const query of queries(sql)) yield* query.cursor(BATCH);
  } catch (error) {
    throw safeDatabaseError(what, error);
  } finally {
    await sql`ROLLBACK`.catch(() => {}); // the connection is gone
    sql.release();
  }
}
