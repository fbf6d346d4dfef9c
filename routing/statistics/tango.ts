/**
 * Difference of two success rates on the same tasks: the score test and interval that decide a review.
 *
 * The usual normal ("Wald") interval estimates its variance from the discordant pairs it saw. With few of them it is too narrow: at 100
 * pairs it approves up to 8.4 % of candidates that are exactly as bad as tolerated, where 2.5 % was agreed. The score test takes the
 * variance that the tested difference implies, stays below 2.5 %, and still answers when no pair is discordant.
 *
 * @see Tango (1998), "Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
 *      Statistics in Medicine 17:891
 */

import { lastHolding } from './bisection';
import { normalQuantile, normalUpperTail } from './normal';
import { type DiscordantPairs, requireDiscordantPairs } from './pair-cells';
import { requireOpenUnit } from './range';
import type { Interval } from './rates';

/** Whether the candidate is proven good enough, proven too bad, or neither. Only the first may change anything. */
export type NonInferiorityVerdict = 'NON_INFERIOR' | 'INFERIOR' | 'INCONCLUSIVE';

/**
 * Variance of one pair's difference if the true difference of the rates were `difference`, from the maximum-likelihood estimate under
 * that restriction: 2q + δ(1 − δ), where q, the chance of "baseline only", is the larger root of
 * 2q² + (−b − c + (2 − b + c)δ)q − cδ(1 − δ) = 0.
 *
 * @param candidateOnly share of pairs b, in [0, 1]
 * @param baselineOnly  share of pairs c, in [0, 1]
 * @param difference    δ, in [−1, 1]
 */
export function restrictedVariance(candidateOnly: number, baselineOnly: number, difference: number): number {
  // Exchanging the models changes nothing but the sign.
  if (difference > 0) return restrictedVariance(baselineOnly, candidateOnly, -difference);
  const linear = baselineOnly - (2 + baselineOnly) * difference;
  const wins = candidateOnly * (1 + difference);
  // The discriminant as a sum of terms that are not negative. As a difference it loses half its digits where few pairs are won.
  const root = Math.sqrt((baselineOnly + (2 - baselineOnly) * difference) ** 2 + wins * (2 * linear + wins));
  const q = (root + linear + wins) / 4;
  return Math.max(0, 2 * q + difference * (1 - difference));
}

/**
 * Score statistic of the hypothesis that the true difference is `difference`: positive when the observed one is larger. It falls as
 * `difference` grows. Infinite when the data are impossible under the hypothesis.
 *
 * @param difference in [−1, 1]
 */
export function tangoZ({ b, c, n }: DiscordantPairs, difference: number): number {
  const excess = b - c - n * difference;
  if (excess === 0) return 0;
  return excess / Math.sqrt(n * restrictedVariance(b / n, c / n, difference));
}

/** The differences at which the score statistic is z and −z, for z ≥ 0. Does not check the counts. */
export function tangoLimits(pairs: DiscordantPairs, z: number): Interval {
  const estimate = (pairs.b - pairs.c) / pairs.n;
  return [
    lastHolding((difference) => tangoZ(pairs, difference) > z, -1, estimate),
    lastHolding((difference) => tangoZ(pairs, difference) > -z, estimate, 1),
  ];
}

/**
 * Tango's score interval for candidate rate minus baseline rate. It contains the estimate (b − c)/n, lies in [−1, 1], and has a
 * width even when b = c = 0; exchanging b and c mirrors it.
 *
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when a count or the confidence is outside its range
 */
export function tangoCi(pairs: DiscordantPairs, conf: number): Interval {
  requireDiscordantPairs(pairs);
  return tangoLimits(pairs, twoSidedZ(conf));
}

/**
 * Tango's score test that the candidate is worse by less than the margin.
 *
 * @param margin tolerated loss of success rate, in (0, 1)
 * @returns z, and the one-sided p: the chance of data as good as these from a candidate that is worse by exactly the margin
 * @throws {RangeError} when a count or the margin is outside its range
 */
export function tangoNonInferiority(pairs: DiscordantPairs, margin: number): { z: number; p: number } {
  requireDiscordantPairs(pairs);
  requireOpenUnit('margin', margin);
  const z = tangoZ(pairs, -margin);
  return { z, p: normalUpperTail(z) };
}

/**
 * The verdict of one stratum: NON_INFERIOR when the whole interval of confidence 1 − 2α lies above −margin, INFERIOR when it lies
 * below, INCONCLUSIVE otherwise; so too without any pair, for no data prove nothing.
 *
 * @param margin        tolerated loss of success rate, in (0, 1)
 * @param alphaOneSided chance of approving a candidate that is worse by exactly the margin, in (0, 0.5)
 * @throws {RangeError} when an argument is outside its range
 */
export function niVerdict(pairs: DiscordantPairs, margin: number, alphaOneSided: number): NonInferiorityVerdict {
  requireDiscordantPairs(pairs, 0);
  requireOpenUnit('margin', margin);
  const critical = criticalZ(alphaOneSided);
  if (pairs.n === 0) return 'INCONCLUSIVE';
  const z = tangoZ(pairs, -margin);
  if (z > critical) return 'NON_INFERIOR';
  return z < -critical ? 'INFERIOR' : 'INCONCLUSIVE';
}

/**
 * Normal quantile of a one-sided level.
 *
 * @throws {RangeError} when the level is not in (0, 0.5)
 */
export function criticalZ(alphaOneSided: number): number {
  if (!(alphaOneSided > 0 && alphaOneSided < 0.5))
    throw new RangeError(`alphaOneSided is ${alphaOneSided}; it must lie strictly between 0 and 0.5.`);
  return -normalQuantile(alphaOneSided);
}

/**
 * Normal quantile of a two-sided confidence.
 *
 * @throws {RangeError} when the confidence is not in (0, 1)
 */
export function twoSidedZ(conf: number): number {
  requireOpenUnit('conf', conf);
  return -normalQuantile((1 - conf) / 2);
}
