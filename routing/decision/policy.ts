/**
 * A version of the routing rules. Immutable: a change is a new version.
 */

import type { Check } from '../cascade/check';
import { DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from '../review/settings';
import type { NanoUsd } from '../units';

/** One model, and others that stand in for it when its calls fail. */
export interface ModelRoute {
  readonly kind: 'model';
  /** Catalogue id. */
  readonly model: string;
  /** Catalogue ids, in order of preference. */
  readonly fallbacks: readonly string[];
}

/** A step of a cascade: a model, and what decides whether its answer is good enough. */
export interface RouteStep {
  /** Catalogue id. */
  readonly model: string;
  /** Absent, at the last step alone: its answer is given as it is. */
  readonly check?: Check;
}

/** Models from the cheapest on; the first answer that passes its check is given. */
export interface CascadeRoute {
  readonly kind: 'cascade';
  /** Two or more, no model twice. */
  readonly steps: readonly RouteStep[];
  /** Whether an answer that is streamed may be shown before its check has passed. */
  readonly stream: 'checked' | 'unchecked';
}

/** Which models a class goes to. A learned choice will be a further kind. */
export type Route = ModelRoute | CascadeRoute;

/** Catalogue ids of all models that may answer on a route, in its order. */
export function modelsOfRoute(route: Route): readonly string[] {
  return route.kind === 'model' ? [route.model, ...route.fallbacks] : route.steps.map(({ model }) => model);
}

export interface ClassPolicy {
  /** Absent: the class is scored, among its approved models. */
  readonly route?: Route;
  /** Models that may serve the class, by catalogue id; absent: all that pass the filters. */
  readonly approved?: readonly string[];
  /** How much worse a change may make the class, a difference of success rates in (0, 1]. */
  readonly tolerance: number;
  /** The least success rate anyone accepts, a fraction in [0, 1]; absent: none agreed. */
  readonly floor?: number;
}

/** Weights of the five factors; used as shares of their sum. */
export interface FactorWeights {
  readonly capability: number;
  readonly cost: number;
  readonly quality: number;
  readonly latency: number;
  readonly historical: number;
}

export interface LearningParameters {
  /** Weight of the newest rating, in (0, 1]. */
  readonly alpha: number;
  /** Ratings from which an EWMA outweighs the default priority. */
  readonly minRatings: number;
  /** A model with an EWMA below this is passed over, on the 1 to 5 scale. */
  readonly poorThreshold: number;
  /** EWMA before the first rating, on the 1 to 5 scale. */
  readonly seed: number;
}

/** Percentile and priority thresholds of premium protection. */
export interface PremiumProtection {
  /** A task whose expected value is above this percentile may claim a higher tier. */
  readonly claimPercentile: number;
  /** So may one with at least this priority. */
  readonly claimPriority: number;
  /** A premium model is closed to a task whose expected value is below this percentile … */
  readonly closedPercentile: number;
  /** … and whose priority is below this. */
  readonly openPriority: number;
}

/** How long and how often a task is tried, over all its models. */
export interface AttemptLimits {
  /** Models in a chain. */
  readonly maxModels: number;
  /** Calls of one model. */
  readonly triesPerModel: number;
  /** Calls of one task, whatever its chain. */
  readonly maxAttempts: number;
  /** Time of one task from its decision to its outcome, waiting included, in milliseconds. */
  readonly maxTaskMs: number;
  /** Longest time of one call, in milliseconds. */
  readonly maxCallMs: number;
  /** Longest wait for one model (Retry-After, backoff) before the next one is preferred, in milliseconds. */
  readonly maxWaitMs: number;
  /** First wait of the exponential backoff, in milliseconds; it doubles up to `maxWaitMs`. */
  readonly backoffMs: number;
}

/** When a failing model is left alone. */
export interface CoolDownLimits {
  /** Consecutive failures that open the breaker. */
  readonly failures: number;
  /** How long it stays open before one probe is let through, in milliseconds; doubles while probes fail, up to `maxMs`. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Limits on every task of the policy, beside the task's own. */
export interface PolicyConstraints {
  /** The most that one call may cost at its worst case; absent: no limit. */
  readonly maxCostPerCallNanoUsd?: NanoUsd;
  /** Output tokens asked for when the submitter names no limit. */
  readonly defaultMaxOutputTokens: number;
}

export interface Policy {
  /** 1, 2, 3 … in order of application; 0 for one that is not applied (a file being checked, a dry run). */
  readonly version: number;
  readonly classes: Readonly<Record<string, ClassPolicy>>;
  readonly defaultTolerance: number;
  readonly weights: FactorWeights;
  readonly learning: LearningParameters;
  readonly premium: PremiumProtection;
  readonly attempts: AttemptLimits;
  readonly coolDown: CoolDownLimits;
  readonly constraints: PolicyConstraints;
  /** How changes of this policy are proved, approved and rolled out. */
  readonly review: ReviewSettings;
}

/** What a policy is where the user says nothing. Reasons: design §4 and docs/decisions. */
export const DEFAULT_POLICY: Policy = {
  version: 0,
  classes: {},
  defaultTolerance: 0.05,
  weights: { capability: 0.35, cost: 0.2, quality: 0.2, latency: 0.15, historical: 0.1 },
  learning: { alpha: 0.3, minRatings: 3, poorThreshold: 2.5, seed: 3 },
  premium: { claimPercentile: 90, claimPriority: 95, closedPercentile: 50, openPriority: 90 },
  attempts: {
    maxModels: 4,
    triesPerModel: 3,
    maxAttempts: 8,
    maxTaskMs: 15 * 60_000,
    maxCallMs: 180_000,
    maxWaitMs: 60_000,
    backoffMs: 500,
  },
  coolDown: { failures: 5, baseMs: 30_000, maxMs: 15 * 60_000 },
  constraints: { defaultMaxOutputTokens: 4096 },
  review: DEFAULT_REVIEW_SETTINGS,
};
