/** Whether a replay is worth its money, asked before it is spent. */

import { requirePositive } from '../../statistics/range';

/**
 * True when the replay costs at most maxShare of what the change is expected to save in a month.
 *
 * @param expectedMonthlySaving in the unit of replayCost; nothing is worth replaying for a saving of 0 or less
 * @param replayCost            of both models on the whole sample, ≥ 0
 * @param maxShare              > 0; 0.10
 * @throws {RangeError} when an argument is outside its range
 */
export function replayWorthwhile(expectedMonthlySaving: number, replayCost: number, maxShare: number): boolean {
  requirePositive('maxShare', maxShare);
  if (!(replayCost >= 0)) throw new RangeError(`replayCost is ${replayCost}; a cost must be a number ≥ 0.`);
  if (Number.isNaN(expectedMonthlySaving)) throw new RangeError('expectedMonthlySaving is not a number.');
  return expectedMonthlySaving > 0 && replayCost <= maxShare * expectedMonthlySaving;
}
