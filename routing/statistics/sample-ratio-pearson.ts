/** Whether units arrived in the arms of a split as they should have: a wrong split makes every comparison of the arms void. */

import { chiSquareUpperTail } from './chi-square';
import { requireCount, requirePositive } from './range';

/**
 * Pearson's chi-square p-value, in [0, 1], that units were split by these weights. For one look at the end; raise the alarm below 0.001.
 *
 * @param observed units per arm, integers of at least 0, at least one unit in all
 * @param weights  intended shares in the same order, above 0; need not sum to 1
 * @throws {RangeError} when there are fewer than 2 arms, the lengths differ, or a number is outside its range
 */
export function sampleRatioP(observed: readonly number[], weights: readonly number[]): number {
  requireCount('the number of arms', observed.length, 2);
  if (weights.length !== observed.length) throw new RangeError(`There are ${observed.length} arms and ${weights.length} weights.`);
  for (const [arm, count] of observed.entries()) requireCount(`observed[${arm}]`, count);
  for (const [arm, weight] of weights.entries()) requirePositive(`weights[${arm}]`, weight);
  const units = observed.reduce((sum, count) => sum + count, 0);
  requireCount('the number of units', units, 1);
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const statistic = weights.reduce((sum, weight, arm) => {
    const expected = (units * weight) / totalWeight;
    return sum + ((observed[arm] ?? 0) - expected) ** 2 / expected;
  }, 0);
  return chiSquareUpperTail(statistic, observed.length - 1);
}
