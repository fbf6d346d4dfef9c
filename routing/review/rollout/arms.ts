/**
 * What the two arms of a rollout show: the share that was moved, and an equal share of the old route at the same time.
 *
 * Only these two are compared, never before with after. While the shares are equal all steps count as one period, so that a weight
 * that grows cannot tilt the comparison; the soak, whose shares differ, is a period of its own.
 */

import { normalQuantile } from '../../statistics/normal';
import { newcombeIndependent } from '../../statistics/rates';
import { sequentialSampleRatioP } from '../../statistics/sample-ratio';
import { asymptoticCsHalfWidth } from '../../statistics/sequential';

/** One arm in one period. Quality is a success (0 or 1) or a score in [0, 1]; a task that failed counts 0. */
export interface ArmCounts {
  /** Affinity keys whose tasks entered it: what is split. */
  readonly units: number;
  /** Tasks that ended, and whose labels are final. */
  readonly closed: number;
  /** Of them, those that have a label. */
  readonly labelled: number;
  readonly sum: number;
  readonly squareSum: number;
  /** Affinity keys of the labelled tasks, with Σs², Σsn and Σn² over them: s the sum of a key's labels, n their number. */
  readonly clusters: number;
  readonly clusterSquares: number;
  readonly clusterProducts: number;
  readonly clusterSizes: number;
}

export interface Period {
  readonly canary: ArmCounts;
  readonly control: ArmCounts;
}

/** Count, mean and standard deviation of what a task cost. */
export interface CostMoments {
  readonly tasks: number;
  readonly mean: number;
  readonly sd: number;
}

/** Everything that a look at a rollout sees. */
export interface ArmFigures {
  readonly even: Period;
  readonly soak: Period;
  /** Labelled and closed tasks of each arm since the present step began. */
  readonly step: { readonly canary: StepCounts; readonly control: StepCounts };
  /** Ended calls of each arm's own model. Calls that nobody can blame on a model (cancelled, no budget, lost worker) are left out. */
  readonly calls: { readonly canary: CallCounts; readonly control: CallCounts };
  /** Calls of moved tasks to a model that is not approved for their privacy tier or residency, and those stopped right before. */
  readonly breaches: number;
  /** The candidate's circuit breaker is not closed. */
  readonly isCandidateCoolingDown: boolean;
  /** Of tasks with closed labels, while the shares are equal. */
  readonly cost: { readonly canary: CostMoments; readonly control: CostMoments };
  /** From decision to outcome: the least p95 that the canary can be thought to have, and the greatest of the control; null: too few tasks. */
  readonly latency: { readonly canaryP95LowMs: number | null; readonly controlP95HighMs: number | null };
  /** When a task last entered an arm, in milliseconds since the epoch; null: none did. */
  readonly lastEntryMs: number | null;
}

export interface StepCounts {
  readonly closed: number;
  readonly labelled: number;
}

export interface CallCounts {
  readonly calls: number;
  /** Failures of the model's own making: timeouts, refusals, malformed answers. */
  readonly ownFailures: number;
  /** Failures of its provider: overload, rate limits, lost connections. */
  readonly outages: number;
}

/** Difference of qualities, canary minus control, with one-sided bounds that hold at every look at once. */
export interface ArmDifference {
  readonly delta: number;
  readonly lower: number;
  readonly upper: number;
}

/** Clusters from which their spread says something, where tasks share affinity keys. */
const LEAST_CLUSTERS = 8;

/**
 * The difference over the periods, each weighted by what it can tell, `w = nₐ n_b / (nₐ + n_b)` (Mantel–Haenszel), with an asymptotic
 * confidence sequence over `Σ 4w` tasks: with one period of equal arms it is `canaryBounds`.
 *
 * @param alpha one-sided error over all looks, in (0, 0.5)
 * @param nStar tasks at which the bounds are tightest, > 0
 * @returns undefined while an arm has no labelled task, or has too few affinity keys to know how alike their tasks are
 */
