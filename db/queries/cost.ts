/**
 * What was spent in a period, by one dimension.
 *
 * Whole days of UTC that are rolled up come from `cost_days`, whole hours of the day that is not over from `cost_latest`, and the rest,
 * less than a day at the beginning and little more than an hour at the end, from the cost rows by their index on time. So a month of a
 * million calls is read from some ten thousand rows. Calls of programs that route by themselves are among all of them, of no scope but everyone's.
 * Sums are of whole numbers as floats: exact as far as a JavaScript number is, and several times faster than Postgres's own.
 */

import type { MoneyScope } from '../../routing/money/scope-text';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import { instant, type Sql } from './rollup-rows';

/** What spending is grouped by. `scope` is all of team, project, tag and key together; `system` the program that routes by itself. */
export type CostDimension = 'model' | 'provider' | 'type' | 'class' | 'scope' | 'key' | 'tag' | 'team' | 'project' | 'system';

/** Sums over calls. */
export interface Spending {
  readonly calls: number;
  readonly costNano: NanoUsd;
  /** Of the cost, what was charged in full because nobody knows what the call used. */
  readonly inDoubtNano: NanoUsd;
  /** Of the cost, what reviews paid for their replays. */
  readonly replayNano: NanoUsd;
  /** Of the cost, what programs that route by themselves spent: no budget of tasks counts it. */
  readonly embeddedNano: NanoUsd;
  /** Calls whose price is unknown: they cost something, and nobody knows what. */
  readonly unpricedCalls: number;
  /** Neither read from a cache nor written to one. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** What the tokens read from caches would have cost beyond what they did. */
  readonly cacheSavedNano: NanoUsd;
  /** Calls that the decision's estimate can be held against, the estimates, and what the same calls did cost. */
  readonly comparedCalls: number;
  readonly estimatedNano: NanoUsd;
  readonly comparedNano: NanoUsd;
}

export interface SpendingGroup extends Spending {
  /** Null: what has none, such as calls of no team. */
  readonly name: string | null;
}

