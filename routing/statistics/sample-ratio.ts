/**
 * Whether traffic arrives in the shares it was split by, at every look.
 *
 * When it does not, something loses tasks on one side, and the difference between the arms measures that loss instead of the model:
 * the canary pauses, and neither promotes nor blames the model.
 */

import { logGamma } from './gamma';
import { requireCount, requirePositive } from './range';

/** How closely the alternative keeps to the intended shares, in tasks: 10 000 is the default of GrowthBook and Optimizely. */
const DEFAULT_CONCENTRATION = 10_000;

/**
 * Sequential p-value of the sample ratio after each row: the smallest reciprocal so far of the Bayes factor of a
 * Dirichlet-multinomial around the intended shares against exactly these shares. Never rises, and falls below α at any time at all
 * with probability at most α when the split is right. Pause at 0.001.
 *
 * @param rows          new tasks of a period per arm, integers ≥ 0
 * @param weights       intended shares, each > 0, in any scale
 * @param concentration of the Dirichlet prior, > 0
 * @returns one p-value in (0, 1] per row, 0 where it is too small for a number
 * @throws {RangeError} when an argument is outside its range, or a row has not one count per share
 * @see Lindon & Malek (2020), "Anytime-valid inference for multinomial count data", arXiv 2011.03567
 */
export function sequentialSampleRatioP(
  rows: readonly (readonly number[])[],
  weights: readonly number[],
  concentration: number = DEFAULT_CONCENTRATION,
): number[] {
  if (weights.length < 2) throw new RangeError('A sample ratio needs the shares of at least two arms.');
  for (const weight of weights) requirePositive('A share', weight);
  requirePositive('concentration', concentration);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / whole);

  // Bayes factors of the rows multiply to that of their sum, so only the totals are needed.
  const totals = shares.map(() => 0);
  let least = 1;
  return rows.map((row, at) => {
    if (row.length !== shares.length) throw new RangeError(`Row ${at} has ${row.length} counts for ${shares.length} arms.`);
    row.forEach((count, arm) => {
      requireCount(`Count ${arm} of row ${at}`, count);
      totals[arm]! += count;
    });
    least = Math.min(least, Math.exp(-logBayesFactor(totals, shares, concentration)));
    return least;
  });
}

/** The multinomial coefficients of both models are the same and fall out. */
function logBayesFactor(totals: readonly number[], shares: readonly number[], concentration: number): number {
  let tasks = 0;
  let log = logGamma(concentration);
  shares.forEach((share, arm) => {
    const total = totals[arm]!;
    const prior = concentration * share;
    log += logGamma(prior + total) - logGamma(prior) - total * Math.log(share);
    tasks += total;
  });
  return log - logGamma(concentration + tasks);
}
