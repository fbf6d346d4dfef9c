/** Mean of a sample, its standard error, and the test against a tolerated loss that all comparisons of means share. */

import { requireCount, requireFinite, requireOpenUnit } from './range';
import { tQuantile, tUpperTail } from './student';

export interface SampleMean {
  readonly n: number;
  readonly mean: number;
  /** Standard deviation with n − 1. */
  readonly sd: number;
  /** Standard error of the mean, for independent values. */
  readonly se: number;
}

/**
 * @param values at least two finite numbers
 * @throws {RangeError} when there are fewer than two values, or one is not finite
 */
export function sampleMean(values: readonly number[]): SampleMean {
  const n = values.length;
  requireCount('The number of values', n, 2);
  for (const value of values) requireFinite('A value', value);
  const mean = values.reduce((total, value) => total + value, 0) / n;
  // In two passes: the difference of two sums of squares would lose the digits of a small spread.
  const sd = Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / (n - 1));
  return { n, mean, sd, se: sd / Math.sqrt(n) };
}

/**
 * One-sided t test of "the true mean is −margin or less".
 *
 * @param se standard error of the mean. When 0 the data vary in nothing: t is ±Infinity, and 0 at the margin itself
 * @returns t, and p in [0, 1]
 */
export function testAboveMargin(mean: number, se: number, margin: number, df: number): { t: number; p: number } {
  const excess = mean + margin;
  if (excess === 0) return { t: 0, p: 0.5 };
  const t = excess / se;
  if (!Number.isFinite(t)) return { t, p: t > 0 ? 0 : 1 };
  return { t, p: tUpperTail(t, df) };
}

/**
 * Half the width of a two-sided t interval.
 *
 * @param conf in (0, 1)
 * @throws {RangeError} when the confidence is outside its range
 */
export function tHalfWidth(se: number, df: number, conf: number): number {
  requireOpenUnit('conf', conf);
  return -tQuantile((1 - conf) / 2, df) * se;
}
