/**
 * What experience says when a decision is made. Read from tables by the caller, stored with the decision, so that the
 * decision can be computed again.
 */

import type { CapabilityTier } from '../catalogue';
import type { NanoUsd } from '../units';

/** EWMA of ratings with the number of ratings behind it. */
export interface RatingState {
  /** On the 1 to 5 scale. */
  readonly ewma: number;
  readonly count: number;
}

/** How a model did on tasks of one class. */
export interface ClassPerformance {
  readonly attempts: number;
  readonly successes: number;
  /** Mean score in [0, 1] of graded answers; absent when none was graded. */
  readonly meanScore?: number;
  readonly graded: number;
  readonly meanLatencyMs?: number;
  /** Geometric mean of actual over estimated output tokens, which one long answer cannot move far; absent when unknown. */
  readonly outputRatio?: number;
}

/** Circuit breaker of one model. Times are milliseconds since the epoch. */
export type ModelHealth =
  | { readonly state: 'closed'; readonly consecutiveFailures: number }
  /** Left alone until `until`; then one probe may go. `trips` counts openings since the last success. */
  | { readonly state: 'open'; readonly until: number; readonly trips: number }
  /** A probe is on its way; other calls stay away until it ends or `probeUntil` passes. */
  | { readonly state: 'half-open'; readonly probeUntil: number; readonly trips: number };

export interface Knowledge {
  /** By `ratingKey(model, tier)`, and by `ratingKey(model)` over all tiers. */
  readonly ratings: ReadonlyMap<string, RatingState>;
  /** For the task's class, by model. */
  readonly performance: ReadonlyMap<string, ClassPerformance>;
  /** By model; absent: healthy. */
  readonly health: ReadonlyMap<string, ModelHealth>;
  /** Room in the tightest budget that applies to the task; absent: no limit applies. */
  readonly budgetRoomNanoUsd?: NanoUsd;
  /** Names of providers that can be called (they have a key, or need none); absent: all. */
  readonly configuredProviders?: ReadonlySet<string>;
  /** Expected values of the recent queue; absent: nothing to compare with, protection rests on priority alone. */
  readonly valuePercentiles?: { readonly closed: number; readonly claim: number };
}

export const NO_KNOWLEDGE: Knowledge = { ratings: new Map(), performance: new Map(), health: new Map() };

/** Key of a rating state: one (model, tier) pair, or a model over all tiers. */
export function ratingKey(model: string, tier?: CapabilityTier): string {
  return tier === undefined ? model : `${model}#${tier}`;
}
