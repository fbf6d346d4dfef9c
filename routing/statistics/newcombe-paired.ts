/**
 * A second interval for the difference of paired success rates, built from the two rates' own intervals.
 *
 * It shares no step with the score interval, so a wide disagreement of the two is worth a look.
 */

import type { PairCells } from './pair-cells';
import { requireCount } from './range';
import { type Interval, wilson } from './rates';

/**
 * Newcombe's method 10 for candidate rate minus baseline rate: the Wilson limits of both rates, combined with the correlation of the
 * pairs (phi, continuity-corrected when positive). Contains the estimate (b − c)/n.
 *
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when a cell is not a count, all are 0, or the confidence is outside its range
 * @see Newcombe (1998), "Improved confidence intervals for the difference between binomial proportions based on paired data",
 *      Statistics in Medicine 17:2635
 */
export function newcombePaired(cells: PairCells, conf: number): Interval {
  const { a, b, c, d } = cells;
  for (const [name, count] of Object.entries({ a, b, c, d })) requireCount(name, count);
  const n = a + b + c + d;
  requireCount('a + b + c + d', n, 1);
  const candidate = wilsonSpread(a + b, n, conf);
  const baseline = wilsonSpread(a + c, n, conf);
  const phi = correctedPhi(cells, n);
  const combined = (x: number, y: number) => Math.sqrt(Math.max(0, x * x - 2 * phi * x * y + y * y));
  const estimate = (b - c) / n;
  return [estimate - combined(candidate.below, baseline.above), estimate + combined(candidate.above, baseline.below)];
}

/** Correlation of the pairs. When positive its numerator is moved towards 0 by n/2, for a strong one would narrow the interval too much. */
function correctedPhi({ a, b, c, d }: PairCells, n: number): number {
  const scale = Math.sqrt(a + b) * Math.sqrt(c + d) * Math.sqrt(a + c) * Math.sqrt(b + d);
  if (scale === 0) return 0;
  const numerator = a * d - b * c;
  return (numerator > 0 ? Math.max(0, numerator - n / 2) : numerator) / scale;
}

/** How far the Wilson limits lie below and above the observed rate. */
function wilsonSpread(successes: number, n: number, conf: number): { below: number; above: number } {
  const [low, high] = wilson(successes, n, conf);
  return { below: successes / n - low, above: high - successes / n };
}
