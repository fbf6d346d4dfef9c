/**
 * Intervals for a success rate and for the difference of two.
 *
 * A review counts successes of few judged tasks, where the usual normal interval leaves [0, 1] and is too short; these keep
 * to the range. The exact interval is for promises ("at most 1 % disasters"), Wilson's for estimates.
 */

import { betaQuantile, betaUpperQuantile } from './beta';
import { normalQuantile } from './normal';
import { requireOpenUnit, requireShare } from './range';

/** Low and high end, low ≤ high. */
export type Interval = readonly [low: number, high: number];

/**
 * Wilson score interval of a rate: fractions in [0, 1].
 *
 * @param x    successes, an integer in [0, n]
 * @param n    trials, an integer of at least 1
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Wilson (1927), JASA 22:209; method 3 of Newcombe (1998), Statistics in Medicine 17:857
 */
export function wilson(x: number, n: number, conf: number): Interval {
  requireShare('x', x, 'n', n);
  requireOpenUnit('conf', conf);
  const z = -normalQuantile((1 - conf) / 2);
  const centre = x + (z * z) / 2;
  const half = z * Math.sqrt((x * (n - x)) / n + (z * z) / 4);
  const scale = n + z * z;
  // At the ends the bound is exactly 0 or 1; rounding must not leave a hair beyond it.
  return [x === 0 ? 0 : (centre - half) / scale, x === n ? 1 : (centre + half) / scale];
}

/**
 * Clopper and Pearson's exact interval of a rate: fractions in [0, 1]. Covers at least `conf`, usually more.
 *
 * @param x    successes, an integer in [0, n]
 * @param n    trials, an integer of at least 1
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Clopper & Pearson (1934), Biometrika 26:404; method 5 of Newcombe (1998), Statistics in Medicine 17:857
 */
export function clopperPearson(x: number, n: number, conf: number): Interval {
  requireShare('x', x, 'n', n);
  requireOpenUnit('conf', conf);
  const tail = (1 - conf) / 2;
  return [x === 0 ? 0 : betaQuantile(tail, x, n - x + 1), x === n ? 1 : betaUpperQuantile(tail, x + 1, n - x)];
}

/**
 * Exact upper bound of a rate, in [0, 1]: the true rate is below it with confidence `conf`. With none of n it is 1 − (1 − conf)^(1/n).
 *
 * @param conf one-sided confidence, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 */
export function clopperPearsonUpperOneSided(x: number, n: number, conf: number): number {
  requireShare('x', x, 'n', n);
  requireOpenUnit('conf', conf);
  return x === n ? 1 : betaUpperQuantile(1 - conf, x + 1, n - x);
}

/**
 * Interval of the difference x1/n1 − x2/n2 of two independent rates, in [−1, 1], from their Wilson intervals.
 *
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Newcombe (1998), Statistics in Medicine 17:873, method 10
 */
export function newcombeIndependent(x1: number, n1: number, x2: number, n2: number, conf: number): Interval {
  const [low1, high1] = wilson(x1, n1, conf);
  const [low2, high2] = wilson(x2, n2, conf);
  const rate1 = x1 / n1;
  const rate2 = x2 / n2;
  const difference = rate1 - rate2;
  return [difference - Math.hypot(rate1 - low1, high2 - rate2), difference + Math.hypot(high1 - rate1, rate2 - low2)];
}
