/**
 * The making of roll-ups from tasks that have ended: one hour at a time, each replaced as a whole in one transaction together with
 * the days that it completes and with how far the roll-ups have come. Periods are of UTC.
 */

import type postgres from 'postgres';
import type { ClassDemands } from '../../routing/review/figures/figures';
import type { RolledSums } from '../../routing/review/figures/rolled-figures';
import { DAY_MS, HOUR_MS } from '../../routing/review/settings';
import type { PrivacyTier } from '../../routing/task/task';
import { type Database, guarded, safeDatabaseError } from '../connect';
import { BATCH, type Batches, insertRollups, instant, ms, type Rollup, rollupColumns, type Sql } from './rollup-rows';

/** Tasks of one class and model that ended in an hour and whose demands differ in size alone. */
export interface EndedTasks extends Pick<RolledSums, EndedCounts> {
  readonly taskClass: string;
  /**
   * The model that answered, or the one first chosen; empty: none was, or the task went through a cascade: what that cost is of several
   * models, and who answered at a step was given the tasks that the steps before it failed.
   */
  readonly model: string;
  readonly privacyTier: PrivacyTier;
  /** Empty: anywhere. */
  readonly residency: string;
  readonly capabilities: ClassDemands['capabilities'];
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  /** Nano-USD of each task that was called, all its calls together; one with a call of unknown price is left out. */
  readonly costsNano: readonly number[];
  /** Of each call that answered. */
  readonly latenciesMs: readonly number[];
}

type EndedCounts =
  | 'tasks'
  | 'completed'
  | 'failed'
  | 'refused'
  | 'cancelled'
  | 'retried'
  | 'graded'
  | 'good'
  | 'fractional'
  | 'scoreSum'
  | 'scoreSquareSum'
  | 'imported';

/** What makes rows of roll-ups. */
export interface RollupMakers {
  /** The rows of the hour that begins then. */
  readonly ofHour: (hour: number, tasks: Batches<EndedTasks>) => Promise<readonly Rollup[]>;
  /** The rows of days from those of their hours, which come by class and model, and then in the order of time. */
  readonly ofDays: (hours: Batches<Rollup>) => Promise<readonly Rollup[]>;
}

/**
 * Where roll-ups stand: everything that ended before `rolledUntil` is in them, but for what was not committed yet when they were
 * made. `since` is the hour from which they are to be made anew.
 */
export interface RollupProgress {
  readonly rolledUntil: number;
  readonly since: number;
  /** It is time to make them anew. */
  readonly isDue: boolean;
}

/**
 * An outcome is dated before it is committed. Nothing is dated for longer than a statement may take, which is a minute, so an hour
 * that is made this long after its end is final.
 */
const LATEST_COMMIT = '5 minutes';

/** How old roll-ups may become: making the hour under way anew costs what its tasks cost, so it is not done all the time. */
const DUE_AFTER = '5 minutes';

/** Lets roll-ups begin with the first task that ended, unless they have begun. */
export function beginRollups(db: Database): Promise<void> {
  return guarded('begin the roll-ups', async () => {
    await db.sql`
      INSERT INTO rollup_progress (rolled_until)
        SELECT date_trunc('hour', ended_at, 'UTC') FROM routing_outcomes
        WHERE NOT EXISTS (SELECT FROM rollup_progress) ORDER BY ended_at LIMIT 1
      ON CONFLICT DO NOTHING`;
  });
}

/** How far the roll-ups are. Undefined: they have not begun, because no task has ended. */
export function rollupProgress({ sql }: { readonly sql: Sql }): Promise<RollupProgress | undefined> {
  return guarded('look how far the roll-ups are', async () => {
    const [row] = await sql<RollupProgress[]>`
      SELECT ${ms(sql, sql`rolled_until`)} AS "rolledUntil",
        ${ms(sql, sql`date_trunc('hour', rolled_until - ${LATEST_COMMIT}::interval, 'UTC')`)} AS since,
        clock_timestamp() >= rolled_until + ${DUE_AFTER}::interval AS "isDue"
      FROM rollup_progress`;
    return row;
  });
}

/** Has everything that ended since an instant rolled up anew; without one, everything there is. */
export function forgetRollups({ sql }: { readonly sql: Sql }, since?: number): Promise<void> {
  return guarded('begin the roll-ups anew', async () => {
    await sql`
      INSERT INTO rollup_progress (rolled_until)
        SELECT date_trunc('hour', coalesce(${since === undefined ? null : instant(since)}::timestamptz,
          least((SELECT min(ended_at) FROM routing_outcomes), (SELECT min(ended_at) FROM imported_tasks),
            (SELECT min(period_start) FROM class_rollups), clock_timestamp())), 'UTC')
      ON CONFLICT (one) DO UPDATE SET rolled_until = least(rollup_progress.rolled_until, excluded.rolled_until)`;
  });
}

