/** What the analysis of a review reads, and where it is kept. */

import { RoutingError } from '../../routing/errors';
import type { Analysis } from '../../routing/review/figures/figures';
import type { RatedCell } from '../../routing/review/figures/merge-figures';
import { DAY_MS, type ReviewSettings } from '../../routing/review/settings';
import { type Database, guarded, safeDatabaseError } from '../connect';
import { readStored } from '../documents/read-stored';
import { reviewSettings } from '../documents/review-settings-document';
import { BATCH, type Batches, instant, type Rollup, rollupColumns, type Sql } from './rollup-rows';
import { type EndedTasks, endedTasks, rollupProgress } from './rollups';

/** A review as its analysis needs it. */
export interface ReviewToAnalyse {
  readonly scope: string;
  readonly settings: ReviewSettings;
  /** Milliseconds since the epoch, as all instants here. */
  readonly windowFrom: number;
  readonly windowTo: number;
  /** What it found, when it was made before. */
  readonly analysed: { readonly classes: number; readonly tasks: number } | null;
}

/** @throws {RoutingError} `unknown_review` */
export function loadReviewToAnalyse(db: Database, reviewId: string): Promise<ReviewToAnalyse> {
  return guarded('load a review', async () => {
    const [row] = await db.sql<(Omit<ReviewToAnalyse, 'settings'> & { settings: unknown })[]>`
      SELECT scope, settings, (extract(epoch FROM window_from) * 1000)::double precision AS "windowFrom",
        (extract(epoch FROM window_to) * 1000)::double precision AS "windowTo",
        CASE WHEN analysis IS NOT NULL
          THEN jsonb_build_object('classes', jsonb_array_length(analysis->'classes'), 'tasks', analysis->'tasks') END AS analysed
      FROM reviews WHERE id = ${reviewId}`;
    if (row === undefined) throw new RoutingError('unknown_review', `There is no review ${reviewId}.`);
    return { ...row, settings: readStored(reviewSettings, row.settings, 'settings of the review') };
  });
}

/** Keeps the analysis of a review that is still analysing. */
export function storeAnalysis(db: Database, reviewId: string, analysis: Analysis): Promise<void> {
  return guarded('keep the analysis of a review', async () => {
    await db.sql`
      UPDATE reviews SET analysis = ${JSON.stringify(analysis)}::text::jsonb, phase = 'proposing' WHERE id = ${reviewId} AND phase = 'analysing'`;
  });
}

/** What ended in [from, to), of all classes or of some. Both are whole hours of UTC. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly classes?: readonly string[] | undefined;
}

/** All that is known of a window, to be read in this order. */
export interface WindowRows {
  /** By class and model, then in the order of time. */
  readonly rollups: Batches<Rollup>;
  /** When the roll-ups end, and what ended after that. Of all classes. */
  readonly rolledUntil: number;
  readonly ended: Batches<EndedTasks>;
  readonly ratings: () => Promise<readonly RatedCell[]>;
}

/** Reads a window as it is at one moment, so that no task is in the roll-ups and beside them, whoever makes roll-ups meanwhile. */
export function readWindow<T>(db: Database, window: Window, read: (rows: WindowRows) => Promise<T>): Promise<T> {
  return guarded('read what has ended', async () => {
    const result = await db.sql.begin('isolation level repeatable read read only', async (sql) => {
      const rolledUntil = Math.max((await rollupProgress({ sql }))?.rolledUntil ?? 0, window.from);
      return {
        value: await read({
          rollups: rollupsOf(sql, window, rolledUntil),
          rolledUntil,
          ended: endedTasks(sql, rolledUntil, window.to),
          ratings: () => personRatings(sql, window),
        }),
      };
    });
    return result.value as T;
  });
}

/** Roll-ups of whole days, the present one as far as it is made, where they lie in the window, and of hours for the rest. */
async function* rollupsOf(sql: Sql, { from, to, classes }: Window, rolledUntil: number): AsyncGenerator<readonly Rollup[]> {
  const firstDay = Math.min(Math.ceil(from / DAY_MS) * DAY_MS, to);
  const beyondDays = Math.max(to >= rolledUntil ? to : Math.floor(to / DAY_MS) * DAY_MS, firstDay);
  const parts = [
    { grain: 'hour', from: instant(from), to: instant(firstDay) },
    { grain: 'day', from: instant(firstDay), to: instant(beyondDays) },
    { grain: 'hour', from: instant(beyondDays), to: instant(to) },
  ];
  try {
    yield* sql<Rollup[]>`
      SELECT ${rollupColumns(sql)} FROM jsonb_to_recordset(${JSON.stringify(parts)}::text::jsonb) AS part (grain text, "from" timestamptz, "to" timestamptz)
        CROSS JOIN LATERAL (SELECT * FROM class_rollups WHERE grain = part.grain AND period_start >= part.from AND period_start < part.to OFFSET 0) AS r
      WHERE ${classes === undefined} OR task_class = ANY (${(classes ?? []) as string[]})
      ORDER BY task_class, model, period_start`.cursor(BATCH);
  } catch (error) {
    throw safeDatabaseError('read the roll-ups', error);
  }
}

/** What people said of models on tasks of a class within a window. */
async function personRatings(sql: Sql, { from, to, classes }: Window): Promise<readonly RatedCell[]> {
  return sql<RatedCell[]>`
    SELECT task_class AS "taskClass", model, count(*)::integer AS rated, sum(score) AS "ratingSum" FROM (
      SELECT task_class, model, score FROM ratings
      WHERE source = 'person' AND task_class IS NOT NULL AND rated_at >= ${instant(from)} AND rated_at < ${instant(to)}
      UNION ALL
      SELECT i.task_class, coalesce(m.model, i.foreign_model), i.rating
      FROM imported_tasks i LEFT JOIN model_mappings m ON m.foreign_model = i.foreign_model
      WHERE i.rating IS NOT NULL AND i.ended_at >= ${instant(from)} AND i.ended_at < ${instant(to)}) AS rated
    WHERE ${classes === undefined} OR task_class = ANY (${(classes ?? []) as string[]})
    GROUP BY task_class, model`;
}

/** Scopes for which a crossed threshold has asked for a review today already. */
export function scopesAskedToday({ sql }: Database): Promise<ReadonlySet<string>> {
  return guarded('look for what was asked today', async () => {
    const rows = await sql<{ scope: string }[]>`
      SELECT DISTINCT scope FROM review_triggers WHERE kind = 'threshold' AND at >= date_trunc('day', now(), 'UTC')`;
    return new Set(rows.map(({ scope }) => scope));
  });
}
