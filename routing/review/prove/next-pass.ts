/** What follows from a pass: a second one, or the end. Never a third. */

import { normalQuantile } from '../../statistics/normal';
import { conditionalPower } from '../../statistics/power';
import { criticalZ } from '../../statistics/tango';
import type { Comparison } from './evidence';
import { LOOKS } from './quality';

/** Below, another pass is all but lost; above, what stopped the pass is not its size. */
const [LEAST_CHANCE, LARGEST_CHANCE] = [0.1, 0.9];
/** p of 0 and 1 have no quantile. */
const SMALLEST_P = 1e-9;

/** `extend`: the same candidate on fresh tasks. `adjust`: the next candidate. `conclude`: no further pass. */
export type NextPass = 'conclude' | 'extend' | 'adjust';

export interface PassLimits {
  /** Passes that a class may have, 1 or 2. */
  readonly maxPasses: number;
  /** One-sided error of the proof, in (0, 0.5). */
  readonly alpha: number;
  readonly hasSecondCandidate: boolean;
}

/**
 * A pass that decided nothing is extended while its chance to end well, were its trend to go on, lies between 0.1 and 0.9. One
 * that failed or has no chance gives way to the second candidate, where there is one. A pass whose money or time ended gets no second.
 */
export function nextPass(
  { pass, verdict, p, excluded }: Pick<Comparison, 'pass' | 'verdict' | 'p' | 'excluded'>,
  { maxPasses, alpha, hasSecondCandidate }: PassLimits,
): NextPass {
  if (pass > 1 || maxPasses < 2 || isCutShort(excluded)) return 'conclude';
  const other = hasSecondCandidate ? 'adjust' : 'conclude';
  if (verdict === 'FAIL') return other;
  if (verdict !== 'INCONCLUSIVE') return 'conclude';
  const z = -normalQuantile(Math.min(1 - SMALLEST_P, Math.max(SMALLEST_P, p)));
  // The second pass has as many pairs again, and must be as sure as one of two looks.
  const chance = conditionalPower(z, 1 / LOOKS, criticalZ(alpha / LOOKS));
  if (chance < LEAST_CHANCE) return other;
  return chance <= LARGEST_CHANCE ? 'extend' : 'conclude';
}

/** Why a planned replay was not made. */
const CUT_SHORT: readonly string[] = ['not-replayed', 'spend-cap'];

/** Money or time ended before the pass did. */
export function isCutShort(excluded: Comparison['excluded']): boolean {
  return CUT_SHORT.some((why) => (excluded[why] ?? 0) > 0);
}
