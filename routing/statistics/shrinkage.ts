/**
 * What is known of a model in a class with few tasks, pulled towards what is known of classes like it.
 *
 * Without it nine of ten would beat 410 of 500, and a ranking would mostly find small numbers. For ranking, never for proof.
 */

import { betaQuantile, betaUpperQuantile } from './beta';
import { requireCount, requireFinite, requireOpenUnit, requirePositive, requireShare } from './range';

/** A prior is worth at least one task, and never so many that a class could not speak for itself. */
const MIN_STRENGTH = 1;
const MAX_STRENGTH = 200;

/** A Beta prior: a = mean · strength, b = (1 − mean) · strength. */
export interface BetaPrior {
  /** In [0, 1]. */
  readonly mean: number;
  /** How many tasks it is worth, 1 to 200. */
  readonly strength: number;
  readonly a: number;
  readonly b: number;
}

/**
 * Beta prior by moments from the rates of similar classes: strength m(1 − m)/τ² − 1, kept within 1 to 200, with m the mean
 * rate and τ² the variance of the rates (divisor one less than their number) less the part that is chance, mean(m(1 − m)/n).
 * Rates no more different than chance makes them give the greatest strength.
 *
 * @param counts successes and trials of each class, at least 2 classes
 * @throws {RangeError} when there are fewer than 2 classes or a count is outside its range
 */
export function betaPriorMoments(counts: readonly (readonly [successes: number, trials: number])[]): BetaPrior {
  requireCount('the number of classes', counts.length, 2);
  for (const [index, [x, n]] of counts.entries()) requireShare(`successes[${index}]`, x, `trials[${index}]`, n);
  const average = (of: (x: number, n: number) => number): number => counts.reduce((sum, [x, n]) => sum + of(x, n), 0) / counts.length;
  const mean = average((x, n) => x / n);
  const spread = mean * (1 - mean);
  const variance = (average((x, n) => (x / n - mean) ** 2) * counts.length) / (counts.length - 1);
  const betweenClasses = variance - average((_, n) => spread / n);
  const raw = betweenClasses > 0 ? spread / betweenClasses - 1 : MAX_STRENGTH;
  const strength = Math.min(MAX_STRENGTH, Math.max(MIN_STRENGTH, raw));
  return { mean, strength, a: mean * strength, b: (1 - mean) * strength };
}

/** Posterior mean and equal-tailed interval of a rate, each in [0, 1]. */
export interface PosteriorRate {
  readonly mean: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * Posterior of a rate after x of n, for a Beta(a, b) prior: Beta(a + x, b + n − x).
 *
 * @param x    successes, an integer in [0, n]
 * @param n    trials, an integer of at least 0
 * @param conf probability inside the interval, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 */
export function betaPosterior(x: number, n: number, prior: Pick<BetaPrior, 'a' | 'b'>, conf: number): PosteriorRate {
  requireCount('n', n);
  if (n > 0 || x !== 0) requireShare('x', x, 'n', n);
  requirePositive('a', prior.a);
  requirePositive('b', prior.b);
  requireOpenUnit('conf', conf);
  const a = prior.a + x;
  const b = prior.b + n - x;
  const tail = (1 - conf) / 2;
  return { mean: a / (a + b), lo: betaQuantile(tail, a, b), hi: betaUpperQuantile(tail, a, b) };
}

/** A mean pulled towards its prior. */
export interface ShrunkMean {
  /** Of the observation, in [0, 1]; the prior has the rest. */
  readonly weight: number;
  readonly mean: number;
  /** Posterior standard deviation. */
  readonly sd: number;
}

/**
 * Posterior of a mean with a normal prior: weight τ²/(τ² + se²), mean w · mean + (1 − w) · prior, sd √w · se.
 *
 * @param se      standard error of the observed mean, at least 0
 * @param priorSd τ, at least 0; not 0 together with se
 * @throws {RangeError} when an argument is outside its range
 */
export function normalShrinkage(mean: number, se: number, priorMean: number, priorSd: number): ShrunkMean {
  requireFinite('mean', mean);
  requireFinite('priorMean', priorMean);
  if (!(se >= 0 && priorSd >= 0 && se + priorSd > 0 && Number.isFinite(se + priorSd))) {
    throw new RangeError(`se is ${se} and priorSd is ${priorSd}; both must be finite, at least 0, and not both 0.`);
  }
  const weight = priorSd ** 2 / (priorSd ** 2 + se ** 2);
  return { weight, mean: weight * mean + (1 - weight) * priorMean, sd: Math.sqrt(weight) * se };
}
