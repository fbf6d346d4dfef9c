/** Settings of reviews in the keys and units of `review` in policy.yaml. The inverse of how they are read. */

import { checkToYaml } from '../../db/documents/cascade-yaml';
import { DAY_MS, HOUR_MS, MINUTE_MS, type ReviewSettings } from '../../routing/review/settings';
import { nanoToUsd } from '../../routing/units';
import type { YamlDocument } from './policy-to-yaml';

const SECOND_MS = 1_000;

export function reviewToYaml({
  groups,
  screen,
  replay,
  proof,
  verdict,
  canary,
  stability,
  watch,
  judge,
  cascades,
}: ReviewSettings): YamlDocument {
  return {
    window_days: screen.windowMs / DAY_MS,
    min_saving_share: screen.minSavingShare,
    min_saving_usd_per_month: nanoToUsd(screen.minSavingPerMonthNanoUsd),
    groups,
    high_risk: proof.highRiskClasses,
    replay: {
      cap_usd: nanoToUsd(replay.capNanoUsd),
      max_share_of_saving: replay.maxShareOfSaving,
      max_minutes: replay.maxMs / MINUTE_MS,
      max_passes: replay.maxPasses,
      min_pairs: replay.minPairs,
      max_pairs: replay.maxPairs,
      power: replay.power,
      discordance: replay.discordance,
      stratum_floor: replay.stratumFloor,
      blocks: replay.blocks,
      block_spacing_hours: replay.blockSpacingMs / HOUR_MS,
      shard_size: replay.shardSize,
      concurrency: replay.concurrency,
      tries: replay.tries,
      sentinel_share: replay.sentinelShare,
    },
    proof: {
      alpha: proof.alpha,
      false_discovery_rate: proof.falseDiscoveryRate,
      catastrophic_cap: proof.catastrophicCap,
      max_latency_ratio: proof.maxLatencyRatio,
    },
    verdict: {
      approvers: verdict.approvers,
      single_operator: verdict.singleOperator,
      expires_days: verdict.expiresAfterMs / DAY_MS,
      remind_hours: verdict.remindEveryMs / HOUR_MS,
    },
    canary: canaryToYaml(canary),
    stability: {
      dwell_days: stability.dwellMs / DAY_MS,
      cooldown_days: stability.cooldownMs / DAY_MS,
      max_cooldown_days: stability.maxCooldownMs / DAY_MS,
    },
    watch: {
      tick_minutes: watch.tickMs / MINUTE_MS,
      duration_days: watch.durationMs / DAY_MS,
      drop: watch.drop,
      limit: watch.limit,
      daily_k: watch.dailyK,
      daily_h: watch.dailyH,
      golden_tasks: watch.goldenTasks,
    },
    ...(judge && {
      judge: {
        model: judge.model,
        rubrics: judge.rubrics,
        min_labels: judge.minLabels,
        min_kappa: judge.minKappa,
        min_kappa_low: judge.minKappaLow,
        max_flip_rate: judge.maxFlipRate,
        max_output_tokens: judge.maxOutputTokens,
      },
    }),
    ...(cascades && {
      cascades: Object.fromEntries(
        Object.entries(cascades).map(([name, { check, assumed }]) => [name, { check: checkToYaml(check) as YamlDocument, ...assumed }]),
      ),
    }),
  };
}

function canaryToYaml(canary: ReviewSettings['canary']): YamlDocument {
  return {
    steps: canary.steps.map((share, step) => ({
      share,
      min_per_arm: canary.minPerArm[step] ?? 0,
      dwell_hours: (canary.dwellMs[step] ?? 0) / HOUR_MS,
    })),
    soak_days: canary.soakMs / DAY_MS,
    holdback: canary.holdback,
    deadline_days: canary.deadlineMs / DAY_MS,
    label_window_hours: canary.labelWindowMs / HOUR_MS,
    alpha: canary.alpha,
    n_star: canary.nStar,
    margin_factor: canary.marginFactor,
    sample_ratio_alarm: canary.sampleRatioAlarm,
    error_rate_limit: canary.errorRateLimit,
    inconclusive_limit: canary.inconclusiveLimit,
    consecutive_error_limit: canary.consecutiveErrorLimit,
    tick_seconds: canary.tickMs / SECOND_MS,
    lease_minutes: canary.leaseMs / MINUTE_MS,
  };
}
