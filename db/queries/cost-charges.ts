/** What was spent, by the day of a time zone and everything that can be charged for: for an export, a batch of lines at a time. */

import type { NanoUsd } from '../../routing/units';
import { type Database, safeDatabaseError } from '../connect';
import { inScope } from './cost';
import type { TrafficAsked } from './cost-traffic';
import { BATCH, type Batches, instant } from './rollup-rows';

export interface ChargedDay {
  /** The day, [from, to) in milliseconds since the epoch, of 23 hours or 25 where clocks were changed. */
  readonly from: number;
  readonly to: number;
  readonly model: string;
  readonly provider: string;
  readonly taskClass: string;
  readonly purpose: string;
  readonly team: string | null;
  readonly project: string | null;
  readonly tag: string | null;
  readonly key: string | null;
  /** The program that routes by itself, of purpose `embedded`. */
  readonly system: string | null;
  readonly calls: number;
  readonly unpricedCalls: number;
  readonly costNano: NanoUsd;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
}

/** In the order of time, then of names. */
export async function* chargedDays(db: Database, asked: TrafficAsked & { readonly timeZone: string }): Batches<ChargedDay> {
  const { sql } = db;
  const { from, to, scope, timeZone } = asked;
  try {
    yield* sql<ChargedDay[]>`
      SELECT (extract(epoch FROM day AT TIME ZONE ${timeZone}) * 1000)::double precision AS "from",
        (extract(epoch FROM (day + interval '1 day') AT TIME ZONE ${timeZone}) * 1000)::double precision AS "to", *
      FROM (
        SELECT date_trunc('day', at AT TIME ZONE ${timeZone}) AS day, model, provider, task_class AS "taskClass", purpose, team, project, tag, key, system,
          count(*)::integer AS calls, (count(*) FILTER (WHERE cost_basis = 'unknown'))::integer AS "unpricedCalls",
          sum(cost_nano)::double precision AS "costNano", sum(input_tokens)::double precision AS "inputTokens",
          sum(cache_read_tokens)::double precision AS "cacheReadTokens", sum(cache_write_tokens)::double precision AS "cacheWriteTokens",
          sum(output_tokens::bigint + reasoning_tokens)::double precision AS "outputTokens"
        FROM all_costs WHERE at >= ${instant(from)} AND at < ${instant(to)} AND ${inScope(sql, scope)}
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
      ) AS charged
      ORDER BY day, team, project, tag, key, system, model, "taskClass", purpose`.cursor(BATCH);
  } catch (error) {
    throw safeDatabaseError('read what is to be charged', error);
  }
}
