/**
 * The shape of `review` in policy.yaml: which keys there are, and which values each may have by itself. Every time has its unit in
 * its name, and may be a fraction of it, so that a trial can run in compressed time. What values mean together is in
 * review-contradictions.ts.
 */

import { z } from 'zod';
import { checkYaml } from './cascade-yaml';
import { CLASS_NAME, CLASS_NAME_RULE } from './class-name';
import { PERSON_NAME, PERSON_NAME_RULE } from './person-name';

/** Longer than any list of names in here has reason to be. */
const MAX_NAMES = 1000;
/** Far above any real figure, and low enough that milliseconds and amounts stay exact integers. */
const MAX_DAYS = 3650;
const MAX_USD = 1_000_000;
const MAX_COUNT = 1_000_000;
/** A rubric goes with every judgement and is paid for with each. */
const MAX_RUBRIC_CHARACTERS = 20_000;

const fraction = z.number().min(0).max(1);
/** A share of which nothing, or all, would make no sense. */
const openFraction = z.number().gt(0).lt(1);
/** An error that is accepted: from one half on, tossing a coin would do. */
const error = z.number().gt(0).lt(0.5);
const usd = z.number().min(0).max(MAX_USD);
const count = z.int().min(1).max(MAX_COUNT);
const countOrNone = z.int().min(0).max(MAX_COUNT);
const days = z.number().gt(0).max(MAX_DAYS);
const daysOrNone = z.number().min(0).max(MAX_DAYS);
const hours = z
  .number()
  .gt(0)
  .max(24 * MAX_DAYS);
const hoursOrNone = z
  .number()
  .min(0)
  .max(24 * MAX_DAYS);
const minutes = z
  .number()
  .gt(0)
  .max(24 * 60 * MAX_DAYS);
const seconds = z.number().gt(0).max(86_400);
const className = z.string().regex(CLASS_NAME, { error: CLASS_NAME_RULE });
const personName = z.string().regex(PERSON_NAME, { error: PERSON_NAME_RULE });
const share = z.number().refine((value) => value > 0 && value <= 0.5, {
  error: 'Must be more than 0 and at most 0.5: an equal share stays on the old route to be compared with.',
});

export const reviewYaml = z.strictObject({
  window_days: days.optional(),
  min_saving_share: fraction.optional(),
  min_saving_usd_per_month: usd.optional(),
  groups: z.record(z.string(), z.array(className).min(1).max(MAX_NAMES)).optional(),
  high_risk: z.array(className).max(MAX_NAMES).optional(),
  replay: z
    .strictObject({
      cap_usd: usd.optional(),
      max_share_of_saving: z.number().gt(0).max(100).optional(),
      max_minutes: minutes.optional(),
      max_passes: z.int().min(1).max(2).optional(),
      min_pairs: count.optional(),
      max_pairs: count.optional(),
      power: openFraction.optional(),
      discordance: openFraction.optional(),
      stratum_floor: countOrNone.optional(),
      blocks: z.int().min(1).max(1000).optional(),
      block_spacing_hours: hoursOrNone.optional(),
      shard_size: z.int().min(1).max(1000).optional(),
      concurrency: z.int().min(1).max(1000).optional(),
      tries: z.int().min(1).max(10).optional(),
      sentinel_share: z.number().min(0).max(0.5).optional(),
    })
    .optional(),
  proof: z
    .strictObject({
      alpha: z.number().gt(0).max(0.25).optional(),
      false_discovery_rate: error.optional(),
      catastrophic_cap: z.number().gt(0).max(1).optional(),
      max_latency_ratio: z.number().gt(0).max(1000).optional(),
    })
    .optional(),
  verdict: z
    .strictObject({
      approvers: z.array(personName).max(MAX_NAMES).optional(),
      single_operator: z.boolean().optional(),
      expires_days: days.optional(),
      remind_hours: hours.optional(),
    })
    .optional(),
  canary: z
    .strictObject({
      steps: z
        .array(z.strictObject({ share, min_per_arm: count, dwell_hours: hoursOrNone }))
        .min(1)
        .max(20)
        .optional(),
      soak_days: daysOrNone.optional(),
      holdback: share.optional(),
      deadline_days: days.optional(),
      label_window_hours: hoursOrNone.optional(),
      alpha: error.optional(),
      n_star: count.optional(),
      margin_factor: z.number().gt(0).max(100).optional(),
      sample_ratio_alarm: error.optional(),
      error_rate_limit: openFraction.optional(),
      inconclusive_limit: z.int().min(1).max(1000).optional(),
      consecutive_error_limit: z.int().min(1).max(1000).optional(),
      tick_seconds: seconds.optional(),
      lease_minutes: minutes.optional(),
    })
    .optional(),
  stability: z
    .strictObject({ dwell_days: daysOrNone.optional(), cooldown_days: daysOrNone.optional(), max_cooldown_days: daysOrNone.optional() })
    .optional(),
  watch: z
    .strictObject({
      tick_minutes: minutes.optional(),
      duration_days: daysOrNone.optional(),
      drop: openFraction.optional(),
      limit: z.number().gt(0).max(1000).optional(),
      daily_k: z.number().gt(0).max(100).optional(),
      daily_h: z.number().gt(0).max(1000).optional(),
      golden_tasks: countOrNone.optional(),
    })
    .optional(),
  judge: z
    .strictObject({
      model: z.string().min(1).max(400),
      rubrics: z
        .record(z.string(), z.string().trim().min(1).max(MAX_RUBRIC_CHARACTERS))
        .refine((rubrics) => Object.keys(rubrics).length > 0, { error: 'Give a rubric for at least one class, or for "*".' }),
      min_labels: count.optional(),
      min_kappa: fraction.optional(),
      min_kappa_low: fraction.optional(),
      max_flip_rate: fraction.optional(),
      max_output_tokens: z.int().min(16).max(100_000).optional(),
    })
    .optional(),
  cascades: z
    .record(z.string(), z.strictObject({ check: checkYaml, sensitivity: fraction.optional(), specificity: fraction.optional() }))
    .optional(),
});
export type ReviewYaml = z.infer<typeof reviewYaml>;
