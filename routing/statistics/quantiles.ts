/** Quantiles of observed latencies and costs, with an interval that supposes nothing about their distribution. */

import { betaTails } from './beta';
import { requireCount, requireFinite, requireOpenUnit, requireUnit } from './range';

/**
 * Quantile by linear interpolation between order statistics at 1 + (n − 1) p, as R and numpy do by default.
 *
 * @param values in any order
 * @param p      in [0, 1]
 * @returns null when there are no values
 * @throws {RangeError} when p is outside [0, 1] or a value is not finite
 * @see Hyndman & Fan (1996), The American Statistician 50:361, type 7
 */
export function quantileType7(values: readonly number[], p: number): number | null {
  requireUnit('p', p);
  for (const [index, value] of values.entries()) requireFinite(`values[${index}]`, value);
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * p;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return null;
  return below + (position - Math.floor(position)) * (above - below);
}

/** Ranks in ascending order, 1 being the smallest value. */
export interface RankInterval {
  /** 0 when the sample is too small for a lower limit. */
  readonly lowerRank: number;
  /** n + 1 when the sample is too small for an upper limit. */
  readonly upperRank: number;
}

/**
 * The order statistics between which the true p-quantile lies with at least the confidence asked for.
 *
 * The number of values below the quantile is Binomial(n, p): the lower rank is the largest l with P(X < l) ≤ (1 − conf)/2,
 * the upper rank the smallest u with P(X ≥ u) ≤ (1 − conf)/2.
 *
 * @param n    values in the sample, an integer of at least 1
 * @param p    quantile, in (0, 1)
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Conover (1999), Practical Nonparametric Statistics, section 3.2
 */
export function quantileCiRanks(n: number, p: number, conf: number): RankInterval {
  requireCount('n', n, 1);
  requireOpenUnit('p', p);
  requireOpenUnit('conf', conf);
  const tail = (1 - conf) / 2;
  return {
    lowerRank: lastRank(n, (rank) => binomialAtLeast(rank, n, p).lower <= tail),
    upperRank: lastRank(n, (rank) => binomialAtLeast(rank, n, p).upper > tail) + 1,
  };
}

/** P(X < k) as `lower` and P(X ≥ k) as `upper`, X ~ Binomial(n, p), 1 ≤ k ≤ n: P(X ≥ k) = I_p(k, n − k + 1). */
function binomialAtLeast(k: number, n: number, p: number): { lower: number; upper: number } {
  const { lower, upper } = betaTails(p, 1 - p, k, n - k + 1);
  return { lower: upper, upper: lower };
}

/** The largest rank in [1, n] for which a condition holds that, once false, stays false; 0 when it never holds. */
function lastRank(n: number, holds: (rank: number) => boolean): number {
  let last = 0;
  let fails = n + 1;
  while (fails - last > 1) {
    const rank = Math.floor((last + fails) / 2);
    if (holds(rank)) last = rank;
    else fails = rank;
  }
  return last;
}
