/**
 * Whether a canary goes on, goes back or is done, from the outcomes of its slice and of an equal concurrent control slice.
 *
 * The replay already proved quality; the canary is the safety test in real traffic. It may be asked after every outcome.
 */

import { requireCount, requirePositive } from './range';
import { asymptoticCsHalfWidth } from './sequential';

/** Tasks with a closed label window, of units that entered in the same period. */
export interface CanaryCounts {
  /** Successes of the candidate's slice, of its labelled tasks. */
  readonly xCand: number;
  readonly nCand: number;
  /** Successes of the control slice, of its labelled tasks. */
  readonly xCtrl: number;
  readonly nCtrl: number;
}

export interface CanaryBounds {
  /** Success rate of the candidate minus that of the control. */
  readonly delta: number;
  readonly se: number;
  /** One-sided bounds, each of which holds at every look with probability 1 − alpha. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * The difference between the arms with its one-sided asymptotic confidence sequence each way.
 *
 * The variances come from (x+1)/(n+2), as an arm without a failure would otherwise claim to know its rate exactly.
 *
 * @param alpha one-sided error rate over all looks, in (0, 0.5); shared among the harm monitors of which any one may roll back
 * @param nStar observations of both arms at which the bounds are tightest, > 0; 500
 * @throws {RangeError} when an arm is empty or an argument is outside its range
 */
export function canaryBounds(counts: CanaryCounts, alpha: number, nStar: number): CanaryBounds {
  const { xCand, nCand, xCtrl, nCtrl } = counts;
  requireArms(counts);
  if (nCand === 0 || nCtrl === 0) throw new RangeError('An arm of the canary has no labelled task; there is nothing to compare yet.');
  const delta = xCand / nCand - xCtrl / nCtrl;
  const se = Math.sqrt(varianceOfRate(xCand, nCand) + varianceOfRate(xCtrl, nCtrl));
  const halfWidth = asymptoticCsHalfWidth(se, nCand + nCtrl, alpha, nStar, 1);
  return { delta, se, lower: delta - halfWidth, upper: delta + halfWidth };
}

export interface CanaryRule {
  readonly alpha: number;
  readonly nStar: number;
  /** The agreed tolerance, > 0: no rollback for an estimate that is better than −margin. */
  readonly margin: number;
  /** What the canary must exclude to promote, > 0; twice the margin, as it repeats a proof and has few tasks. */
  readonly canaryMargin: number;
  /** Labelled tasks each arm needs before the first look, an integer ≥ 0. */
  readonly minPerArm: number;
}

/** Where the rollout stands. */
export interface CanaryStep {
  /** The step has all its tasks and its dwell time. */
  readonly stepDone: boolean;
  readonly lastStep: boolean;
}

/** `CONTINUE` on a step that is done means: go to the next step. `HOLD` waits for a person. */
export type CanaryDecision = 'PROMOTE' | 'ROLLBACK' | 'CONTINUE' | 'HOLD';

/**
 * What follows from the counts.
 *
 * - `ROLLBACK`, at any step: the candidate is worse for certain (upper < 0) and by no less than the tolerance (delta ≤ −margin).
 * - `PROMOTE`: the last step is done and a loss of canaryMargin is excluded (lower > −canaryMargin).
 * - `HOLD`: the last step is done and it is not excluded. Too little evidence never promotes.
 * - `CONTINUE`: otherwise, and always before both arms have minPerArm tasks.
 *
 * @throws {RangeError} when an argument is outside its range
 */
export function canaryDecision(counts: CanaryCounts, rule: CanaryRule, step: CanaryStep): CanaryDecision {
  requireArms(counts);
  requirePositive('margin', rule.margin);
  requirePositive('canaryMargin', rule.canaryMargin);
  requireCount('minPerArm', rule.minPerArm);
  if (Math.min(counts.nCand, counts.nCtrl) < Math.max(1, rule.minPerArm)) return 'CONTINUE';
  const { delta, lower, upper } = canaryBounds(counts, rule.alpha, rule.nStar);
  if (upper < 0 && delta <= -rule.margin) return 'ROLLBACK';
  if (!step.stepDone || !step.lastStep) return 'CONTINUE';
  return lower > -rule.canaryMargin ? 'PROMOTE' : 'HOLD';
}

function requireArms({ xCand, nCand, xCtrl, nCtrl }: CanaryCounts): void {
  requireCount('xCand', xCand);
  requireCount('nCand − xCand', nCand - xCand);
  requireCount('xCtrl', xCtrl);
  requireCount('nCtrl − xCtrl', nCtrl - xCtrl);
}

function varianceOfRate(successes: number, trials: number): number {
  const rate = (successes + 1) / (trials + 2);
  return (rate * (1 - rate)) / trials;
}
