/**
 * Bounds that hold at every look at once.
 *
 * A canary is looked at each time outcomes arrive. A fixed-sample test used that way rolls back one good candidate in eight; these
 * bounds may be looked at any number of times, and stopped on at any time, at their stated error rate.
 */

import { lastHolding } from './bisection';
import { normalCdf } from './normal';
import { requireOpenUnit, requirePositive } from './range';

/** One-sided bounds guard one direction with the whole of alpha; two-sided bounds share it. */
export type Sided = 1 | 2;

/**
 * Mixing parameter ρ that makes the two-sided normal-mixture bound tightest at intrinsic time vOpt:
 * `vOpt / (−2 ln α + ln(1 − 2 ln α))`. Take it at 2α for a one-sided bound.
 *
 * @param vOpt  intrinsic time (a sum of variances) to be tightest at, > 0
 * @param alpha error rate, in (0, 1)
 * @throws {RangeError} when an argument is outside its range
 * @see Howard, Ramdas, McAuliffe & Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of
 *   Statistics 49(2); their package confseq uses this approximation of the optimum
 */
export function normalMixtureRho(vOpt: number, alpha: number): number {
  requirePositive('vOpt', vOpt);
  requireOpenUnit('alpha', alpha);
  return vOpt * tuning(alpha);
}

/**
 * Normal-mixture boundary: a sum of sub-Gaussian differences with intrinsic time v exceeds it at any time at all with probability
 * at most alpha.
 *
 * Two-sided in closed form, `sqrt((v + ρ)(ln(1 + v/ρ) − 2 ln α))`; one-sided as the root s of
 * `½ ln(4ρ/(v + ρ)) + s²/(2(v + ρ)) + ln Φ(s/√(v + ρ)) = −ln α`, which is tighter than its closed-form bound.
 *
 * @param v     intrinsic time now, ≥ 0
 * @param alpha error rate, in (0, 1), one-sided in (0, 0.5); the bound is also tuned at it
 * @param vOpt  intrinsic time to be tightest at, > 0
 * @throws {RangeError} when an argument is outside its range
 * @see Howard et al. (2021), propositions 5 and 6
 */
export function normalMixtureBound(v: number, alpha: number, vOpt: number, sided: Sided): number {
  if (!(v >= 0 && v < Infinity)) throw new RangeError(`v is ${v}; intrinsic time must be a number ≥ 0.`);
  requireAlpha(alpha, sided);
  const rho = normalMixtureRho(vOpt, sided === 1 ? 2 * alpha : alpha);
  const scale = Math.sqrt(v + rho);
  const twoSided = Math.sqrt(Math.log1p(v / rho) - 2 * Math.log(alpha));
  if (sided === 2) return scale * twoSided;

  const isInside = (z: number) => 0.5 * Math.log((4 * rho) / (v + rho)) + (z * z) / 2 + Math.log(normalCdf(z)) < -Math.log(alpha);
  // At 0 the mixture is at most 1; at the two-sided bound it is past 1/α, as 4Φ² ≥ 1 there.
  return scale * lastHolding(isInside, 0, twoSided);
}

/**
 * Half-width of an asymptotic confidence sequence around an estimate with standard error se after n observations.
 *
 * With `r² = (−2 ln a + ln(1 − 2 ln a)) / nStar` and `k = n r² + 1` it is `se √n √(2k/(n r)² · L)`; one-sided a = 2α and
 * `L = ln(1 + √k/(2α))`, two-sided a = α and `L = ln(√k/α)`. It holds for large n: take no look before 50 per arm.
 *
 * @param se    standard error of the estimate now, ≥ 0
 * @param n     observations behind it, all arms together, > 0
 * @param alpha error rate over all looks, in (0, 1), one-sided in (0, 0.5)
 * @param nStar number of observations to be tightest at, > 0; anything from 150 to 1000 serves a canary about equally
 * @throws {RangeError} when an argument is outside its range
 * @see Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), "Time-uniform central limit theory and asymptotic confidence
 *   sequences", Annals of Statistics 52(6), arXiv 2103.06476
 */
export function asymptoticCsHalfWidth(se: number, n: number, alpha: number, nStar: number, sided: Sided): number {
  if (!(se >= 0 && se < Infinity)) throw new RangeError(`se is ${se}; a standard error must be a number ≥ 0.`);
  requirePositive('n', n);
  requirePositive('nStar', nStar);
  requireAlpha(alpha, sided);
  const rSquared = 1 / (nStar * tuning(sided === 1 ? 2 * alpha : alpha));
  const k = n * rSquared + 1;
  const logTerm = sided === 1 ? Math.log1p(Math.sqrt(k) / (2 * alpha)) : Math.log(Math.sqrt(k) / alpha);
  return se * Math.sqrt(((2 * k) / (n * rSquared)) * logTerm);
}

function requireAlpha(alpha: number, sided: Sided): void {
  requireOpenUnit('alpha', alpha);
  if (sided === 1 && alpha >= 0.5) throw new RangeError(`alpha is ${alpha}; a one-sided error rate must lie below 0.5.`);
}

/** Share of the intrinsic time to be tightest at that goes into ρ. */
function tuning(alpha: number): number {
  const twiceLog = -2 * Math.log(alpha);
  return 1 / (twiceLog + Math.log1p(twiceLog));
}
