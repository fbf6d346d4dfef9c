/** McNemar's test: whether two models that answered the same tasks succeed equally often. Only tasks they disagree on tell. */

import { betaCdf, betaKernel } from './beta';
import { requireCount } from './range';

/** Two-sided p-values, in [0, 1]. */
export interface McNemar {
  /** Never too small, and therefore often too large. */
  readonly exact: number;
  /** Half of the observed case's probability taken off each side: closer to the nominal error rate. */
  readonly midp: number;
}

/**
 * Exact and mid-p test that b and c are equally likely, b ~ Binomial(b + c, ½).
 *
 * @param b tasks on which only the candidate succeeds, an integer of at least 0
 * @param c tasks on which only the baseline succeeds, an integer of at least 0
 * @returns both 1 when there is no such task
 * @throws {RangeError} when a count is not an integer of at least 0
 * @see Fagerland, Lydersen & Laake (2013), BMC Medical Research Methodology 13:91
 */
export function mcnemar(b: number, c: number): McNemar {
  requireCount('b', b);
  requireCount('c', c);
  const n = b + c;
  if (n === 0) return { exact: 1, midp: 1 };
  const fewer = Math.min(b, c);
  // C(n, k) 2^(−n), from the kernel x^a y^b / B(a, b) at x = y = ½ with a = k + 1 and b = n − k + 1.
  const observed = betaKernel(0.5, 0.5, fewer + 1, n - fewer + 1) * (4 / (n + 1));
  if (b === c) return { exact: 1, midp: 1 - observed / 2 };
  // P(X ≤ k) = I_½(n − k, k + 1).
  const exact = 2 * betaCdf(0.5, n - fewer, fewer + 1);
  return { exact, midp: exact - observed };
}
