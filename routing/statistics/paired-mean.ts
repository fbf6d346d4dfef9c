/** Difference of mean scores on the same tasks, for classes that are graded on a scale instead of passed or failed. */

import { sampleMean, testAboveMargin, tHalfWidth } from './mean';
import { requirePositive } from './range';

export interface PairedMeanDifference {
  /** Mean of candidate minus baseline. */
  readonly mean: number;
  readonly sd: number;
  readonly se: number;
  readonly lo: number;
  readonly hi: number;
  /** (mean + margin)/se; ±Infinity when all differences are equal. */
  readonly t: number;
  /** One-sided p of "worse by the margin or more". */
  readonly p: number;
}

/**
 * One-sample t test and interval of the paired differences, with n − 1 degrees of freedom. Assumes independent tasks; where tasks come
 * in clusters, `clusterRobustMean` belongs beside it.
 *
 * @param diffs  candidate minus baseline score per task, at least two
 * @param margin tolerated loss, in score points, above 0
 * @param conf   two-sided confidence, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Student (1908), "The probable error of a mean", Biometrika 6:1
 */
export function pairedMeanNonInferiority(diffs: readonly number[], margin: number, conf: number): PairedMeanDifference {
  requirePositive('margin', margin);
  const { n, mean, sd, se } = sampleMean(diffs);
  const half = tHalfWidth(se, n - 1, conf);
  return { mean, sd, se, lo: mean - half, hi: mean + half, ...testAboveMargin(mean, se, margin, n - 1) };
}
