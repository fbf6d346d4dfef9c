/**
 * What a running count of successes or errors says about its rate, at any look.
 *
 * Both functions mix the likelihood ratio of a coin over its possible rates. Under the true rate that mixture is a martingale that
 * starts at 1, so it reaches 1/α at any time at all with probability at most α (Ville 1939).
 */

import { betaCdf, logBeta } from './beta';
import { lastHolding } from './bisection';
import { requireCount, requireOpenUnit } from './range';

/**
 * Confidence sequence for a success rate, `[low, high]` in [0, 1]: all rates p whose mixture martingale
 * `M_n(p) = B(x+1, n−x+1) / (pˣ (1−p)ⁿ⁻ˣ)` is below 1/α. Holds at every n at once, without asymptotics.
 *
 * @param successes integer in [0, n]
 * @param n         trials so far, an integer ≥ 0; none leave [0, 1]
 * @param alpha     error rate over all looks, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Robbins (1970), "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical Statistics 41(5)
 */
export function bernoulliConfidenceSequence(successes: number, n: number, alpha: number): [number, number] {
  requireCount('successes', successes);
  requireCount('n − successes', n - successes);
  requireOpenUnit('alpha', alpha);
  return [lowestRate(successes, n, alpha), 1 - lowestRate(n - successes, n, alpha)];
}

/** The lower end. The upper one is the lower end for failures, mirrored. */
function lowestRate(successes: number, n: number, alpha: number): number {
  if (successes === 0) return 0;
  const failures = n - successes;
  const least = logBeta(successes + 1, failures + 1) + Math.log(alpha);
  const isExcluded = (p: number) => logLikelihood(p, successes, failures) <= least;
  // The likelihood rises from −∞ at 0 to its maximum at the observed rate, where M_n ≤ 1.
  return lastHolding(isExcluded, 0, successes / n);
}

/**
 * Evidence that an error rate is above its limit, as an E-value ≥ 0: the likelihood ratio against the limit, mixed uniformly over
 * the rates in (limit, 1),
 * `[1/(1−p₀)] ∫_{p₀}^{1} pˣ(1−p)ⁿ⁻ˣ dp / (p₀ˣ(1−p₀)ⁿ⁻ˣ)`.
 *
 * Abort when it is ≥ 1/α; a rate at or below the limit is ever aborted with probability at most α. 8 errors of 60 calls against
 * 2 % give 730. A value beyond the range of numbers is given as the largest number, so that it survives JSON.
 *
 * @param errors integer in [0, n]
 * @param n      calls so far, an integer ≥ 0
 * @param limit  the rate that is still allowed, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Howard et al. (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences"; Ramdas et al. (2023),
 *   "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38(4)
 */
export function errorRateEValue(errors: number, n: number, limit: number): number {
  requireCount('errors', errors);
  requireCount('n − errors', n - errors);
  requireOpenUnit('limit', limit);
  const right = n - errors;
  if (errors <= n * limit) return unlikelyExcess(n, right, limit);
  const mixed = logBeta(errors + 1, right + 1) + Math.log(betaCdf(1 - limit, right + 1, errors + 1)) - Math.log1p(-limit);
  return Math.min(Number.MAX_VALUE, Math.exp(mixed - logLikelihood(limit, errors, right)));
}

/**
 * The same E-value where errors are no more than the limit allows, as `limit/(right+1) · ₂F₁(n+2, 1; right+2; 1−limit)`: the incomplete
 * beta function and the likelihood would both be too small for a number after some thousand good calls, while this series of
 * falling terms is not.
 */
function unlikelyExcess(n: number, right: number, limit: number): number {
  let sum = 0;
  let term = limit / (right + 1);
  for (let k = 0; term > sum * (Number.EPSILON / 8) * limit; k += 1) {
    sum += term;
    term *= ((n + 2 + k) / (right + 2 + k)) * (1 - limit);
  }
  return sum;
}

/** Log-likelihood of a rate in (0, 1). */
function logLikelihood(p: number, successes: number, failures: number): number {
  return successes * Math.log(p) + failures * Math.log1p(-p);
}
