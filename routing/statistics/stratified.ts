/**
 * Difference of paired success rates over strata that were sampled at different rates.
 *
 * Hard tasks are sampled more often than they occur. The plain average of such a sample is biased (a true −0.008 read as −0.030), so
 * every stratum is weighted back to its share of the frame, and the strata's own score limits are combined.
 */

import { lastHolding } from './bisection';
import { normalUpperTail } from './normal';
import { type DiscordantPairs, requireDiscordantPairs } from './pair-cells';
import { requireOpenUnit, requirePositive } from './range';
import { tangoLimits, twoSidedZ } from './tango';

/** The replayed pairs of one stratum. */
export interface StratumPairs extends DiscordantPairs {
  /** Tasks of the frame that belong to the stratum, at least n. */
  readonly N: number;
}

export interface StratifiedDifference {
  /** Candidate minus baseline success rate over the frame. */
  readonly delta: number;
  /** Plug-in standard error √Σ W²(ψ − d²)/n: a check of the interval, never the decision; 0 when no pair is discordant. */
  readonly se: number;
  readonly moverLo: number;
  readonly moverHi: number;
  /** The same difference without weights, to show what they change. */
  readonly unweightedDelta: number;
}

/** Beyond this z a normal tail is 0 in double precision. */
const LARGEST_Z = 38;

/**
 * MOVER interval over per-stratum Tango limits l, u of the differences d: δ = Σ W d with W = N/ΣN,
 * lower = δ − √Σ (W(d − l))², upper = δ + √Σ (W(u − d))². Of one stratum it is Tango's interval.
 *
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when there is no stratum, or a count or the confidence is outside its range
 * @see Zou & Donner (2008), Statistics in Medicine 27:1693; Yan & Su (2010), Statistics in Biopharmaceutical Research 2:345
 */
export function stratifiedPairedBinary(strata: readonly StratumPairs[], conf: number): StratifiedDifference {
  requireStrata(strata);
  const z = twoSidedZ(conf);
  const total = sum(strata.map(({ N }) => N));
  const variance = sum(strata.map(({ N, n, b, c }) => ((N / total) ** 2 * ((b + c) / n - ((b - c) / n) ** 2)) / n));
  return {
    delta: weightedDifference(strata),
    se: Math.sqrt(variance),
    moverLo: moverLimit(strata, z),
    moverHi: moverLimit(strata, -z),
    unweightedDelta: sum(strata.map(({ b, c }) => b - c)) / sum(strata.map(({ n }) => n)),
  };
}

/**
 * One-sided p of "worse by the margin or more": the α at which the MOVER limit of confidence 1 − 2α touches −margin. Above 0.5 when
 * the estimate lies below −margin, where it is the upper limit that touches. Of one stratum it is the p of Tango's test.
 *
 * @param margin tolerated loss of success rate, in (0, 1)
 * @throws {RangeError} when there is no stratum, or a count or the margin is outside its range
 */
export function stratifiedPairedBinaryP(strata: readonly StratumPairs[], margin: number): number {
  requireOpenUnit('margin', margin);
  return stratifiedUpperTail(strata, -margin);
}

/**
 * One-sided p of "the true difference is `difference` or less", whatever its sign: with 0, the test of an improvement.
 *
 * @param difference in (−1, 1)
 * @throws {RangeError} when there is no stratum, or a count is outside its range
 */
export function stratifiedUpperTail(strata: readonly StratumPairs[], difference: number): number {
  requireStrata(strata);
  return normalUpperTail(lastHolding((z) => moverLimit(strata, z) > difference, -LARGEST_Z, LARGEST_Z));
}

/** The lower limit of two-sided quantile z; the upper limit of |z| when z is negative. Falls as z grows. */
function moverLimit(strata: readonly StratumPairs[], z: number): number {
  const total = sum(strata.map(({ N }) => N));
  const squares = strata.map((stratum) => {
    const [low, high] = tangoLimits(stratum, Math.abs(z));
    return ((stratum.N / total) * ((stratum.b - stratum.c) / stratum.n - (z >= 0 ? low : high))) ** 2;
  });
  return weightedDifference(strata) - Math.sign(z) * Math.sqrt(sum(squares));
}

function weightedDifference(strata: readonly StratumPairs[]): number {
  return sum(strata.map(({ N, b, c, n }) => (N * (b - c)) / n)) / sum(strata.map(({ N }) => N));
}

function requireStrata(strata: readonly StratumPairs[]): void {
  if (strata.length === 0) throw new RangeError('There is no stratum to combine.');
  for (const stratum of strata) {
    requireDiscordantPairs(stratum);
    requirePositive('N', stratum.N);
    if (stratum.n > stratum.N) throw new RangeError(`n is ${stratum.n}, more than the ${stratum.N} tasks of the stratum.`);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
