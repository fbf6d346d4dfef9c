/** How probable it is that one model's rate is above another's, given their posteriors: orders what to replay next, proves nothing. */

import { betaKernel, betaTails, logBeta } from './beta';
import { requirePositive } from './range';

export interface BetaParameters {
  readonly a: number;
  readonly b: number;
}

/** Beyond this the integral is quicker than the sum and as exact. */
const MAX_SUMMANDS = 1_000;
/** Below this the first summand would vanish and take the sum with it. */
const MIN_LOG_SUMMAND = -700;

/** Distance between two points of the integral, as a share of the narrower standard deviation. */
const STEP_SHARE = 1 / 8;
/** Share of the integral that one more point may be and still be left out. */
const NEGLIGIBLE = 1e-20;

/**
 * P(rate of B > rate of A) for independent Beta rates, in [0, 1].
 *
 * A sum of positive terms where B.a or A.b is an integer; otherwise the integral it stands for.
 *
 * @throws {RangeError} when a parameter is not above 0
 */
export function probabilityBetter(A: BetaParameters, B: BetaParameters): number {
  for (const [name, value] of Object.entries({ 'A.a': A.a, 'A.b': A.b, 'B.a': B.a, 'B.b': B.b })) requirePositive(name, value);
  // Seen from the failures, the question is whether A fails more often than B: P(1 − A > 1 − B).
  const sum = closedForm(A, B) ?? closedForm({ a: B.b, b: B.a }, { a: A.b, b: A.a });
  return Math.min(1, sum ?? integral(A, B));
}

/**
 * Σ over i < B.a of B(A.a + i, A.b + B.b) / ((B.b + i) B(1 + i, B.b) B(A.a, A.b)), each term from the one before.
 * Undefined when B.a is not a small integer.
 *
 * @see Miller (2015), "Formulas for Bayesian A/B testing"; Cook (2005), "Exact calculation of beta inequalities"
 */
function closedForm(A: BetaParameters, B: BetaParameters): number | undefined {
  if (!Number.isInteger(B.a) || B.a > MAX_SUMMANDS) return undefined;
  const logFirst = logBeta(A.a, A.b + B.b) - logBeta(A.a, A.b);
  if (logFirst < MIN_LOG_SUMMAND) return undefined;
  let term = Math.exp(logFirst);
  let sum = 0;
  for (let i = 0; i < B.a; i += 1) {
    sum += term;
    term *= ((A.a + i) / (A.a + i + A.b + B.b)) * ((B.b + i) / (i + 1));
  }
  return sum;
}

/**
 * ∫ P(A < x) dP(B = x) by the trapezoidal rule over the logit of x. On that scale both functions are smooth and fall
 * exponentially, so that the rule's error falls exponentially too, whatever the parameters.
 */
function integral(A: BetaParameters, B: BetaParameters): number {
  const step = STEP_SHARE * Math.min(1, logitDeviation(A), logitDeviation(B));
  const centre = Math.log(B.a / B.b);
  let total = 0;
  // Each direction ends when even a chance of 1 would add nothing; a hopeless B has its sum far from its own peak.
  function addTowards(direction: 1 | -1, first: number): void {
    for (let k = first; ; k += 1) {
      const logit = centre + direction * k * step;
      const x = 1 / (1 + Math.exp(-logit));
      const y = 1 / (1 + Math.exp(logit));
      const density = betaKernel(x, y, B.a, B.b);
      if (density <= total * NEGLIGIBLE) return;
      total += density * betaTails(x, y, A.a, A.b).lower;
    }
  }
  addTowards(1, 0);
  addTowards(-1, 1);
  return step * total;
}

/** About the standard deviation of the logit, √(1/a + 1/b). */
function logitDeviation(of: BetaParameters): number {
  return Math.sqrt(1 / of.a + 1 / of.b);
}
