/** What the analysis of a review reads, and where it is kept. */

import { RoutingError } from '../../routing/errors';
import type { Analysis } from '../../routing/review/figures';
import type { RatedCell } from '../../routing/review/merge-figures';
import type { ReviewSettings } from '../../routing/review/settings';
import { type Database, guarded, safeDatabaseError } from '../connect';
import { readStored } from '../documents/read-stored';
import { reviewSettings } from '../documents/review-settings-document';
import { instant, type Rollup, rollupColumns } from './rollups';

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

/** Whole hours of UTC: periods that begin in [from, to), of all classes or of some. */
export interface RollupWindow {
  readonly from: number;
  readonly to: number;
  readonly classes?: readonly string[] | undefined;
}

/** Rows that are fetched at a time. */
const BATCH = 100;

/**
 * The roll-ups of a window: rows of days where the whole day is in it and complete, rows of hours for the rest. By class and model,
 * then in the order of time.
 */
export async function* rollupsOf({ sql }: Database, { from, to, classes }: RollupWindow): AsyncGenerator<readonly Rollup[]> {
  try {
    yield* sql<Rollup[]>`
      WITH days AS MATERIALIZED (
        SELECT date_trunc('day', ${instant(from)}::timestamptz + interval '1 day' - interval '1 microsecond', 'UTC') AS first,
          least(date_trunc('day', ${instant(to)}::timestamptz, 'UTC'), (SELECT date_trunc('day', rolled_until, 'UTC') FROM rollup_progress)) AS beyond)
      SELECT ${rollupColumns(sql)} FROM class_rollups, days
      WHERE (grain = 'day' AND period_start >= first AND period_start < beyond
          OR grain = 'hour' AND period_start >= ${instant(from)} AND period_start < ${instant(to)} AND NOT (period_start >= first AND period_start < beyond))
        AND (${classes === undefined} OR task_class = ANY (${(classes ?? []) as string[]}))
      ORDER BY task_class, model, period_start`.cursor(BATCH);
  } catch (error) {
    throw safeDatabaseError('read the roll-ups', error);
  }
}

/** What people said of models on tasks of a class within a window. */
export function personRatings({ sql }: Database, { from, to, classes }: RollupWindow): Promise<readonly RatedCell[]> {
  return guarded('add up the ratings by people', () =>
    sql<RatedCell[]>`
      SELECT task_class AS "taskClass", model, count(*)::integer AS rated, sum(score ORDER BY id) AS "ratingSum" FROM ratings
      WHERE source = 'person' AND task_class IS NOT NULL AND rated_at >= ${instant(from)} AND rated_at < ${instant(to)}
        AND (${classes === undefined} OR task_class = ANY (${(classes ?? []) as string[]}))
      GROUP BY task_class, model`.then((rows) => [...rows]),
  );
}

/** Roll-ups of the last days, today included, by class and model and then in the order of time. */
export async function* recentRollups(db: Database, days: number): AsyncGenerator<readonly Rollup[]> {
  const [{ from, to }] = await guarded(
    'ask for the date',
    () => db.sql<[{ from: number; to: number }]>`
      SELECT (extract(epoch FROM date_trunc('day', now(), 'UTC') - ${days} * interval '1 day') * 1000)::double precision AS from,
        (extract(epoch FROM now()) * 1000)::double precision AS to`,
  );
  yield* rollupsOf(db, { from, to });
}

/** Scopes for which a crossed threshold has asked for a review today already. */
export function scopesAskedToday({ sql }: Database): Promise<ReadonlySet<string>> {
  return guarded('look for what was asked today', async () => {
    const rows = await sql<{ scope: string }[]>`
      SELECT DISTINCT scope FROM review_triggers WHERE kind = 'threshold' AND at >= date_trunc('day', now(), 'UTC')`;
    return new Set(rows.map(({ scope }) => scope));
  });
}
