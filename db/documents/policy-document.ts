/**
 * A policy as a JSON column holds it, and what differs between two of them.
 */

import { z } from 'zod';
import type {
  AttemptLimits,
  ClassPolicy,
  CoolDownLimits,
  FactorWeights,
  LearningParameters,
  ModelRoute,
  Policy,
  PolicyConstraints,
  PremiumProtection,
  Route,
} from '../../routing/decision/policy';
import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { canonicalJson, type JsonValue, sha256Hex } from './canonical-json';
import { cascadeRoute } from './cascade-document';
import { differenceJson, type JsonChange } from './json-differences';
import { readStored } from './read-stored';
import { reviewSettings } from './review-settings-document';

const fraction = z.number().min(0).max(1);
const count = z.int().min(0);
const milliseconds = z.number().min(0);

const modelRoute = z.strictObject({
  kind: z.literal('model'),
  model: z.string(),
  fallbacks: z.array(z.string()),
}) satisfies z.ZodType<ModelRoute>;
const route = z.discriminatedUnion('kind', [modelRoute, cascadeRoute]) satisfies z.ZodType<Route>;
const classPolicy = z.strictObject({
  route: route.exactOptional(),
  approved: z.array(z.string()).exactOptional(),
  tolerance: fraction,
  floor: fraction.exactOptional(),
}) satisfies z.ZodType<ClassPolicy>;

const storedPolicy = z.strictObject({
  version: count,
  classes: z.record(z.string(), classPolicy),
  defaultTolerance: fraction,
  weights: z.strictObject({
    capability: z.number().min(0),
    cost: z.number().min(0),
    quality: z.number().min(0),
    latency: z.number().min(0),
    historical: z.number().min(0),
  }) satisfies z.ZodType<FactorWeights>,
  learning: z.strictObject({
    alpha: z.number().gt(0).max(1),
    minRatings: count,
    poorThreshold: z.number(),
    seed: z.number(),
  }) satisfies z.ZodType<LearningParameters>,
  premium: z.strictObject({
    claimPercentile: z.number(),
    claimPriority: z.number(),
    closedPercentile: z.number(),
    openPriority: z.number(),
  }) satisfies z.ZodType<PremiumProtection>,
  attempts: z.strictObject({
    maxModels: z.int().min(1),
    triesPerModel: z.int().min(1),
    maxAttempts: z.int().min(1),
    maxTaskMs: milliseconds,
    maxCallMs: milliseconds,
    maxWaitMs: milliseconds,
    backoffMs: milliseconds,
  }) satisfies z.ZodType<AttemptLimits>,
  coolDown: z.strictObject({ failures: z.int().min(1), baseMs: milliseconds, maxMs: milliseconds }) satisfies z.ZodType<CoolDownLimits>,
  constraints: z.strictObject({
    maxCostPerCallNanoUsd: count.exactOptional(),
    defaultMaxOutputTokens: z.int().min(1),
  }) satisfies z.ZodType<PolicyConstraints>,
  // Policies from before there were reviews say nothing of them.
  review: reviewSettings.default(DEFAULT_REVIEW_SETTINGS as z.output<typeof reviewSettings>),
}) satisfies z.ZodType<Policy>;

export function policyToJson(policy: Policy): JsonValue {
  return JSON.parse(canonicalJson(policy)) as JsonValue;
}

/**
 * Reads back what `policyToJson` gave.
 *
 * @throws {RoutingError} `bad_config` when the column holds something else
 */
export function policyFromJson(json: unknown): Policy {
  return readStored(storedPolicy, json, 'policy');
}

/** Names the rules of a policy, whichever version number they have: the SHA-256 of its canonical JSON without `version`. */
export function policySha256(policy: Policy): string {
  const { version: _, ...rules } = policy;
  return sha256Hex(canonicalJson(rules));
}

/** One changed rule. */
export type PolicyChange = JsonChange;

/** What differs between two policies besides their version, in the order of the keys. A list counts as one value. */
export function differencePolicies(before: Policy, after: Policy): PolicyChange[] {
  return differenceJson(policyToJson({ ...before, version: 0 }), policyToJson({ ...after, version: 0 }));
}
