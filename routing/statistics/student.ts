/** Student's t distribution: means of few differences, and means over few clusters or days. */

import { betaQuantileLogit, betaTails } from './beta';
import { requireFinite, requireOpenUnit, requirePositive } from './range';

/**
 * P(T > t), in [0, 1], with full digits in the far tail: ½ I_x(df/2, ½) at x = df/(df + t²) for t ≥ 0
 * (Abramowitz & Stegun 26.7.1).
 *
 * @param df degrees of freedom, above 0; need not be an integer
 * @throws {RangeError} when t is not finite or df is not above 0
 */
export function tUpperTail(t: number, df: number): number {
  requireFinite('t', t);
  requirePositive('df', df);
  const total = df + t * t;
  const twoSided = betaTails(df / total, (t * t) / total, df / 2, 0.5);
  return t >= 0 ? twoSided.lower / 2 : 1 - twoSided.lower / 2;
}

/**
 * The t with P(T ≤ t) = p.
 *
 * @param p  in (0, 1)
 * @param df degrees of freedom, above 0; need not be an integer
 * @throws {RangeError} when p is not strictly between 0 and 1 or df is not above 0
 */
export function tQuantile(p: number, df: number): number {
  requireOpenUnit('p', p);
  requirePositive('df', df);
  const central = Math.abs(p - 0.5);
  if (central === 0) return 0;
  // x = df/(df + t²), so that t² = df (1 − x)/x = df exp(−logit x).
  const logit = betaQuantileLogit({ lower: 2 * Math.min(p, 1 - p), upper: 2 * central }, df / 2, 0.5);
  return Math.sign(p - 0.5) * Math.sqrt(df) * Math.exp(-logit / 2);
}
