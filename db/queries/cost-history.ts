/** What tasks cost on past days of a time zone, from the roll-ups of hours and from the rows for what is not rolled up yet. */

import type { MoneyScope } from '../../routing/money/scope-text';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import { inScope, rolledDays } from './cost';
import { instant, type Sql } from './rollup-rows';

export interface SpentDay {
  /** As 2026-11-30. */
  readonly day: string;
  /** Monday 0 … Sunday 6. */
  readonly weekday: number;
  readonly spentNano: NanoUsd;
  /** Of that, what was spent by this time of day. */
  readonly byNowNano: NanoUsd;
}

/** The days from `days` before today to today, none left out. */
export function loadSpentDays(db: Database, days: number, timeZone: string, scope: MoneyScope): Promise<readonly SpentDay[]> {
  return guarded('load what past days cost', async () => {
    const { sql } = db;
    const [span] = await sql<[{ from: number; to: number; isWholeHours: boolean }]>`
      SELECT (extract(epoch FROM first AT TIME ZONE ${timeZone}) * 1000)::double precision AS "from",
        (extract(epoch FROM now()) * 1000)::double precision AS "to",
        bool_and(extract(minute FROM hour AT TIME ZONE ${timeZone}) = 0) AS "isWholeHours"
      FROM (SELECT date_trunc('day', now() AT TIME ZONE ${timeZone}) - make_interval(days => ${days}) AS first) AS today,
        generate_series(date_trunc('hour', now(), 'UTC') - make_interval(days => ${days}), now(), interval '1 day') AS hour
      GROUP BY first`;
    // Hours of UTC are not hours everywhere: where they are not, every row is read.
    const rolled = span.isWholeHours ? await rolledDays(db, span.from, span.to) : { from: span.to, to: span.to };
    return sql<SpentDay[]>`
      WITH spent AS (
        SELECT hour AS at, cost_nano FROM cost_hours
          WHERE hour >= ${instant(rolled.from)} AND hour < ${instant(rolled.to)} AND ${inScope(sql, scope)}
        UNION ALL ${hoursOf(sql, span.from, rolled.from, scope)}
        UNION ALL ${hoursOf(sql, rolled.to, span.to + 1, scope)}
      ), local AS (SELECT at AT TIME ZONE ${timeZone} AS at, cost_nano FROM spent),
      sums AS (
        SELECT date_trunc('day', at) AS day, sum(cost_nano) AS spent,
          sum(cost_nano * least(1, greatest(0, extract(epoch FROM (now() AT TIME ZONE ${timeZone})::time - at::time) / 3600))) AS by_now
        FROM local GROUP BY 1
      )
      SELECT to_char(day, 'YYYY-MM-DD') AS day, (extract(isodow FROM day) - 1)::integer AS weekday,
        coalesce(spent, 0)::double precision AS "spentNano", coalesce(by_now, 0)::double precision AS "byNowNano"
      FROM generate_series(date_trunc('day', now() AT TIME ZONE ${timeZone}) - make_interval(days => ${days}),
          date_trunc('day', now() AT TIME ZONE ${timeZone}), interval '1 day') AS day
        LEFT JOIN sums USING (day)
      ORDER BY day`;
  });
}

/** Cost rows by the hour, as `cost_hours` has them. */
function hoursOf(sql: Sql, from: number, to: number, scope: MoneyScope) {
  return sql`
    SELECT date_trunc('hour', at) AS at, sum(cost_nano) FROM cost_tracking
    WHERE at >= ${instant(from)} AND at < ${instant(to)} AND ${inScope(sql, scope)} GROUP BY 1`;
}