/**
 * Makes the next hour in which a task ended, and the days that are complete with it; with the present hour also the day so far. Two that do this at once do it one after the
 * other, and the second finds that the first was there.
 *
 * @returns where the roll-ups stand now, with `isCurrent` once they hold everything that has ended; `taken` when they stood
 *   elsewhere than was expected, because another process makes them
 */
export function rollNextHour(
  db: Database,
  { rolledUntil, since }: Pick<RollupProgress, 'rolledUntil' | 'since'>,
  makers: RollupMakers,
): Promise<'taken' | { readonly rolledUntil: number; readonly since: number; readonly isCurrent: boolean }> {
  return guarded('make the roll-ups of an hour', () =>
    db.sql.begin(async (sql) => {
      const [progress] = await sql<{ at: number }[]>`SELECT ${ms(sql, sql`rolled_until`)} AS at FROM rollup_progress FOR UPDATE`;
      if (progress?.at !== rolledUntil) return 'taken';
      const [{ now }] = await sql<[{ now: number }]>`SELECT ${ms(sql, sql`date_trunc('milliseconds', clock_timestamp())`)} AS now`;
      const [{ hour }] = await sql<[{ hour: number | null }]>`
        SELECT ${ms(sql, sql`date_trunc('hour', min(ended_at), 'UTC')`)} AS hour FROM (
          (SELECT ended_at FROM routing_outcomes WHERE ended_at >= ${instant(since)} AND ended_at < ${instant(now)} ORDER BY ended_at LIMIT 1)
          UNION ALL
          (SELECT ended_at FROM imported_tasks WHERE ended_at >= ${instant(since)} AND ended_at < ${instant(now)} ORDER BY ended_at LIMIT 1)) AS next`;
      const until = hour === null ? now : Math.min(hour + HOUR_MS, now);
      const rows = hour === null ? [] : await makers.ofHour(hour, endedTasks(sql, hour, until));
      await sql`DELETE FROM class_rollups WHERE grain = 'hour' AND period_start >= ${instant(since)} AND period_start < ${instant(until)}`;
      await insertRollups(sql, 'hour', rows);
      await replaceDays(sql, dayOf(since), until === now ? dayOf(until) + DAY_MS : dayOf(until), makers);
      await sql`UPDATE rollup_progress SET rolled_until = ${instant(until)}`;
      return { rolledUntil: until, since: until, isCurrent: until === now };
    }),
  );
}

