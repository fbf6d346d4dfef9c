/** What the two models of a comparison cost on the same tasks, and how long they took. */

import { type CostRatio, costPerSuccess, pairedCostRatio } from '../../statistics/cost-ratio';
import { sampleMean } from '../../statistics/mean';
import { quantileCiRanks, quantileType7 } from '../../statistics/quantiles';
import type { ArmAmounts, Comparison } from './evidence';
import { pairsOf } from './methods';
import type { FrameStratum, ScoredPair } from './scored-pairs';

type Role = 'baseline' | 'candidate';

const CONFIDENCE = 0.95;
/** An answer that never came is slower than every other; a finite number, for quantiles need one. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Amounts of the pairs as they were replayed, for each model alone; the ratio is weighted back to the frame. */
export function costFigures(strata: readonly FrameStratum[]): Comparison['cost'] {
  const pairs = pairsOf(strata);
  return {
    baseline: amountsOf(pairs.map(({ costNanoUsd }) => costNanoUsd.baseline)),
    candidate: amountsOf(pairs.map(({ costNanoUsd }) => costNanoUsd.candidate)),
    ratio: costRatio(strata),
  };
}

/** Nano-USD for one success, everything that was tried included; null when nothing succeeded. */
export function costPerSuccesses(pairs: readonly ScoredPair[]): Comparison['costPerSuccessNanoUsd'] {
  const of = (role: Role) => {
    if (pairs.length === 0) return null;
    const costs = pairs.map(({ costNanoUsd }) => costNanoUsd[role]);
    const cost = costPerSuccess(
      costs,
      pairs.map((pair) => pair[role]),
    );
    return Number.isFinite(cost) ? cost : null;
  };
  return { baseline: of('baseline'), candidate: of('candidate') };
}

/**
 * Latencies of both models, and whether the candidate may be too slow: the upper bound of its p95 is above `maxRatio` times the
 * baseline's p95. A failure without a latency counts as an answer that never came, for both alike. Where no latency is known,
 * nothing is called slow, and the amounts count 0.
 *
 * @returns `isSurelyTooSlow`: even the lower bound of its p95 is above
 */
export function latencyFigures(
  pairs: readonly ScoredPair[],
  maxRatio: number,
): Comparison['latencyMs'] & { readonly isSurelyTooSlow: boolean } {
  const known = (role: Role) => pairs.flatMap(({ latencyMs }) => latencyMs[role] ?? []);
  const baseline = amountsOf(known('baseline'));
  const candidate = amountsOf(known('candidate'));
  if (baseline.n === 0 || candidate.n === 0) return { baseline, candidate, isTooSlow: false, isSurelyTooSlow: false };

  const timed = (role: Role) => pairs.flatMap((pair) => pair.latencyMs[role] ?? (pair.isFailed[role] ? NEVER_MS : []));
  const limit = maxRatio * quantileType7(timed('baseline'), 0.95)!;
  const latencies = timed('candidate').toSorted((one, other) => one - other);
  const { lowerRank, upperRank } = quantileCiRanks(latencies.length, 0.95, CONFIDENCE);
  // A sample too small for an upper bound has its slowest answer, and one too small for a lower bound has none.
  const upper = latencies[Math.min(upperRank, latencies.length) - 1]!;
  const lower = latencies[lowerRank - 1] ?? 0;
  return { baseline, candidate, isTooSlow: upper > limit, isSurelyTooSlow: lower > limit };
}

/** Each pair counts for as many tasks of the frame as it stands for: strata that were sampled more do not weigh more. */
function costRatio(strata: readonly FrameStratum[]): CostRatio | null {
  const n = pairsOf(strata).length;
  const weighted = (role: Role) =>
    strata.flatMap(({ weight, pairs }) => pairs.map(({ costNanoUsd }) => ((n * weight) / pairs.length) * costNanoUsd[role]));
  const [candidate, baseline] = [weighted('candidate'), weighted('baseline')];
  const isFree = (costs: readonly number[]) => costs.every((cost) => cost === 0);
  return n < 2 || isFree(candidate) || isFree(baseline) ? null : pairedCostRatio(candidate, baseline, CONFIDENCE);
}

function amountsOf(values: readonly number[]): ArmAmounts {
  const n = values.length;
  if (n === 0) return { n, mean: 0, sd: 0, p50: 0, p95: 0 };
  const { mean, sd } = n === 1 ? { mean: values[0]!, sd: 0 } : sampleMean(values);
  return { n, mean, sd, p50: quantileType7(values, 0.5)!, p95: quantileType7(values, 0.95)! };
}
