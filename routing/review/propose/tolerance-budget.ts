/**
 * What is left of a class's tolerance.
 *
 * Each step may lose a little and still be non-inferior to the one before; five losses of .02 are a loss of .10 that nobody agreed
 * to. So the tolerance is counted from an anchor: the last superiority, or the last time a person set the level anew.
 */

import { requireFinite, requirePositive } from '../../statistics/range';

/**
 * The margin for the next proposal: the agreed one minus the accepted losses since the anchor. Gains do not buy it back. Zero or
 * less means that no further loss can be accepted.
 *
 * @param margin         agreed tolerance, > 0
 * @param acceptedDeltas candidate minus baseline of each accepted change since the anchor
 * @throws {RangeError} when an argument is outside its range
 * @see EMA (2005) and ICH E10 on "bio-creep" of non-inferiority trials
 */
export function remainingMargin(margin: number, acceptedDeltas: readonly number[]): number {
  requirePositive('margin', margin);
  let left = margin;
  for (const delta of acceptedDeltas) {
    requireFinite('An accepted difference', delta);
    left += Math.min(0, delta);
  }
  return left;
}