export function armDifference(periods: readonly Period[], alpha: number, nStar: number): ArmDifference | undefined {
  let weights = 0;
  let weighted = 0;
  let variance = 0;
  for (const { canary, control } of periods) {
    if (canary.labelled === 0 || control.labelled === 0) continue;
    const varianceHere = varianceOfMean(canary) + varianceOfMean(control);
    if (varianceHere === Infinity) return undefined;
    const weight = (canary.labelled * control.labelled) / (canary.labelled + control.labelled);
    weights += weight;
    weighted += weight * (canary.sum / canary.labelled - control.sum / control.labelled);
    variance += weight ** 2 * varianceHere;
  }
  if (weights === 0) return undefined;
  const delta = weighted / weights;
  const halfWidth = asymptoticCsHalfWidth(Math.sqrt(variance) / weights, 4 * weights, alpha, nStar, 1);
  return { delta, lower: delta - halfWidth, upper: delta + halfWidth };
}

/**
 * Variance of an arm's mean: the larger of that of independent tasks, with one success and one failure added (an arm without a failure
 * would otherwise claim to know its rate exactly), and where tasks share affinity keys, the cluster-robust one. Infinity: unknown.
 */
function varianceOfMean(arm: ArmCounts): number {
  const n = arm.labelled;
  const independent = ((arm.squareSum + 1) / (n + 2) - ((arm.sum + 1) / (n + 2)) ** 2) / n;
  if (arm.clusters === n) return independent;
  if (arm.clusters < LEAST_CLUSTERS) return Infinity;
  const mean = arm.sum / n;
  const residuals = arm.clusterSquares - 2 * mean * arm.clusterProducts + mean ** 2 * arm.clusterSizes;
  const clustered = ((arm.clusters / (arm.clusters - 1)) * Math.max(0, residuals)) / n ** 2;
  return Math.max(independent, clustered);
}

/**
 * How closely the alternative keeps to the intended shares, in units: a canary has hundreds, and of 10 000 it would have to be as far
 * off again before anybody was told. The error rate does not depend on it.
 */
const SPLIT_CONCENTRATION = 200;

/**
 * Sequential p-value, in [0, 1], that units were split as they should have been. Holds at every look.
 *
 * @param holdback share of the control during the soak, in [0, 1)
 */
export function sampleRatioOf({ even, soak }: Pick<ArmFigures, 'even' | 'soak'>, holdback: number): number {
  const [evenP = 1] = sequentialSampleRatioP([[even.canary.units, even.control.units]], [1, 1], SPLIT_CONCENTRATION);
  if (holdback === 0) return evenP;
  const [soakP = 1] = sequentialSampleRatioP([[soak.canary.units, soak.control.units]], [1 - holdback, holdback], SPLIT_CONCENTRATION);
  return Math.min(1, 2 * Math.min(evenP, soakP)); // two looks cost two looks
}

/**
 * The difference of the shares of tasks that have a label, where it is more than `limit` and more than chance; else undefined. Arms
 * whose labels are missing differently cannot be compared.
 *
 * @param alpha error of calling chance a difference, in (0, 1)
 */
export function coverageGap({ canary, control }: Period, limit: number, alpha: number): number | undefined {
  if (canary.closed === 0 || control.closed === 0) return undefined;
  const gap = canary.labelled / canary.closed - control.labelled / control.closed;
  if (Math.abs(gap) <= limit) return undefined;
  const [low, high] = newcombeIndependent(canary.labelled, canary.closed, control.labelled, control.closed, 1 - alpha);
  return low > 0 || high < 0 ? gap : undefined;
}

/**
 * The least ratio of mean costs, canary over control, that the arms allow to be thought; undefined where an arm has too few tasks or
 * cost nothing.
 *
 * @param conf two-sided confidence, in (0, 1)
 * @see Cochran (1977), Sampling Techniques, §6.4, for two independent samples, on the log scale
 */
export function leastCostRatio({ canary, control }: ArmFigures['cost'], conf: number): number | undefined {
  if (canary.tasks < 2 || control.tasks < 2 || canary.mean <= 0 || control.mean <= 0) return undefined;
  const relative = ({ tasks, mean, sd }: CostMoments) => sd ** 2 / (tasks * mean ** 2);
  const se = Math.sqrt(relative(canary) + relative(control));
  return (canary.mean / control.mean) * Math.exp(-normalQuantile((1 + conf) / 2) * se);
}
