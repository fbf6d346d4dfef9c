/** Draws from the distributions that the simulated worlds are made of. */

import { normalQuantile } from '../../routing/statistics/normal';

/** Uniform on (0, 1). */
export type Random = () => number;

/** True with probability p. */
export function chance(random: Random, p: number): boolean {
  return random() < p;
}

/** Normal with mean 0 and standard deviation 1. */
export function gaussian(random: Random): number {
  return normalQuantile(Math.min(1 - 1e-16, Math.max(1e-16, random())));
}

/** A count of successes. */
export function binomial(random: Random, trials: number, p: number): number {
  let successes = 0;
  for (let trial = 0; trial < trials; trial += 1) if (random() < p) successes += 1;
  return successes;
}

/** Discordant pairs of n: candidate only with probability (psi + delta)/2, baseline only with (psi − delta)/2. */
export function discordantPairs(random: Random, n: number, psi: number, delta: number): { b: number; c: number; n: number } {
  let b = 0;
  let c = 0;
  const win = (psi + delta) / 2;
  for (let pair = 0; pair < n; pair += 1) {
    const u = random();
    if (u < win) b += 1;
    else if (u < psi) c += 1;
  }
  return { b, c, n };
}

/** A whole array of draws. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
