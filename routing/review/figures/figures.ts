/**
 * What the roll-ups say of a class over a window: the input of a review. Sums and quantiles, never single tasks, so that its size
 * follows classes × models.
 */

import type { Capability, PrivacyTier } from '../../task/task';
import type { NanoUsd } from '../../units';

/** Count, mean and spread of an amount with its quantiles; quantiles come from a sketch and are right within 1 %. */
export interface Amounts {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation; 0 for fewer than two. */
  readonly sd: number;
  readonly p50: number;
  readonly p95: number;
}

/** One model on one class. A task counts for the model that answered it, or where nobody did, for the one it was first given to. */
export interface ModelFigures {
  /** Catalogue id. */
  readonly model: string;
  readonly tasks: number;
  readonly completed: number;
  readonly failed: number;
  /** Tasks that took more than one call. */
  readonly retried: number;
  /** Answers with a score, the sum of their scores, each in [0, 1], and the sum of squares. */
  readonly graded: number;
  readonly scoreSum: number;
  readonly scoreSquareSum: number;
  /** Of the graded, those with a score of at least one half. */
  readonly good: number;
  /** Every score was 0 or 1. */
  readonly isBinary: boolean;
  /** Ratings by people, 1 to 5. */
  readonly rated: number;
  readonly ratingSum: number;
  /** Nano-USD per task, all its calls together. */
  readonly cost: Amounts;
  /** Milliseconds of the answering call. */
  readonly latencyMs: Amounts;
}

/** What the tasks of a class demanded: a candidate must be able to take every one of them. */
export interface ClassDemands {
  /** Tasks by privacy tier; a tier that is absent did not occur. */
  readonly privacyTiers: Readonly<Partial<Record<PrivacyTier, number>>>;
  /** Tasks by residency; the empty name is "anywhere". */
  readonly residencies: Readonly<Record<string, number>>;
  readonly capabilities: readonly Capability[];
  /** The most tokens that a prompt was estimated at, and that an answer was allowed. */
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
}

/** One class, or the classes of an agreed group together. */
export interface ClassFigures {
  /** The class, or the group. */
  readonly name: string;
  /** Its classes; one unless it is a group. */
  readonly classes: readonly string[];
  /** All tasks that ended in the window, refused and cancelled ones too. */
  readonly tasks: number;
  /** Of them, those that another system served, as its logs tell; absent: none. */
  readonly imported?: number;
  readonly refused: number;
  readonly demands: ClassDemands;
  /** Most tasks first. */
  readonly models: readonly ModelFigures[];
  /** Days with at least one task. */
  readonly activeDays: number;
  readonly costNanoUsd: NanoUsd;
}

/** Everything that a review is about. */
export interface Analysis {
  /** Milliseconds since the epoch; tasks that ended in [from, to). */
  readonly from: number;
  readonly to: number;
  readonly tasks: number;
  readonly classes: readonly ClassFigures[];
}
