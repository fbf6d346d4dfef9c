/**
 * What another model would have earned, from the log of a router that chose with known probabilities.
 *
 * It serves to pick what to replay. A router that always chooses the same model says nothing about the others: such a log is refused.
 */

import { requireFinite, requireOpenUnit, requirePositive } from './range';

export interface LoggedChoice {
  readonly action: string;
  /** Probability with which the action was chosen, in (0, 1), as logged then. */
  readonly p: number;
  readonly reward: number;
}

export interface OffPolicyValue {
  /** Inverse propensity score (Horvitz & Thompson 1952): mean(w r). Unbiased without clipping, and noisy. */
  readonly ips: number;
  /** Self-normalised: Σ w r / Σ w. */
  readonly snips: number;
  /** Doubly robust: mean(q̂(target) + w (r − q̂(target))). Right if either the propensities or q̂ are. */
  readonly dr: number;
  /** Effective number of choices, (Σ w)²/Σ w². Do not use the values below 50. */
  readonly ess: number;
  /** Mean of w: near 1 when the propensities are right. */
  readonly meanWeight: number;
}

/**
 * Value of always choosing the target, with weights w = min(1/p, clip) on the log's choices of the target and 0 elsewhere.
 *
 * @param log    choices of the logging router, at least one of the target
 * @param target action to be valued
 * @param qhat   predicted reward by action; that of the target is used
 * @param clip   largest weight, > 0, which trades bias for noise; 10. Null for none
 * @throws {RangeError} when a propensity is not in (0, 1), the target was never chosen, or it has no predicted reward
 * @see Swaminathan & Joachims (2015), "The self-normalized estimator for counterfactual learning"; Dudík, Langford & Li (2011),
 *   "Doubly robust policy evaluation and learning"
 */
export function offPolicy(
  log: readonly LoggedChoice[],
  target: string,
  qhat: Readonly<Record<string, number>>,
  clip: number | null,
): OffPolicyValue {
  if (clip !== null) requirePositive('clip', clip);
  const predicted = Object.hasOwn(qhat, target) ? qhat[target]! : Number.NaN;
  requireFinite(`The predicted reward of "${target}"`, predicted);
  let weights = 0;
  let squares = 0;
  let weighted = 0;
  log.forEach(({ action, p, reward }, at) => {
    requireOpenUnit(`The propensity of choice ${at}`, p);
    requireFinite(`The reward of choice ${at}`, reward);
    if (action !== target) return;
    const weight = Math.min(1 / p, clip ?? Infinity);
    weights += weight;
    squares += weight ** 2;
    weighted += weight * reward;
  });
  if (weights === 0) throw new RangeError(`The log never chose "${target}", so it says nothing about it. Replay it.`);
  return offPolicyOfSums({ n: log.length, weights, squares, weighted }, predicted);
}

/** What a log comes to for one target, whatever its length: the sums that its values are made of. */
export interface OffPolicySums {
  /** Choices of the log, of whatever action; at least 1. */
  readonly n: number;
  /** Over the choices of the target: Σ w, above 0, Σ w² and Σ w r. */
  readonly weights: number;
  readonly squares: number;
  readonly weighted: number;
}

/**
 * As `offPolicy`, of a log that was only looked at as it streamed by.
 *
 * @param predicted reward of the target, q̂
 */
export function offPolicyOfSums({ n, weights, squares, weighted }: OffPolicySums, predicted: number): OffPolicyValue {
  return {
    ips: weighted / n,
    snips: weighted / weights,
    dr: predicted + (weighted - weights * predicted) / n,
    ess: weights ** 2 / squares,
    meanWeight: weights / n,
  };
}