async function replaceDays(sql: postgres.TransactionSql, from: number, to: number, makers: RollupMakers): Promise<void> {
  if (from >= to) return;
  const rows = await makers.ofDays(hoursBetween(sql, from, to));
  await sql`DELETE FROM class_rollups WHERE grain = 'day' AND period_start >= ${instant(from)} AND period_start < ${instant(to)}`;
  await insertRollups(sql, 'day', rows);
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/**
 * Tasks that ended in [from, until), by class and model; ours and, as groups of their own, those that were imported.
 *
 * An imported one counts for the model that a person has mapped its name to, else under its own name: a name that the catalogue has
 * not is no candidate of any review.
 *
 * Groups are in a fixed order, so that the same tasks give the same sums to the last digit. An hour is a small part of large tables:
 * it is found by the time, and the rest of each task by its key (OFFSET 0 keeps it so), whatever the planner believes of their sizes.
 */
export async function* endedTasks(sql: Sql, from: number, until: number): AsyncGenerator<readonly EndedTasks[]> {
  try {
    yield* sql<EndedTasks[]>`
      SELECT d.task_class AS "taskClass", CASE WHEN d.is_cascade THEN '' ELSE coalesce(o.model, d.model, '') END AS model, t.privacy_tier AS "privacyTier",
        coalesce(t.residency, '') AS residency, coalesce(t.facts->'requires'->'capabilities', '[]') AS capabilities,
        count(*)::integer AS tasks,
        count(*) FILTER (WHERE o.kind = 'completed')::integer AS completed,
        count(*) FILTER (WHERE o.kind = 'failed')::integer AS failed,
        count(*) FILTER (WHERE o.kind = 'refused')::integer AS refused,
        count(*) FILTER (WHERE o.kind = 'cancelled')::integer AS cancelled,
        count(*) FILTER (WHERE o.attempts > 1)::integer AS retried,
        count(o.score)::integer AS graded,
        count(*) FILTER (WHERE o.score >= 0.5)::integer AS good,
        count(*) FILTER (WHERE o.score > 0 AND o.score < 1)::integer AS fractional,
        coalesce(sum(o.score ORDER BY o.task_id), 0) AS "scoreSum",
        coalesce(sum(o.score * o.score ORDER BY o.task_id), 0) AS "scoreSquareSum",
        coalesce(array_agg(o.cost_nano::double precision ORDER BY o.task_id) FILTER (WHERE o.attempts > 0 AND NOT calls.is_unpriced), '{}') AS "costsNano",
        coalesce(array_agg(calls.latency_ms::double precision ORDER BY o.task_id) FILTER (WHERE calls.latency_ms IS NOT NULL), '{}') AS "latenciesMs",
        coalesce(max(greatest(said.input, (t.facts->'requires'->>'contextWindowTokens')::double precision - said.output)), 0) AS "maxInputTokens",
        coalesce(max(said.output), 0) AS "maxOutputTokens", 0 AS imported
      FROM routing_outcomes o
        CROSS JOIN LATERAL (SELECT facts, privacy_tier, residency FROM tasks WHERE id = o.task_id AND purpose = 'work' AND NOT dry_run OFFSET 0) AS t
        CROSS JOIN LATERAL (SELECT task_class, model, record ? 'cascade' AS is_cascade, record->'descriptor' AS descriptor FROM routing_decisions WHERE task_id = o.task_id OFFSET 0) AS d
        CROSS JOIN LATERAL (SELECT (d.descriptor->>'estimatedInputTokens')::double precision AS input,
          least((d.descriptor->>'estimatedOutputTokens')::double precision, (t.facts->>'maxOutputTokens')::double precision) AS output OFFSET 0) AS said
        CROSS JOIN LATERAL (SELECT coalesce(bool_or(cost_basis = 'unknown'), false) AS is_unpriced,
          max(latency_ms) FILTER (WHERE id = o.attempt_id AND state = 'answered') AS latency_ms FROM attempts WHERE task_id = o.task_id) AS calls
      WHERE o.ended_at >= ${instant(from)} AND o.ended_at < ${instant(until)}
      GROUP BY 1, 2, 3, 4, 5
      UNION ALL ${importedTasks(sql, from, until)}
      ORDER BY 1, 2, 3, 4, 5, imported`.cursor(BATCH);
  } catch (error) {
    throw safeDatabaseError('read the tasks that ended', error);
  }
}

/** The same columns of what other systems served. Of a call that failed, the time says nothing of answers. */
function importedTasks(sql: Sql, from: number, until: number) {
  return sql`
    SELECT i.task_class, coalesce(m.model, i.foreign_model), i.privacy_tier, coalesce(i.residency, ''), to_jsonb(i.capabilities),
      count(*)::integer,
      count(*) FILTER (WHERE i.outcome = 'completed')::integer,
      count(*) FILTER (WHERE i.outcome = 'failed')::integer,
      count(*) FILTER (WHERE i.outcome = 'refused')::integer,
      count(*) FILTER (WHERE i.outcome = 'cancelled')::integer,
      count(*) FILTER (WHERE i.calls > 1)::integer,
      count(i.score)::integer,
      count(*) FILTER (WHERE i.score >= 0.5)::integer,
      count(*) FILTER (WHERE i.score > 0 AND i.score < 1)::integer,
      coalesce(sum(i.score ORDER BY i.origin, i.source_id), 0),
      coalesce(sum(i.score * i.score ORDER BY i.origin, i.source_id), 0),
      coalesce(array_agg(i.cost_nano::double precision ORDER BY i.origin, i.source_id) FILTER (WHERE i.cost_nano IS NOT NULL), '{}'),
      coalesce(array_agg(i.latency_ms::double precision ORDER BY i.origin, i.source_id)
        FILTER (WHERE i.latency_ms IS NOT NULL AND i.outcome = 'completed'), '{}'),
      coalesce(max(i.input_tokens), 0), coalesce(max(i.output_tokens), 0), count(*)::integer
    FROM imported_tasks i LEFT JOIN model_mappings m ON m.foreign_model = i.foreign_model
    WHERE i.ended_at >= ${instant(from)} AND i.ended_at < ${instant(until)}
    GROUP BY 1, 2, 3, 4, 5`;
}

async function* hoursBetween(sql: postgres.TransactionSql, from: number, to: number): AsyncGenerator<readonly Rollup[]> {
  try {
    yield* sql<Rollup[]>`
      SELECT ${rollupColumns(sql)} FROM class_rollups WHERE grain = 'hour' AND period_start >= ${instant(from)} AND period_start < ${instant(to)}
      ORDER BY task_class, model, period_start`.cursor(BATCH);
  } catch (error) {
    throw safeDatabaseError('read the roll-ups of hours', error);
  }
}
