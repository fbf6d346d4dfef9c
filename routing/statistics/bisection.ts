/** Where a condition stops to hold, for the intervals that have no closed form. */

/** Halvings: an interval of width 2 ends narrower than the spacing of numbers near 1. */
const STEPS = 60;

/**
 * The point of [low, high] up to which the condition holds, to the last digits.
 *
 * @param holds true below the point and false above it; not asked at the ends, so it may be undefined there
 */
export function lastHolding(holds: (x: number) => boolean, low: number, high: number): number {
  let held = low;
  let failed = high;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = held + (failed - held) / 2;
    if (holds(middle)) held = middle;
    else failed = middle;
  }
  return held + (failed - held) / 2;
}
