/** The first step of a review: what the roll-ups say of every class. */

import { loadReviewToAnalyse, type ReviewToAnalyse, storeAnalysis, type Window } from '../../db/queries/analysis';
import { analyseWindow } from '../../db/rollups/analyse-window';
import { DAY_MS, HOUR_MS, WHOLE_SCOPE } from '../../routing/review/settings';
import type { Deps } from '../deps';
import { refreshRollups } from './roll-up';

/**
 * Makes the analysis of a review and keeps it. One that was made before is left as it is.
 *
 * It is of everything that ended from the beginning of the day (of UTC) in which the review's window begins until now. A window of less
 * than a week begins with its hour.
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
  await refreshRollups(deps, signal);
  const window = windowOf(review);
  const analysis = await analyseWindow(deps.reviewDb, window, review.settings.groups);
  await storeAnalysis(deps.reviewDb, reviewId, analysis);
  return { classes: analysis.classes.length, tasks: analysis.tasks };
}

const WEEK_MS = 7 * DAY_MS;

/** Days are a 24th of the rows of hours: a window that is long enough is made of them alone. */
function windowOf({ scope, settings, windowFrom, windowTo }: ReviewToAnalyse): Window {
  const grain = windowTo - windowFrom >= WEEK_MS ? DAY_MS : HOUR_MS;
  return {
    from: Math.floor(windowFrom / grain) * grain,
    to: Math.ceil(windowTo / HOUR_MS) * HOUR_MS,
    classes: scope === WHOLE_SCOPE ? undefined : (new Map(Object.entries(settings.groups)).get(scope) ?? [scope]),
  };
}
