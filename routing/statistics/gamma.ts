/** The gamma function and the incomplete gamma functions, behind chi-square and Poisson probabilities. */

import { deviance, stirlingError } from './deviance';
import { requirePositive } from './range';

const HALF_LOG_TWO_PI = Math.log(2 * Math.PI) / 2;

/** Both methods need some √x terms where x is near a; this is enough to x = 10⁸ and ends a loop that would not converge. */
const MAX_TERMS = 200_000;
const TINY = 1e-300;

/**
 * ln Γ(x), for x > 0. Absolute error about 1e-15 where the value is near 0 (x near 1 and 2), relative error 1e-15 elsewhere.
 *
 * @throws {RangeError} when x is not a finite number above 0
 */
export function logGamma(x: number): number {
  requirePositive('x', x);
  if (x === 1 || x === 2) return 0;
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + stirlingError(x);
}

/** x^a e^(−x) / Γ(a), in Loader's form. */
function gammaKernel(a: number, x: number): number {
  return Math.exp(-stirlingError(a) - deviance(a, x)) * Math.sqrt(a / (2 * Math.PI));
}

/** P(a, x) by its power series, good for x < a + 1 (Abramowitz & Stegun 6.5.29). */
function lowerBySeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k <= MAX_TERMS; k += 1) {
    term *= x / (a + k);
    sum += term;
    if (term < sum * Number.EPSILON * 0.1) break;
  }
  return sum * gammaKernel(a, x);
}

/** Q(a, x) by its continued fraction with Lentz's method, good for x ≥ a + 1 (Abramowitz & Stegun 6.5.31). */
function upperByFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k <= MAX_TERMS; k += 1) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b || TINY);
    c = b + numerator / c || TINY;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < Number.EPSILON) break;
  }
  return fraction * gammaKernel(a, x);
}

function requireGammaArguments(a: number, x: number): void {
  requirePositive('a', a);
  if (!(x >= 0 && Number.isFinite(x))) throw new RangeError(`x is ${x}; it must be a finite number of at least 0.`);
}

/**
 * Regularised lower incomplete gamma function P(a, x), in [0, 1]: the CDF of a gamma variable of shape a and scale 1.
 *
 * @throws {RangeError} when a is not above 0 or x is below 0
 */
export function lowerGamma(a: number, x: number): number {
  requireGammaArguments(a, x);
  if (x === 0) return 0;
  return x < a + 1 ? lowerBySeries(a, x) : 1 - upperByFraction(a, x);
}

/**
 * Regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x), in [0, 1], with full digits in the far tail.
 *
 * @throws {RangeError} when a is not above 0 or x is below 0
 */
export function upperGamma(a: number, x: number): number {
  requireGammaArguments(a, x);
  if (x === 0) return 1;
  return x < a + 1 ? 1 - lowerBySeries(a, x) : upperByFraction(a, x);
}
