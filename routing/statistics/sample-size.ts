/**
 * How many pairs a replay needs, before any money is spent on it.
 *
 * All sizes are pairs, rounded up. `margin` is the tolerated loss, `trueDelta` the difference candidate minus baseline that shall still
 * be approved with the given power, `discordance` the share of pairs on which the models differ (from a pilot; 0.15 without one).
 */

import { normalQuantile } from './normal';
import { requireCount, requireOpenUnit, requirePositive } from './range';
import { criticalZ, restrictedVariance } from './tango';

/** What a paired replay of passed and failed tasks is planned for. */
export interface PairedBinaryPlan {
  /** In (0, 1). */
  readonly margin: number;
  /** In [|trueDelta|, 1]. */
  readonly discordance: number;
  /** In (0, 0.5). */
  readonly alphaOneSided: number;
  /** In (0, 1). */
  readonly power: number;
  /** In (−margin, 1]. */
  readonly trueDelta: number;
}

/** Rounding errors of a product of a few factors; without it 350 × 1.1 / 0.5 would need one task more than 770. */
const ROUNDING = 1e-12;

/**
 * Pairs by the normal approximation: ⌈(z_α + z_β)²(ψ − δ²)/(δ + D)²⌉.
 *
 * @throws {RangeError} when an argument is outside its range
 */
export function samplePairedBinaryNI(plan: PairedBinaryPlan): number {
  requirePlan(plan);
  const { margin, discordance, alphaOneSided, power, trueDelta } = plan;
  const z = criticalZ(alphaOneSided) + normalQuantile(power);
  return pairs((z * z * (discordance - trueDelta ** 2)) / (trueDelta + margin) ** 2);
}

/**
 * Pairs for the score test that decides: ⌈((z_α √v₀ + z_β √(ψ − δ²))/(δ + D))²⌉, with v₀ the variance the test will use, at the
 * restricted estimate for the expected cells. More than the plain approximation where discordance is small.
 *
 * @throws {RangeError} when an argument is outside its range
 * @see Nam (1997), Biometrics 53:1422; Liu et al. (2002), Statistics in Medicine 21:231
 */
export function samplePairedBinaryNIScore(plan: PairedBinaryPlan): number {
  requirePlan(plan);
  const { margin, discordance, alphaOneSided, power, trueDelta } = plan;
  const nullVariance = restrictedVariance((discordance + trueDelta) / 2, (discordance - trueDelta) / 2, -margin);
  const spread = criticalZ(alphaOneSided) * Math.sqrt(nullVariance) + normalQuantile(power) * Math.sqrt(discordance - trueDelta ** 2);
  return pairs((Math.max(0, spread) / (trueDelta + margin)) ** 2);
}

/**
 * Pairs for a mean difference of truly equal models: ⌈(z_α + z_β)² sd²/D²⌉, normal approximation.
 *
 * @param margin tolerated loss, in score points, above 0
 * @param sdDiff standard deviation of the paired differences, above 0
 * @throws {RangeError} when an argument is outside its range
 */
export function samplePairedMeanNI(margin: number, sdDiff: number, alphaOneSided: number, power: number): number {
  requirePositive('margin', margin);
  requirePositive('sdDiff', sdDiff);
  requirePower(power, alphaOneSided);
  const z = criticalZ(alphaOneSided) + normalQuantile(power);
  return pairs(((z * sdDiff) / margin) ** 2);
}

/**
 * Tasks to draw so that n independent, labelled ones are left: ⌈n · (1 + (m − 1)·ICC) / coverage⌉.
 *
 * @param deff          design effect of the clusters, at least 1
 * @param labelCoverage share of tasks that end with a judgement, in (0, 1]
 * @throws {RangeError} when an argument is outside its range
 */
export function inflateSampleSize(n: number, deff: number, labelCoverage: number): number {
  requirePositive('n', n);
  if (!(deff >= 1 && Number.isFinite(deff))) throw new RangeError(`The design effect is ${deff}; it must be at least 1.`);
  if (!(labelCoverage > 0 && labelCoverage <= 1)) throw new RangeError(`labelCoverage is ${labelCoverage}; it must lie in (0, 1].`);
  return pairs((n * deff) / labelCoverage);
}

/**
 * Fewest pairs with which a candidate can be approved at all: ⌈z²(1 − D)/D⌉. Below it even a replay without one discordant pair leaves
 * the score interval's lower limit −z²/(n + z²) beyond −D: hold, and do not pay for the replay.
 *
 * @throws {RangeError} when an argument is outside its range
 */
export function smallestDecidableN(margin: number, alphaOneSided: number): number {
  requireOpenUnit('margin', margin);
  return pairs((criticalZ(alphaOneSided) ** 2 * (1 - margin)) / margin);
}

/**
 * Allowed type II error of each guardrail so that one success metric and all guardrails pass together with the power wanted:
 * β/(G + 1). Guardrails that must all pass need no split of α.
 *
 * @param power      of the whole decision, in (0, 1)
 * @param guardrails their number, at least 0
 * @throws {RangeError} when an argument is outside its range
 * @see Schultzberg et al. (2024), "Risk-aware product decisions in A/B tests with multiple metrics", arXiv 2402.11609
 */
export function betaPerGuardrail(power: number, guardrails: number): number {
  requireOpenUnit('power', power);
  requireCount('guardrails', guardrails);
  return (1 - power) / (guardrails + 1);
}

function requirePlan({ margin, discordance, alphaOneSided, power, trueDelta }: PairedBinaryPlan): void {
  requireOpenUnit('margin', margin);
  requireDiscordance(discordance, trueDelta);
  requirePower(power, alphaOneSided);
  if (!(trueDelta > -margin)) throw new RangeError(`trueDelta is ${trueDelta}; a candidate at or below −margin is not to be approved.`);
}

/** @throws {RangeError} when discordance is not in (0, 1], or too small for the difference: models that differ by δ differ on |δ| of the pairs */
export function requireDiscordance(discordance: number, trueDelta: number): void {
  if (!(discordance > 0 && discordance <= 1)) throw new RangeError(`discordance is ${discordance}; it must lie in (0, 1].`);
  if (!(Math.abs(trueDelta) <= discordance))
    throw new RangeError(`trueDelta is ${trueDelta}; its size cannot exceed the discordance, ${discordance}.`);
}

function requirePower(power: number, alphaOneSided: number): void {
  requireOpenUnit('power', power);
  if (power <= alphaOneSided) throw new RangeError(`power is ${power}; it must be more than alphaOneSided, ${alphaOneSided}.`);
}

function pairs(exact: number): number {
  return Math.max(1, Math.ceil(exact * (1 - ROUNDING)));
}
