/**
 * Interval of a mean without a supposed distribution: a second look at scores that are skewed or lumped, beside the t interval.
 */

import { bcaAcceleration, bcaLevels } from './bootstrap-levels';
import { normalCdf, normalQuantile } from './normal';
import { quantileType7 } from './quantiles';
import { seededRandom } from './random';
import { requireCount, requireFinite, requirePositive } from './range';

// Taken once: inside of a sandbox, looking up a global costs more than a draw.
const { floor } = Math;

/** Resamples of a decision: the ends of a 95 % interval rest on 50 of them each. */
export const RESAMPLES = 2000;

/** The values of one stratum, and its share of the whole. */
export interface BootstrapStratum {
  /** W, above 0; the weights are used as shares of their sum. */
  readonly weight: number;
  /** At least two. */
  readonly values: readonly number[];
}

export interface BootstrapInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** One-sided p of "the true mean is `bound` or less": the level at which the lower end touches the bound, at least some 1/resamples. */
  readonly p: number;
}

export interface BootstrapQuestion {
  /** Two-sided confidence, in (0, 1). */
  readonly conf: number;
  /** What p is asked for. */
  readonly bound: number;
  /** At least 1. */
  readonly resamples?: number;
  /** Fixes the resamples. */
  readonly seed: string;
}

/**
 * BCa interval of a stratified mean Σ W·mean: every stratum is resampled within itself. Values that are all equal in their strata give
 * an interval without width, and a p of 0, ½ or 1: too few values to vary must be caught by their number.
 *
 * @throws {RangeError} when there is no stratum, one has fewer than two values, or an argument is outside its range
 * @see Efron (1987), "Better bootstrap confidence intervals", JASA 82:171; Davison & Hinkley (1997), "Bootstrap Methods and their
 *   Application", §3.2 for strata
 */
export function bcaMean(
  strata: readonly BootstrapStratum[],
  { conf, bound, resamples = RESAMPLES, seed }: BootstrapQuestion,
): BootstrapInterval {
  requireCount('The number of strata', strata.length, 1);
  requireCount('resamples', resamples, 1);
  requireFinite('bound', bound);
  for (const { weight, values } of strata) {
    requirePositive('A weight', weight);
    requireCount('The number of values in a stratum', values.length, 2);
    for (const value of values) requireFinite('A value', value);
  }
  const total = strata.reduce((sum, { weight }) => sum + weight, 0);
  const means = strata.map(({ values }) => meanOf(values));
  const mean = strata.reduce((sum, { weight }, at) => sum + (weight / total) * means[at]!, 0);
  if (strata.every(({ values }) => values.every((value) => value === values[0])))
    return { mean, low: mean, high: mean, p: mean > bound ? 0 : mean < bound ? 1 : 0.5 };

  const resampled = resampledMeans(strata, total, resamples, seed);
  const shareUpTo = (point: number) =>
    (resampled.filter((value) => value < point).length + tiesOf(resampled, point) / 2 + 0.5) / (resamples + 1);
  const z0 = normalQuantile(shareUpTo(mean));
  // The influence of each value on the mean; their skewness is that of the estimate.
  const influences = strata.flatMap(({ weight, values }, at) => values.map((value) => (weight / values.length) * (value - means[at]!)));
  // Of any scale; at that of the largest, no power of a tiny one is lost.
  const largest = Math.max(...influences.map(Math.abs));
  const acceleration = bcaAcceleration(influences.map((influence) => influence / largest));
  const [low, high] = bcaLevels(z0, acceleration, conf).map((level) => quantileType7(resampled, level)!) as [number, number];
  const shifted = normalQuantile(shareUpTo(bound)) - z0;
  return { mean, low, high, p: normalCdf(shifted / (1 + acceleration * shifted) - z0) };
}

function resampledMeans(strata: readonly BootstrapStratum[], total: number, resamples: number, seed: string): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: resamples }, () => {
    let mean = 0;
    for (const { weight, values } of strata) {
      let sum = 0;
      for (let drawn = 0; drawn < values.length; drawn += 1) sum += values[floor(random() * values.length)]!;
      mean += (weight / total) * (sum / values.length);
    }
    return mean;
  });
}

function tiesOf(values: readonly number[], point: number): number {
  return values.filter((value) => value === point).length;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