export interface SpendingAsked {
  /** [from, to) in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly by: CostDimension;
  readonly scope: MoneyScope;
}

/** Most spent first. */
export function loadSpending(db: Database, { from, to, by, scope }: SpendingAsked): Promise<readonly SpendingGroup[]> {
  return guarded('add up what was spent', async () => {
    const { sql } = db;
    const { days, hours } = await rolledSpans(db, from, to);
    return sql<SpendingGroup[]>`
      SELECT ${nameOf(sql, by)} AS name, sum(calls::float8) AS calls, sum(cost_nano::float8) AS "costNano", sum(in_doubt_nano::float8) AS "inDoubtNano",
        coalesce(sum(cost_nano::float8) FILTER (WHERE purpose IN ('replay', 'judge')), 0) AS "replayNano",
        coalesce(sum(cost_nano::float8) FILTER (WHERE purpose = 'embedded'), 0) AS "embeddedNano", sum(unpriced_calls::float8) AS "unpricedCalls",
        sum(input_tokens::float8) AS "inputTokens", sum(cache_read_tokens::float8) AS "cacheReadTokens",
        sum(cache_write_tokens::float8) AS "cacheWriteTokens", sum(output_tokens::float8) AS "outputTokens",
        sum(reasoning_tokens::float8) AS "reasoningTokens", sum(cache_saved_nano::float8) AS "cacheSavedNano",
        sum(compared_calls::float8) AS "comparedCalls", sum(estimated_nano::float8) AS "estimatedNano", sum(compared_nano::float8) AS "comparedNano"
      FROM (
        SELECT ${rolledColumns(sql)} FROM cost_days WHERE day >= ${instant(days.from)} AND day < ${instant(days.to)}
        UNION ALL SELECT ${rolledColumns(sql)} FROM cost_latest WHERE hour >= ${instant(hours.from)} AND hour < ${instant(hours.to)}
        UNION ALL ${singleCalls(sql, from, days.from)}
        UNION ALL ${singleCalls(sql, days.to, hours.from)}
        UNION ALL ${singleCalls(sql, hours.to, to)}
      ) AS spent
      WHERE ${inScope(sql, scope)}
      GROUP BY 1 ORDER BY 3 DESC, 1`;
  });
}

function rolledColumns(sql: Sql) {
  return sql`model, provider, task_type, task_class, purpose, team, project, tag, key, system, calls, cost_nano, in_doubt_nano, unpriced_calls,
    input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cache_saved_nano, compared_calls, estimated_nano,
    compared_nano`;
}

/** Calls of [from, to), in the shape of `cost_days`. No row is older than its task's id, but for clocks that differ. */
function singleCalls(sql: Sql, from: number, to: number) {
  return sql`
    SELECT model, provider, task_type, task_class, purpose, team, project, tag, key, system, 1, cost_nano,
      CASE cost_basis WHEN 'reserved' THEN cost_nano ELSE 0 END, (cost_basis = 'unknown')::integer, input_tokens, cache_read_tokens,
      cache_write_tokens, output_tokens, reasoning_tokens, cache_saved_nano, (estimated_nano IS NOT NULL)::integer, coalesce(estimated_nano, 0),
      CASE WHEN estimated_nano IS NULL THEN 0 ELSE cost_nano END
    FROM all_costs WHERE at >= ${instant(from)} AND at < ${instant(to)} AND task_id < first_id_at(${instant(to)}::timestamptz + interval '1 day')`;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** [from, to) in milliseconds since the epoch; empty when they are the same. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The days of UTC within a period that are rolled up, and behind them the hours that are; each empty where there are none. */
async function rolledSpans(db: Database, from: number, to: number): Promise<{ readonly days: Span; readonly hours: Span }> {
  const [progress] = await db.sql<[{ days: number; hours: number | null }?]>`
    SELECT (extract(epoch FROM rolled_until) * 1000)::double precision AS days,
      (extract(epoch FROM hours_until) * 1000)::double precision AS hours FROM cost_rollup_progress`;
  const until = progress?.days ?? 0;
  const days = whole({ from, to: Math.min(to, until) }, DAY_MS, from);
  const hours = whole({ from: Math.max(days.to, until), to: Math.min(to, progress?.hours ?? 0) }, HOUR_MS, to);
  return { days, hours };
}

/** What of a span is whole; empty, and at `otherwise`, when nothing is. */
function whole({ from, to }: Span, unit: number, otherwise: number): Span {
  const [first, last] = [Math.ceil(from / unit) * unit, Math.floor(to / unit) * unit];
  return first < last ? { from: first, to: last } : { from: otherwise, to: otherwise };
}

/** The days of UTC within a period that are rolled up; an empty span at its end when there are none. */
export async function rolledDays({ sql }: Database, from: number, to: number): Promise<Span> {
  const [progress] = await sql<[{ until: number }?]>`
    SELECT (extract(epoch FROM rolled_until) * 1000)::double precision AS until FROM cost_rollup_progress`;
  const first = Math.ceil(from / DAY_MS) * DAY_MS;
  const beyond = Math.min(Math.floor(to / DAY_MS) * DAY_MS, progress?.until ?? 0);
  return first < beyond ? { from: first, to: beyond } : { from: to, to };
}

/** The rows that count as money of a scope. */
export function inScope(sql: Sql, { scopeKind, scopeId }: MoneyScope) {
  return scopeKind === 'global' ? sql`true` : sql`${sql(scopeKind)} = ${scopeId}`;
}

function nameOf(sql: Sql, by: CostDimension) {
  switch (by) {
    case 'type':
      return sql`task_type`;
    case 'class':
      return sql`task_class`;
    case 'scope':
      return sql`nullif(concat_ws(', ', 'team:' || team, 'project:' || project, 'tag:' || tag, 'key:' || key), '')`;
    default:
      return sql`${sql(by)}`;
  }
}

/** Rolls up the costs of days that are over, at most `days` of them, and of the hours of the day that is not; how many days were made. */
export function rollUpCosts({ sql }: Database, days: number): Promise<number> {
  return guarded('roll up the costs', async () => {
    const [row] = await sql<[{ made: number }]>`SELECT roll_up_costs(${days}) AS made`;
    return row.made;
  });
}
