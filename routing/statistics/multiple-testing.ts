/**
 * Prices of looking more than once.
 *
 * A review tests many task classes, and some twice. Without these adjustments the best of twenty harmless coincidences
 * would be proposed to a person as a finding.
 */

import { requireCount, requireUnit } from './range';

interface Ranked {
  readonly p: number;
  /** Place in the order given. */
  readonly index: number;
}

function ascending(p: readonly number[]): Ranked[] {
  for (const [index, value] of p.entries()) requireUnit(`p[${index}]`, value);
  return p.map((value, index) => ({ p: value, index })).sort((a, b) => a.p - b.p);
}

/**
 * Adjusted p-values that bound the expected share of false findings, in the order given: min over j ≥ i of n p(j) / j, at most 1.
 *
 * @throws {RangeError} when a p-value is outside [0, 1]
 * @see Benjamini & Hochberg (1995), JRSS B 57:289
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const adjusted = new Array<number>(p.length);
  let least = 1;
  const descending = ascending(p).reverse();
  for (const [place, ranked] of descending.entries()) {
    least = Math.min(least, (ranked.p * p.length) / (p.length - place));
    adjusted[ranked.index] = least;
  }
  return adjusted;
}

/**
 * Adjusted p-values that bound the chance of even one false finding, in the order given: max over j ≤ i of (n − j + 1) p(j), at most 1.
 *
 * @throws {RangeError} when a p-value is outside [0, 1]
 * @see Holm (1979), Scandinavian Journal of Statistics 6:65
 */
export function holm(p: readonly number[]): number[] {
  const adjusted = new Array<number>(p.length);
  let most = 0;
  for (const [place, ranked] of ascending(p).entries()) {
    most = Math.max(most, Math.min(1, ranked.p * (p.length - place)));
    adjusted[ranked.index] = most;
  }
  return adjusted;
}

/**
 * One p-value of all passes over a class: min(1, maxPasses · min p), Bonferroni's bound. Every pass that was allowed is
 * paid for, also one that was not used: whether to use it was decided from the data.
 *
 * @param p         one p-value per pass made, 1 to maxPasses of them
 * @param maxPasses passes that were allowed, an integer of at least 1
 * @throws {RangeError} when there is no p-value, more than allowed, or one outside [0, 1]
 */
export function combinePasses(p: readonly number[], maxPasses: number): number {
  requireCount('maxPasses', maxPasses, 1);
  requireCount('the number of p-values', p.length, 1);
  if (p.length > maxPasses) throw new RangeError(`There are ${p.length} p-values for at most ${maxPasses} passes.`);
  for (const [index, value] of p.entries()) requireUnit(`p[${index}]`, value);
  return Math.min(1, maxPasses * Math.min(...p));
}
