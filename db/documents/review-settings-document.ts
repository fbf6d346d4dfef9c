/** The settings of reviews as a JSON column holds them: a part of the policy, and of every review and rollout. */

import { z } from 'zod';
import type { TrialCheck } from '../../routing/cascade/trial-check';
import type { JudgeSettings } from '../../routing/judging/settings';
import type { ReviewSettings } from '../../routing/review/settings';
import { checkDocument } from './cascade-document';

const fraction = z.number().min(0).max(1);
const openFraction = z.number().gt(0).lt(1);
const count = z.int().min(0);
const positiveCount = z.int().min(1);
const ms = z.number().min(0);
const positiveMs = z.number().gt(0);
const names = z.array(z.string());

export const reviewSettings = z.strictObject({
  groups: z.record(z.string(), names.min(1)),
  screen: z.strictObject({ windowMs: positiveMs, minSavingShare: fraction, minSavingPerMonthNanoUsd: count }),
  replay: z.strictObject({
    capNanoUsd: count,
    maxShareOfSaving: z.number().gt(0),
    maxMs: positiveMs,
    maxPasses: z.int().min(1).max(2),
    minPairs: positiveCount,
    maxPairs: positiveCount,
    power: openFraction,
    discordance: openFraction,
    stratumFloor: count,
    blocks: positiveCount,
    blockSpacingMs: ms,
    shardSize: positiveCount,
    concurrency: positiveCount,
    tries: z.int().min(1).max(10),
    sentinelShare: fraction,
  }),
  proof: z.strictObject({
    alpha: z.number().gt(0).max(0.25),
    falseDiscoveryRate: openFraction,
    highRiskClasses: names,
    catastrophicCap: fraction,
    maxLatencyRatio: z.number().gt(0),
  }),
  verdict: z.strictObject({ approvers: names, singleOperator: z.boolean(), expiresAfterMs: positiveMs, remindEveryMs: positiveMs }),
  canary: z.strictObject({
    steps: z.array(z.number().gt(0).max(0.5)).min(1),
    minPerArm: z.array(positiveCount).min(1),
    dwellMs: z.array(ms).min(1),
    soakMs: ms,
    holdback: fraction,
    deadlineMs: positiveMs,
    labelWindowMs: ms,
    alpha: openFraction,
    nStar: positiveCount,
    marginFactor: z.number().gt(0),
    sampleRatioAlarm: openFraction,
    errorRateLimit: openFraction,
    inconclusiveLimit: positiveCount,
    consecutiveErrorLimit: positiveCount,
    tickMs: positiveMs,
    leaseMs: positiveMs,
  }),
  stability: z.strictObject({ dwellMs: ms, cooldownMs: ms, maxCooldownMs: ms }),
  watch: z.strictObject({
    tickMs: positiveMs,
    durationMs: ms,
    drop: openFraction,
    limit: z.number().gt(0),
    dailyK: z.number().gt(0),
    dailyH: z.number().gt(0),
    goldenTasks: count,
  }),
  judge: (
    z.strictObject({
      model: z.string(),
      rubrics: z.record(z.string(), z.string()),
      minLabels: count,
      minKappa: fraction,
      minKappaLow: fraction,
      maxFlipRate: fraction,
      maxOutputTokens: positiveCount,
    }) satisfies z.ZodType<JudgeSettings>
  ).exactOptional(),
  cascades: z
    .record(
      z.string(),
      z.strictObject({
        check: checkDocument,
        assumed: z.strictObject({ sensitivity: fraction, specificity: fraction }),
      }) satisfies z.ZodType<TrialCheck>,
    )
    .exactOptional(),
}) satisfies z.ZodType<ReviewSettings>;
