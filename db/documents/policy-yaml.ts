/**
 * The shape of policy.yaml: which keys there are, and which values each may have by itself. What a key means is in
 * docs/configuration.md.
 */

import { z } from 'zod';
import { stepsYaml, streamYaml } from './cascade-yaml';
import { reviewYaml } from './review-yaml';
import { ewmaYaml } from './signalbox-yaml';

const fraction = z.number().min(0).max(1);
const percentile = z.number().min(0).max(100);
const priority = z.number().min(0).max(100);
const weight = z.number().min(0).max(1000);
/** A tolerance outside of its range would let nothing pass, or everything. */
const tolerance = z.number().refine((value) => value > 0 && value <= 1, {
  error: 'A tolerance is more than 0, for no replay can prove a loss of exactly nothing, and at most 1, which is all there is to lose.',
});
const modelId = z.string().min(1).max(300);

const classYaml = z.strictObject({
  route: z
    .strictObject({
      model: modelId.optional(),
      fallbacks: z.array(modelId).max(20).optional(),
      cascade: stepsYaml.optional(),
      stream: streamYaml.optional(),
    })
    .optional(),
  approved: z.array(modelId).min(1).max(500).optional(),
  tolerance: tolerance.optional(),
  floor: fraction.optional(),
});
export type ClassYaml = z.infer<typeof classYaml>;

export const policyYaml = z.strictObject({
  default_tolerance: tolerance.optional(),
  classes: z.record(z.string(), classYaml).optional(),
  weights: z
    .strictObject({
      capability: weight.optional(),
      cost: weight.optional(),
      quality: weight.optional(),
      latency: weight.optional(),
      historical: weight.optional(),
    })
    .optional(),
  ewma: ewmaYaml.optional(),
  premium: z
    .strictObject({
      claim_percentile: percentile.optional(),
      claim_priority: priority.optional(),
      closed_percentile: percentile.optional(),
      open_priority: priority.optional(),
    })
    .optional(),
  attempts: z
    .strictObject({
      max_models: z.int().min(1).max(20).optional(),
      tries_per_model: z.int().min(1).max(20).optional(),
      max_attempts: z.int().min(1).max(100).optional(),
      max_task_seconds: z
        .number()
        .gt(0)
        .max(7 * 86_400)
        .optional(),
      max_call_seconds: z.number().gt(0).max(86_400).optional(),
      max_wait_seconds: z.number().min(0).max(86_400).optional(),
      backoff_ms: z.int().min(0).max(3_600_000).optional(),
    })
    .optional(),
  cool_down: z
    .strictObject({
      failures: z.int().min(1).max(1000).optional(),
      base_seconds: z.number().gt(0).max(86_400).optional(),
      max_seconds: z
        .number()
        .gt(0)
        .max(7 * 86_400)
        .optional(),
    })
    .optional(),
  constraints: z
    .strictObject({
      max_cost_per_call_usd: z.number().min(0).max(1_000_000).optional(),
      default_max_output_tokens: z.int().min(1).max(100_000_000).optional(),
    })
    .optional(),
  review: reviewYaml.optional(),
});
export type PolicyYaml = z.infer<typeof policyYaml>;
