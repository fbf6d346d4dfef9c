/**
 * Exponentially weighted averages of any series, and the limits within which chance alone keeps them.
 *
 * For people to look at: an average of single ratings is so noisy that two equal models often look different. The limits
 * therefore suppose daily means, and no decision is taken from them.
 */

import { requireCount, requireFinite, requirePositive } from './range';
import type { Interval } from './rates';

function requireWeight(name: string, weight: number): void {
  if (!(weight > 0 && weight <= 1)) throw new RangeError(`${name} is ${weight}; it must be above 0 and at most 1.`);
}

/**
 * The average after each value: s ← alpha · x + (1 − alpha) · s, from s = seed. Empty for no values.
 *
 * @param alpha weight of the newest value, in (0, 1]
 * @throws {RangeError} when alpha is outside its range or a number is not finite
 * @see Roberts (1959), Technometrics 1:239
 */
export function ewmaPath(values: readonly number[], alpha: number, seed: number): number[] {
  requireWeight('alpha', alpha);
  requireFinite('seed', seed);
  let average = seed;
  return values.map((value, index) => {
    requireFinite(`values[${index}]`, value);
    average = alpha * value + (1 - alpha) * average;
    return average;
  });
}

/** The average after all values; the seed when there are none. See {@link ewmaPath}. */
export function ewma(values: readonly number[], alpha: number, seed: number): number {
  return ewmaPath(values, alpha, seed).at(-1) ?? seed;
}

/** Where an average of a steady series is expected to stay. */
export interface EwmaChart {
  /** Of the series. */
  readonly mean: number;
  /** Standard deviation of one value (one daily mean), at least 0. */
  readonly sigma: number;
  /** Weight of the newest value, in (0, 1]. */
  readonly lambda: number;
  /** Width in standard deviations of the average, above 0. */
  readonly limitWidth: number;
}

/**
 * Control limits of the average after t values: mean ± L σ √(λ/(2 − λ) · (1 − (1 − λ)^(2t))), started at the mean.
 *
 * @param t values so far, an integer of at least 0
 * @throws {RangeError} when an argument is outside its range
 * @see Lucas & Saccucci (1990), Technometrics 32:1
 */
export function ewmaLimits(chart: EwmaChart, t: number): Interval {
  const { mean, sigma, lambda, limitWidth } = chart;
  requireFinite('mean', mean);
  if (!(sigma >= 0 && Number.isFinite(sigma))) throw new RangeError(`sigma is ${sigma}; it must be a finite number of at least 0.`);
  requireWeight('lambda', lambda);
  requirePositive('L', limitWidth);
  requireCount('t', t);
  const half = limitWidth * sigma * Math.sqrt((lambda / (2 - lambda)) * (1 - (1 - lambda) ** (2 * t)));
  return [mean - half, mean + half];
}
