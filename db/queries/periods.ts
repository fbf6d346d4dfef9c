/**
 * Days, weeks and months of a time zone, by the database's clock and calendar: the same that budgets renew by, days of 23 and 25
 * hours included.
 */

import { type Database, guarded } from '../connect';
import type { Sql } from './rollup-rows';

/** What may be asked for: the one that is under way, or days of the calendar, both included. */
export type PeriodAsked =
  | { readonly kind: 'day' | 'week' | 'month' }
  | { readonly kind: 'days'; readonly first: string; readonly last: string };

export interface Period {
  readonly kind: PeriodAsked['kind'];
  /** [from, to) in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** The database's clock. */
  readonly now: number;
  /** IANA name. */
  readonly timeZone: string;
}

/** The period in a time zone. Weeks begin on Monday. */
export function resolvePeriod(db: Database, asked: PeriodAsked, timeZone: string): Promise<Period> {
  return guarded('find the borders of a period', async () => {
    const { sql } = db;
    const borders =
      asked.kind === 'days'
        ? sql`SELECT ${asked.first}::text::timestamp AS first, ${asked.last}::text::timestamp + interval '1 day' AS beyond`
        : sql`SELECT date_trunc(${asked.kind}, now() AT TIME ZONE ${timeZone}) AS first,
            date_trunc(${asked.kind}, now() AT TIME ZONE ${timeZone}) + ${`1 ${asked.kind}`}::interval AS beyond`;
    const [row] = await sql<[{ from: number; to: number; now: number }]>`
      SELECT ${instantMs(sql, timeZone, 'first')} AS "from", ${instantMs(sql, timeZone, 'beyond')} AS "to",
        (extract(epoch FROM now()) * 1000)::double precision AS now
      FROM (${borders}) AS borders`;
    return { kind: asked.kind, ...row, timeZone };
  });
}

function instantMs(sql: Sql, timeZone: string, column: 'first' | 'beyond') {
  return sql`(extract(epoch FROM ${sql(column)} AT TIME ZONE ${timeZone}) * 1000)::double precision`;
}
