/** A policy in the keys and units of policy.yaml, with every default written out. The inverse of how the file is read. */

import { checkToYaml } from '../../db/documents/cascade-yaml';
import type { ClassPolicy, Policy, Route } from '../../routing/decision/policy';
import { nanoToUsd } from '../../routing/units';
import type { YamlInput } from '../models/set-in-yaml';
import { reviewToYaml } from './review-to-yaml';

/** Keys and values of a file; what has neither a value nor a default is left out. */
export interface YamlDocument {
  readonly [key: string]: YamlInput;
}

const SECOND_MS = 1_000;

export function policyToYaml(policy: Policy): YamlDocument {
  const { learning, premium, attempts, coolDown, constraints } = policy;
  const maxCost = constraints.maxCostPerCallNanoUsd;
  return {
    default_tolerance: policy.defaultTolerance,
    classes: Object.fromEntries(Object.entries(policy.classes).map(([name, entry]) => [name, classToYaml(entry)])),
    weights: { ...policy.weights },
    ewma: { alpha: learning.alpha, min_ratings: learning.minRatings, poor_threshold: learning.poorThreshold, seed: learning.seed },
    premium: {
      claim_percentile: premium.claimPercentile,
      claim_priority: premium.claimPriority,
      closed_percentile: premium.closedPercentile,
      open_priority: premium.openPriority,
    },
    attempts: {
      max_models: attempts.maxModels,
      tries_per_model: attempts.triesPerModel,
      max_attempts: attempts.maxAttempts,
      max_task_seconds: attempts.maxTaskMs / SECOND_MS,
      max_call_seconds: attempts.maxCallMs / SECOND_MS,
      max_wait_seconds: attempts.maxWaitMs / SECOND_MS,
      backoff_ms: attempts.backoffMs,
    },
    cool_down: { failures: coolDown.failures, base_seconds: coolDown.baseMs / SECOND_MS, max_seconds: coolDown.maxMs / SECOND_MS },
    constraints: {
      ...(maxCost !== undefined && { max_cost_per_call_usd: nanoToUsd(maxCost) }),
      default_max_output_tokens: constraints.defaultMaxOutputTokens,
    },
    review: reviewToYaml(policy.review),
  };
}

function classToYaml({ route, approved, tolerance, floor }: ClassPolicy): YamlDocument {
  return {
    ...(route !== undefined && { route: routeToYaml(route) }),
    ...(approved !== undefined && { approved }),
    tolerance,
    ...(floor !== undefined && { floor }),
  };
}

function routeToYaml(route: Route): YamlDocument {
  if (route.kind === 'model') return { model: route.model, fallbacks: route.fallbacks };
  const steps = route.steps.map(({ model, check }) => ({
    model,
    ...(check !== undefined && { check: checkToYaml(check) as YamlDocument }),
  }));
  return { cascade: steps, stream: route.stream };
}
