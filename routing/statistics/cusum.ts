/**
 * Cumulative sums: the watch that notices when a promoted model gets worse.
 *
 * A sum of small losses crosses its threshold long before a single day looks unusual, and forgets good times by never going below 0.
 */

import { requireFinite, requireOpenUnit, requirePositive } from './range';

export interface Cusum {
  /** After each value: the sum of rises and the sum of falls, both ≥ 0, in standard deviations. */
  readonly path: [upper: number, lower: number][];
  /** Index from 0 of the first value at which a sum is above the threshold; −1 for none. */
  readonly alarmIndex: number;
}

/**
 * Tabular CUSUM of both directions: with z = (x − target)/sigma, `upper = max(0, upper + z − k)` and `lower = max(0, lower − z − k)`;
 * alarm when one of them exceeds h. With k 0.5 and h 5 a false alarm comes about every 465 values, a shift by one sigma is found in
 * 10.4.
 *
 * @param values daily means, oldest first
 * @param target the mean they should have
 * @param sigma  their standard deviation, > 0
 * @param k      slack in standard deviations, half the shift to find, ≥ 0
 * @param h      threshold in standard deviations, > 0
 * @throws {RangeError} when an argument is outside its range
 * @see Page (1954), "Continuous inspection schemes", Biometrika 41; Montgomery, Introduction to Statistical Quality Control, §9.1
 */
export function cusum(values: readonly number[], target: number, sigma: number, k: number, h: number): Cusum {
  requireFinite('target', target);
  requirePositive('sigma', sigma);
  if (!(k >= 0 && k < Infinity)) throw new RangeError(`k is ${k}; the slack must be a number ≥ 0.`);
  requirePositive('h', h);
  let upper = 0;
  let lower = 0;
  const path = values.map((value, at): [number, number] => {
    requireFinite(`Value ${at}`, value);
    const z = (value - target) / sigma;
    upper = Math.max(0, upper + z - k);
    lower = Math.max(0, lower - z - k);
    return [upper, lower];
  });
  return { path, alarmIndex: path.findIndex((sums) => Math.max(...sums) > h) };
}

export interface BernoulliCusum {
  /** What one outcome adds to the sum: a success less than 0, a failure more. */
  readonly weights: { readonly success: number; readonly failure: number };
  /** The sum after each outcome, ≥ 0. */
  readonly path: number[];
  /** Index from 0 of the first outcome at which the sum reaches the threshold; −1 for none. */
  readonly alarmIndex: number;
}

/**
 * Log-likelihood-ratio CUSUM for a drop of a success rate: `S = max(0, S + w)`, w = ln(p1/p0) on a success and
 * ln((1−p1)/(1−p0)) on a failure; alarm when S ≥ h.
 *
 * @param values outcomes, oldest first: 1 for a success, 0 for a failure
 * @param p0     the level the candidate was approved at, in (0, 1). Not the level of the model before it: the agreed tolerance
 *   itself would then raise the alarm
 * @param p1     the level to be noticed, in (0, p0); p0 − 0.06
 * @param h      threshold, > 0; 12
 * @throws {RangeError} when an argument is outside its range
 * @see Reynolds & Stoumbos (1999), "A CUSUM chart for monitoring a proportion when inspecting continuously", Journal of Quality
 *   Technology 31(1)
 */
export function bernoulliCusum(values: readonly number[], p0: number, p1: number, h: number): BernoulliCusum {
  requireOpenUnit('p0', p0);
  requireOpenUnit('p1', p1);
  if (p1 >= p0) throw new RangeError(`p1 is ${p1}; a drop to be noticed lies below p0, which is ${p0}.`);
  requirePositive('h', h);
  const weights = { success: Math.log(p1 / p0), failure: Math.log((1 - p1) / (1 - p0)) };
  let sum = 0;
  const path = values.map((value, at) => {
    if (value !== 0 && value !== 1) throw new RangeError(`Value ${at} is ${value}; an outcome is 1 (success) or 0 (failure).`);
    sum = Math.max(0, sum + (value === 1 ? weights.success : weights.failure));
    return sum;
  });
  return { weights, path, alarmIndex: path.findIndex((reached) => reached >= h) };
}
