/**
 * How well each admissible model suits a task: five factors on [0, 1], each with one meaning, summed by the policy's weights.
 *
 * Every factor is comparable across tasks. Cost and time are judged on a logarithmic scale against the best candidate, so
 * that "twice as dear" weighs the same for a cent and for a dollar, and a dear candidate that joins changes nobody else's
 * score.
 */

import { type CapabilityTier, tierRank } from '../catalogue';
import { ratingOf, ratingScore, TIER_MATCH_BONUS } from '../learning/choose';
import type { TaskDescriptor } from '../task/descriptor';
import type { AdmissibleModel } from './admissible';
import type { Candidate, Factors } from './decision';
import type { Knowledge } from './knowledge';
import type { FactorWeights, LearningParameters } from './policy';

/**
 * Fit of a model's tier to the task's, by how many tiers it is above (+) or below (−). Too weak a model fails the task;
 * too strong a one only wastes, mostly money and time, which other factors count.
 */
const FIT_ABOVE = [1, 0.85, 0.7, 0.55] as const;
const FIT_BELOW = [1, 0.4, 0.1, 0] as const;

/** Share of the capability factor that is the fit of tiers; the rest is for a model known to be strong at the task's type. */
const FIT_SHARE = 0.9;

/** A candidate this many times dearer than the cheapest scores 0 for cost. Current price lists span about 100 between tiers. */
const COST_SPAN = 100;

/** Below a thousandth of a cent, dearer and cheaper are the same; it also makes a free model comparable. */
const NEGLIGIBLE_NANO_USD = 10_000;

/** A candidate this many times slower than the fastest scores 0 for latency. */
const LATENCY_SPAN = 20;

/** Below this nobody waits. */
const NEGLIGIBLE_MS = 100;

/** Range of `ratingScore`: one star without the bonus, to five stars with it. */
const WORST_RATING_SCORE = 1;
const BEST_RATING_SCORE = 5 + TIER_MATCH_BONUS;

/** An admissible model with its score. */
export interface ScoredModel extends AdmissibleModel {
  readonly candidate: Candidate;
  /** Below the policy's poor threshold by enough ratings: used only after all others. */
  readonly isPoor: boolean;
  /** Ratings behind the historical factor; 0 when it rests on the default priority. */
  readonly ratings: number;
  /** Tiers above (+) or below (−) the task's. */
  readonly tierGap: number;
}

/**
 * Scores the candidates of one task, in the order given.
 *
 * - capability: fit of tiers (0.9) and strength at the task's type (0.1)
 * - cost: 1 for the cheapest, 0 for one 100 times dearer; 0 for an unknown price, which may be any
 * - quality: expected quality, see estimate.ts
 * - latency: 1 for the fastest, 0 for one 20 times slower
 * - historical: what ratings say, see learning/choose.ts, from 1 star to 5 stars in the matching tier
 */
export function scoreModels(
  models: readonly AdmissibleModel[],
  task: { readonly tier: CapabilityTier; readonly descriptor: Pick<TaskDescriptor, 'type'> },
  knowledge: Pick<Knowledge, 'ratings'>,
  rules: { readonly weights: FactorWeights; readonly learning: LearningParameters },
): readonly ScoredModel[] {
  let leastCost = Infinity;
  let leastMs = Infinity;
  for (const { estimate } of models) {
    if (estimate.costNanoUsd !== undefined) leastCost = Math.min(leastCost, estimate.costNanoUsd);
    leastMs = Math.min(leastMs, estimate.latencyMs);
  }
  const weights = normalised(rules.weights);
  const taskRank = tierRank(task.tier);
  return models.map(({ model, estimate }) => {
    const tierGap = tierRank(model.capabilityTier) - taskRank;
    const rating = ratingScore(model, task.tier, ratingOf(knowledge.ratings, model, task.tier), rules.learning);
    const factors: Factors = {
      capability: FIT_SHARE * fitOf(tierGap) + (model.strengths.includes(task.descriptor.type) ? 1 - FIT_SHARE : 0),
      cost: estimate.costNanoUsd === undefined ? 0 : nearness(estimate.costNanoUsd, leastCost, NEGLIGIBLE_NANO_USD, COST_SPAN),
      quality: clamp(estimate.quality),
      latency: nearness(estimate.latencyMs, leastMs, NEGLIGIBLE_MS, LATENCY_SPAN),
      historical: clamp((rating.score - WORST_RATING_SCORE) / (BEST_RATING_SCORE - WORST_RATING_SCORE)),
    };
    const candidate: Candidate = {
      model: model.id,
      score: weightedMean(factors, weights),
      factors,
      estimatedCostNanoUsd: estimate.costNanoUsd ?? 0,
      maxCostNanoUsd: estimate.maxCostNanoUsd ?? 0,
      estimatedLatencyMs: estimate.latencyMs,
    };
    const priced: Candidate = estimate.costNanoUsd === undefined ? { ...candidate, isPriceUnknown: true } : candidate;
    return { model, estimate, candidate: priced, isPoor: rating.isPoor, ratings: rating.ratings, tierGap };
  });
}

/** Higher score first; equals in the order of the catalogue. */
export function byScore(a: ScoredModel, b: ScoredModel): number {
  return b.candidate.score - a.candidate.score;
}

function fitOf(tierGap: number): number {
  return (tierGap >= 0 ? FIT_ABOVE[tierGap] : FIT_BELOW[-tierGap]) ?? 0;
}

/** 1 at the best value, 0 at `span` times the best, straight in the logarithm between. */
function nearness(value: number, best: number, negligible: number, span: number): number {
  const ratio = Math.max(value, negligible) / Math.max(best, negligible);
  return clamp(1 - Math.log(ratio) / Math.log(span));
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Weights as shares of their sum; equal shares when the policy gives none. */
function normalised(weights: FactorWeights): FactorWeights {
  const sum = weights.capability + weights.cost + weights.quality + weights.latency + weights.historical;
  if (sum <= 0) return { capability: 0.2, cost: 0.2, quality: 0.2, latency: 0.2, historical: 0.2 };
  return {
    capability: weights.capability / sum,
    cost: weights.cost / sum,
    quality: weights.quality / sum,
    latency: weights.latency / sum,
    historical: weights.historical / sum,
  };
}

function weightedMean(factors: Factors, weights: FactorWeights): number {
  return (
    factors.capability * weights.capability +
    factors.cost * weights.cost +
    factors.quality * weights.quality +
    factors.latency * weights.latency +
    factors.historical * weights.historical
  );
}
