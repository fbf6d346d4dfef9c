/** The chi-square distribution: how surprising a sum of squared deviations is. */

import { upperGamma } from './gamma';
import { requirePositive } from './range';

/**
 * P(X > x) for a chi-square variable, in [0, 1]. Q(df/2, x/2), Abramowitz & Stegun 26.4.19.
 *
 * @param x  at least 0
 * @param df degrees of freedom, above 0
 * @throws {RangeError} when x is below 0 or df is not above 0
 */
export function chiSquareUpperTail(x: number, df: number): number {
  requirePositive('df', df);
  return upperGamma(df / 2, x / 2);
}
