/**
 * Which percentiles of a bootstrap distribution make an interval that is right also for skewed scores.
 *
 * @see Efron (1987), "Better bootstrap confidence intervals", JASA 82:171
 */

import { normalCdf, normalQuantile } from './normal';
import { requireCount, requireFinite, requireOpenUnit } from './range';
import type { Interval } from './rates';

/**
 * Acceleration of the mean by the jackknife: Σ d³ / (6 (Σ d²)^1.5), d the mean without a value subtracted from the mean
 * of those. It measures skewness; 0 for values that are all equal.
 *
 * @param values at least 2
 * @throws {RangeError} when there are fewer than 2 values or one is not finite
 */
export function bcaAcceleration(values: readonly number[]): number {
  requireCount('the number of values', values.length, 2);
  for (const [index, value] of values.entries()) requireFinite(`values[${index}]`, value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // The mean without x is off by (mean − x)/(n − 1); that factor cancels between numerator and denominator.
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
    cubes += (value - mean) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/**
 * Percentile levels to read off the bootstrap distribution, each in [0, 1]: Φ(z0 + (z0 + z)/(1 − a (z0 + z))) at both ends.
 *
 * @param z0   bias correction: the normal quantile of the share of bootstrap means below the mean
 * @param a    acceleration
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when an argument is outside its range, or the acceleration so large that the formula turns over
 */
export function bcaLevels(z0: number, a: number, conf: number): Interval {
  requireFinite('z0', z0);
  requireFinite('a', a);
  requireOpenUnit('conf', conf);
  const z = normalQuantile((1 - conf) / 2);
  const level = (end: number): number => {
    const shifted = z0 + end;
    const scale = 1 - a * shifted;
    if (!(scale > 0)) throw new RangeError(`An acceleration of ${a} is too large for z0 ${z0} and confidence ${conf}.`);
    return normalCdf(z0 + shifted / scale);
  };
  return [level(z), level(-z)];
}
