/** The first step of a review: what the roll-ups say of every class. */

import {
  loadReviewToAnalyse,
  personRatings,
  type ReviewToAnalyse,
  type RollupWindow,
  rollupsOf,
  storeAnalysis,
} from '../../db/queries/analysis';
import type { Analysis } from '../../routing/review/figures';
import { mergeFigures } from '../../routing/review/merge-figures';
import { HOUR_MS, WHOLE_SCOPE } from '../../routing/review/settings';
import type { Deps } from '../deps';
import { type Cell, gatherRollups } from './gather';
import { rollUp } from './roll-up';
import { SKETCH_MATH } from './sketch';

/**
 * Makes the analysis of a review and keeps it. One that was made before is left as it is.
 *
 * It is made of whole hours: the one in which the review's window begins to the one in which it ends, both included.
 *
 * @throws {RoutingError} `unknown_review`
 * @returns classes and groups with a task, and their tasks
 */
export async function analyseReview(
  deps: Deps,
  { reviewId }: { readonly reviewId: string },
  signal: AbortSignal,
): Promise<{ readonly classes: number; readonly tasks: number }> {
  const review = await loadReviewToAnalyse(deps.reviewDb, reviewId);
  if (review.analysed !== null) return review.analysed;
  await rollUp(deps, signal);
  const analysis = await analysisOf(deps, review, signal);
  await storeAnalysis(deps.reviewDb, reviewId, analysis);
  return { classes: analysis.classes.length, tasks: analysis.tasks };
}

async function analysisOf({ reviewDb }: Deps, review: ReviewToAnalyse, signal: AbortSignal): Promise<Analysis> {
  const window = windowOf(review);
  const cells: Cell[] = [];
  for await (const cell of gatherRollups(rollupsOf(reviewDb, window), 'model')) {
    signal.throwIfAborted();
    cells.push(cell);
  }
  const classes = mergeFigures(cells, await personRatings(reviewDb, window), review.settings.groups, SKETCH_MATH);
  return {
    from: window.from,
    to: window.to,
    tasks: classes.reduce((total, { tasks }) => total + tasks, 0),
    classes,
  };
}

function windowOf({ scope, settings, windowFrom, windowTo }: ReviewToAnalyse): RollupWindow {
  return {
    from: Math.floor(windowFrom / HOUR_MS) * HOUR_MS,
    to: Math.ceil(windowTo / HOUR_MS) * HOUR_MS,
    classes: scope === WHOLE_SCOPE ? undefined : (new Map(Object.entries(settings.groups)).get(scope) ?? [scope]),
  };
}
