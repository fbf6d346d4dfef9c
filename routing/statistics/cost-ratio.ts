/**
 * What a change of model saves, per task and per success.
 *
 * Costs of tasks are skewed and paired, so the saving is a ratio of sums over the same tasks, and a report claims its lower bound.
 */

import { normalQuantile } from './normal';
import { requireCount, requireFinite, requireOpenUnit, requireUnit } from './range';

export interface CostRatio {
  /** Cost of the candidate over cost of the baseline. */
  readonly ratio: number;
  readonly se: number;
  readonly lo: number;
  readonly hi: number;
  /** 1 − hi: the share of the baseline's cost that is saved at least; negative when that is not sure. */
  readonly savingLowerBound: number;
}

/**
 * Ratio R of two sums of paired costs: `se = sqrt(Σ(c_i − R b_i)²/(n(n−1))) / mean(b)` by the delta method, and the interval
 * `R exp(±z se/R)` on the log scale, where a ratio is nearest to normal.
 *
 * @param candidate cost of each task by the candidate, all attempts and retries, ≥ 0, with a sum above 0
 * @param baseline  cost of the same tasks, in the same order and unit, ≥ 0, with a sum above 0
 * @param conf      two-sided confidence, in (0, 1)
 * @throws {RangeError} when there are fewer than 2 pairs, or an argument is outside its range
 * @see Cochran (1977), Sampling Techniques, §6.4
 */
export function pairedCostRatio(candidate: readonly number[], baseline: readonly number[], conf: number): CostRatio {
  requireOpenUnit('conf', conf);
  requireCosts('candidate', candidate, 2);
  requireCosts('baseline', baseline, 2);
  const n = baseline.length;
  if (candidate.length !== n) throw new RangeError(`${candidate.length} costs of the candidate do not pair with ${n} of the baseline.`);
  const candidateSum = sum(candidate);
  const baselineSum = sum(baseline);
  if (candidateSum === 0 || baselineSum === 0) throw new RangeError('One of the models cost nothing at all; their ratio has no interval.');

  const ratio = candidateSum / baselineSum;
  const squares = sum(candidate.map((cost, at) => (cost - ratio * baseline[at]!) ** 2));
  const se = Math.sqrt(squares / (n * (n - 1))) / (baselineSum / n);
  const factor = Math.exp((normalQuantile((1 + conf) / 2) * se) / ratio);
  return { ratio, se, lo: ratio / factor, hi: ratio * factor, savingLowerBound: 1 - ratio * factor };
}

/**
 * Cost of one success: the cost of everything that was tried, over the successes. Infinity when nothing succeeded.
 *
 * @param costs     cost of each task, all attempts and retries, ≥ 0
 * @param successes of the same tasks: 1 or 0 each, or a score in [0, 1]
 * @throws {RangeError} when there is no task, the two do not pair up, or a value is outside its range
 */
export function costPerSuccess(costs: readonly number[], successes: readonly number[]): number {
  requireCosts('costs', costs, 1);
  if (successes.length !== costs.length) throw new RangeError(`${costs.length} costs do not pair with ${successes.length} outcomes.`);
  for (const success of successes) requireUnit('A success', success);
  const succeeded = sum(successes);
  return succeeded === 0 ? Infinity : sum(costs) / succeeded;
}

function requireCosts(name: string, costs: readonly number[], least: number): void {
  requireCount(`The number of costs in ${name}`, costs.length, least);
  for (const cost of costs) {
    requireFinite(`A cost in ${name}`, cost);
    if (cost < 0) throw new RangeError(`A cost in ${name} is ${cost}; no cost is below 0.`);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
