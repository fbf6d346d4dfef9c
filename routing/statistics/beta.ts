/**
 * The Beta distribution: exact intervals of rates, posteriors, binomial sums and Student's t all reduce to it.
 *
 * Relative error at most 1e-12 for parameters from 0.01 to 1e6, in both tails.
 */

import { deviance, stirlingError } from './deviance';
import { logGamma } from './gamma';
import { requireOpenUnit, requirePositive, requireUnit } from './range';

/** The fraction needs some √max(a, b) terms; this is enough to 10⁸ and ends a loop that would not converge. */
const MAX_TERMS = 200_000;
const TINY = 1e-300;

/** exp(±744) is the edge of what a number can hold. */
const MAX_LOGIT = 744;
/** Bisection alone would need 64 steps; Newton's steps are taken only where they do better. */
const MAX_STEPS = 200;

/** The two probabilities a point divides a distribution into; each keeps its digits when it is tiny. */
export interface Tails {
  readonly lower: number;
  readonly upper: number;
}

/**
 * ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), for a, b > 0.
 *
 * Where both are large, Stirling's formula is cancelled by algebra, so that no digits are lost to the three large terms.
 *
 * @throws {RangeError} when a or b is not a finite number above 0
 */
export function logBeta(a: number, b: number): number {
  requirePositive('a', a);
  requirePositive('b', b);
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  const rest =
    stirlingError(large) - stirlingError(small + large) - (large - 0.5) * Math.log1p(small / large) - small * Math.log(small + large);
  return logGamma(small) + small + rest;
}

/**
 * x^a y^b / B(a, b) with y = 1 − x, in Loader's form. It is also the density of logit(x), which the quantile uses.
 * x and y are both given, for 1 − x has no digits left where y is tiny.
 */
export function betaKernel(x: number, y: number, a: number, b: number): number {
  if (x === 0 || y === 0) return 0;
  const n = a + b;
  const stirling = stirlingError(n) - stirlingError(a) - stirlingError(b);
  return Math.exp(stirling - deviance(a, n * x) - deviance(b, n * y)) * Math.sqrt((a / n) * (b / (2 * Math.PI)));
}

/**
 * I_x(a, b) by the continued fraction of DiDonato & Morris with Lentz's method, good for x < (a + 1)/(a + b + 2).
 * Unlike the textbook's, its terms do not cancel where x is next to 1 and a is large, as in Student's t.
 *
 * @see DiDonato & Morris (1992), "Algorithm 708: significant digit computation of the incomplete beta function ratios", BFRAC
 */
function lowerByFraction(x: number, y: number, a: number, b: number): number {
  const lambda = a > b ? (a + b) * y - b : a - (a + b) * x;
  let c = (a * (lambda + 1)) / (a + 1) || TINY;
  let d = 0;
  let denominator = c;
  for (let n = 1; n <= MAX_TERMS; n += 1) {
    const weight = n * (b - n) * x;
    const odd = a + 2 * n - 1;
    const numerator = ((a + n - 1) / odd) * ((a + b + n - 1) / odd) * weight * x;
    const next = n + weight / odd + ((a + n) / (odd + 2)) * (lambda + 1 + n * (1 + y));
    d = 1 / (next + numerator * d || TINY);
    c = next + numerator / c || TINY;
    denominator *= c * d;
    if (Math.abs(c * d - 1) < Number.EPSILON) break;
  }
  return betaKernel(x, y, a, b) / denominator;
}

/** P(X ≤ x) and P(X > x) for X ~ Beta(a, b), with y = 1 − x given beside x. The smaller of the two is computed, not subtracted. */
export function betaTails(x: number, y: number, a: number, b: number): Tails {
  if (x === 0) return { lower: 0, upper: 1 };
  if (y === 0) return { lower: 1, upper: 0 };
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(1, lowerByFraction(x, y, a, b));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, lowerByFraction(y, x, b, a));
  return { lower: 1 - upper, upper };
}

/**
 * P(X ≤ x) for X ~ Beta(a, b): the regularised incomplete beta function I_x(a, b), in [0, 1].
 *
 * @throws {RangeError} when x is outside [0, 1] or a parameter is not above 0
 */
export function betaCdf(x: number, a: number, b: number): number {
  requireUnit('x', x);
  requirePositive('a', a);
  requirePositive('b', b);
  return betaTails(x, 1 - x, a, b).lower;
}

/**
 * The logit ln(x/(1 − x)) of the point that divides Beta(a, b) into these tails.
 *
 * Solved on the logarithm of the smaller tail: there the logit has bounded slopes, so a quantile of 1e-200 or one next to 1
 * comes out with the same digits as one near the centre. Newton's step wherever it stays between the bounds, else bisection.
 *
 * @param tails both above 0, with sum 1
 */
export function betaQuantileLogit(tails: Tails, a: number, b: number): number {
  const byLower = tails.lower <= tails.upper;
  const target = Math.log(byLower ? tails.lower : tails.upper);
  let low = -MAX_LOGIT;
  let high = MAX_LOGIT;
  let logit = Math.log(a / b);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const x = 1 / (1 + Math.exp(-logit));
    const y = 1 / (1 + Math.exp(logit));
    const at = betaTails(x, y, a, b);
    const tail = byLower ? at.lower : at.upper;
    // Positive when the point lies to the right of the quantile, whichever tail is used.
    const excess = byLower ? Math.log(tail) - target : target - Math.log(tail);
    if (excess === 0) return logit;
    if (excess > 0) high = logit;
    else low = logit;
    const newton = logit - (excess * tail) / betaKernel(x, y, a, b);
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - logit) <= Number.EPSILON * Math.max(1, Math.abs(logit))) return next;
    logit = next;
  }
  return logit;
}

/**
 * The x with P(X ≤ x) = p for X ~ Beta(a, b), in [0, 1]. 0 or 1 where the quantile is closer to it than numbers can tell.
 *
 * @param p in (0, 1)
 * @throws {RangeError} when p is not strictly between 0 and 1 or a parameter is not above 0
 */
export function betaQuantile(p: number, a: number, b: number): number {
  requireOpenUnit('p', p);
  return betaQuantileOfTails({ lower: p, upper: 1 - p }, a, b);
}

/** {@link betaQuantile} of 1 − p, without the digits that 1 − p would lose for a small p. */
export function betaUpperQuantile(p: number, a: number, b: number): number {
  requireOpenUnit('p', p);
  return betaQuantileOfTails({ lower: 1 - p, upper: p }, a, b);
}

function betaQuantileOfTails(tails: Tails, a: number, b: number): number {
  requirePositive('a', a);
  requirePositive('b', b);
  const logit = betaQuantileLogit(tails, a, b);
  if (logit <= 1 - MAX_LOGIT) return 0;
  return 1 / (1 + Math.exp(-logit));
}
