/** What a replay of a given size can prove: exact power before it, conditional power between its passes. */

import { logGamma } from './gamma';
import { normalCdf } from './normal';
import { requireCount, requireFinite, requireOpenUnit } from './range';
import { requireDiscordance } from './sample-size';
import { criticalZ, tangoZ } from './tango';

/** What exact power is asked of. */
export interface ExactPowerQuestion {
  /** Pairs, at least 1. Time grows with its square: 600 take some milliseconds. */
  readonly n: number;
  /** Tolerated loss, in (0, 1). */
  readonly margin: number;
  /** Share of pairs on which the models truly differ, in [|trueDelta|, 1]. */
  readonly discordance: number;
  /** True difference, candidate minus baseline. */
  readonly trueDelta: number;
  /** In (0, 0.5). */
  readonly alphaOneSided: number;
}

/**
 * Chance that Tango's test approves, summed over every (b, c) that can happen; no approximation. At trueDelta = −margin this is the
 * rate of false approvals.
 *
 * @throws {RangeError} when an argument is outside its range
 */
export function tangoExactPower({ n, margin, discordance, trueDelta, alphaOneSided }: ExactPowerQuestion): number {
  requireCount('n', n, 1);
  requireOpenUnit('margin', margin);
  requireDiscordance(discordance, trueDelta);
  const critical = criticalZ(alphaOneSided);
  const logFactorial = Array.from({ length: n + 1 }, (_, k) => logGamma(k + 1));
  const logB = logPowers((discordance + trueDelta) / 2, logFactorial);
  const logC = logPowers((discordance - trueDelta) / 2, logFactorial);
  const logRest = logPowers(1 - discordance, logFactorial);
  let power = 0;
  // Approved at (b, c) means approved at (b + 1, c), and not approved at (b, c) means not at (b, c + 1): the boundary only climbs.
  let boundary = 0;
  for (let c = 0; c <= n; c += 1) {
    while (boundary + c <= n && !(tangoZ({ b: boundary, c, n }, -margin) > critical)) boundary += 1;
    for (let b = boundary; b + c <= n; b += 1) power += Math.exp(logFactorial[n]! + logB[b]! + logC[c]! + logRest[n - b - c]!);
  }
  return Math.min(1, power);
}

/** ln(p^k / k!) for k = 0, 1, …: the factors of a multinomial probability. */
function logPowers(p: number, logFactorial: readonly number[]): readonly number[] {
  return logFactorial.map((log, k) => (k === 0 ? 0 : k * Math.log(p)) - log);
}

/**
 * Chance that the final z exceeds zCrit if the trend seen so far goes on: Φ((z₁/√t − zCrit)/√(1 − t)). Extending a replay pays between
 * 0.10 and 0.90: below it is lost, above it is all but decided.
 *
 * @param z1           z of the pairs so far
 * @param infoFraction t, the share of the final pairs seen so far, in (0, 1)
 * @param zCrit        z the final test must exceed
 * @throws {RangeError} when an argument is outside its range
 * @see Lan & Wittes (1988), "The B-value: a tool for monitoring data", Biometrics 44:579
 */
export function conditionalPower(z1: number, infoFraction: number, zCrit: number): number {
  requireFinite('z1', z1);
  requireOpenUnit('infoFraction', infoFraction);
  requireFinite('zCrit', zCrit);
  return normalCdf((z1 / Math.sqrt(infoFraction) - zCrit) / Math.sqrt(1 - infoFraction));
}
