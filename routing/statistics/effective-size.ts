/** How much a weighted sample is worth: as independent tasks, and as degrees of freedom. */

import { requireCount, requirePositive } from './range';

/**
 * Kish's effective sample size (Σw)²/Σw²: between 1 and the number of weights, and equal to it when all weights are.
 *
 * @param weights each at least 0, not all 0
 * @throws {RangeError} when a weight is negative or not finite, or all are 0
 * @see Kish (1965), "Survey Sampling", section 11.7
 */
export function effectiveSampleSize(weights: readonly number[]): number {
  requireWeights(weights);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  requirePositive('The sum of the weights', total);
  return total ** 2 / weights.reduce((sum, weight) => sum + weight * weight, 0);
}

/**
 * Degrees of freedom of a weighted mean of stratum means: (Σ W²v/n)² / Σ ((W²v/n)²/(n − 1)). At least the smallest n − 1 and at most
 * their sum.
 *
 * @param weights   W of each stratum, at least 0
 * @param variances v of each stratum, at least 0, not all 0 where there is weight
 * @param n         values in each stratum, at least 2
 * @throws {RangeError} when the lists differ in length, an entry is outside its range, or no stratum varies
 * @see Satterthwaite (1946), "An approximate distribution of estimates of variance components", Biometrics Bulletin 2:110
 */
export function satterthwaiteDf(weights: readonly number[], variances: readonly number[], n: readonly number[]): number {
  if (weights.length !== variances.length || weights.length !== n.length)
    throw new RangeError(
      `There are ${weights.length} weights, ${variances.length} variances and ${n.length} sizes; give one of each per stratum.`,
    );
  requireWeights(weights);
  let total = 0;
  let spread = 0;
  for (const [stratum, size] of n.entries()) {
    const variance = variances[stratum]!;
    requireCount('A stratum’s n', size, 2);
    if (!(variance >= 0 && Number.isFinite(variance))) throw new RangeError(`A variance is ${variance}; it must be at least 0.`);
    const part = (weights[stratum]! ** 2 * variance) / size;
    total += part;
    spread += part ** 2 / (size - 1);
  }
  requirePositive('The variance of the weighted mean', total);
  return total ** 2 / spread;
}

function requireWeights(weights: readonly number[]): void {
  for (const weight of weights)
    if (!(weight >= 0 && Number.isFinite(weight))) throw new RangeError(`A weight is ${weight}; it must be at least 0.`);
}
