/** The settings of reviews, from what policy.yaml says and the defaults beside it. */

import { ASSUMED_ACCURACY, type TrialCheck } from '../../routing/cascade/trial-check';
import { JUDGE_DEFAULTS, type JudgeSettings } from '../../routing/judging/settings';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS, HOUR_MS, MINUTE_MS, type ReviewSettings } from '../../routing/review/settings';
import { usdToNano } from '../../routing/units';
import { buildCheck } from './cascade-yaml';
import type { ReviewYaml } from './review-yaml';

const SECOND_MS = 1000;

export function buildReviewSettings(document: ReviewYaml = {}): ReviewSettings {
  const { replay = {}, proof = {}, verdict = {}, stability = {}, watch = {} } = document;
  const base = DEFAULT_REVIEW_SETTINGS;
  return {
    groups: document.groups ?? base.groups,
    screen: {
      windowMs: inMs(document.window_days, DAY_MS) ?? base.screen.windowMs,
      minSavingShare: document.min_saving_share ?? base.screen.minSavingShare,
      minSavingPerMonthNanoUsd: inNano(document.min_saving_usd_per_month) ?? base.screen.minSavingPerMonthNanoUsd,
    },
    replay: {
      capNanoUsd: inNano(replay.cap_usd) ?? base.replay.capNanoUsd,
      maxShareOfSaving: replay.max_share_of_saving ?? base.replay.maxShareOfSaving,
      maxMs: inMs(replay.max_minutes, MINUTE_MS) ?? base.replay.maxMs,
      maxPasses: replay.max_passes ?? base.replay.maxPasses,
      minPairs: replay.min_pairs ?? base.replay.minPairs,
      maxPairs: replay.max_pairs ?? base.replay.maxPairs,
      power: replay.power ?? base.replay.power,
      discordance: replay.discordance ?? base.replay.discordance,
      stratumFloor: replay.stratum_floor ?? base.replay.stratumFloor,
      blocks: replay.blocks ?? base.replay.blocks,
      blockSpacingMs: inMs(replay.block_spacing_hours, HOUR_MS) ?? base.replay.blockSpacingMs,
      shardSize: replay.shard_size ?? base.replay.shardSize,
      concurrency: replay.concurrency ?? base.replay.concurrency,
      tries: replay.tries ?? base.replay.tries,
      sentinelShare: replay.sentinel_share ?? base.replay.sentinelShare,
    },
    proof: {
      alpha: proof.alpha ?? base.proof.alpha,
      falseDiscoveryRate: proof.false_discovery_rate ?? base.proof.falseDiscoveryRate,
      highRiskClasses: document.high_risk ?? base.proof.highRiskClasses,
      catastrophicCap: proof.catastrophic_cap ?? base.proof.catastrophicCap,
      maxLatencyRatio: proof.max_latency_ratio ?? base.proof.maxLatencyRatio,
    },
    verdict: {
      approvers: verdict.approvers ?? base.verdict.approvers,
      singleOperator: verdict.single_operator ?? base.verdict.singleOperator,
      expiresAfterMs: inMs(verdict.expires_days, DAY_MS) ?? base.verdict.expiresAfterMs,
      remindEveryMs: inMs(verdict.remind_hours, HOUR_MS) ?? base.verdict.remindEveryMs,
    },
    canary: buildCanary(document.canary),
    stability: {
      dwellMs: inMs(stability.dwell_days, DAY_MS) ?? base.stability.dwellMs,
      cooldownMs: inMs(stability.cooldown_days, DAY_MS) ?? base.stability.cooldownMs,
      maxCooldownMs: inMs(stability.max_cooldown_days, DAY_MS) ?? base.stability.maxCooldownMs,
    },
    watch: {
      tickMs: inMs(watch.tick_minutes, MINUTE_MS) ?? base.watch.tickMs,
      durationMs: inMs(watch.duration_days, DAY_MS) ?? base.watch.durationMs,
      drop: watch.drop ?? base.watch.drop,
      limit: watch.limit ?? base.watch.limit,
      dailyK: watch.daily_k ?? base.watch.dailyK,
      dailyH: watch.daily_h ?? base.watch.dailyH,
      goldenTasks: watch.golden_tasks ?? base.watch.goldenTasks,
    },
    ...(document.judge === undefined ? {} : { judge: buildJudge(document.judge) }),
    ...(document.cascades === undefined ? {} : { cascades: buildTrialChecks(document.cascades) }),
  };
}

function buildJudge(judge: NonNullable<ReviewYaml['judge']>): JudgeSettings {
  return {
    model: judge.model,
    rubrics: judge.rubrics,
    minLabels: judge.min_labels ?? JUDGE_DEFAULTS.minLabels,
    minKappa: judge.min_kappa ?? JUDGE_DEFAULTS.minKappa,
    minKappaLow: judge.min_kappa_low ?? JUDGE_DEFAULTS.minKappaLow,
    maxFlipRate: judge.max_flip_rate ?? JUDGE_DEFAULTS.maxFlipRate,
    maxOutputTokens: judge.max_output_tokens ?? JUDGE_DEFAULTS.maxOutputTokens,
  };
}

function buildTrialChecks(offered: NonNullable<ReviewYaml['cascades']>): Readonly<Record<string, TrialCheck>> {
  return Object.fromEntries(
    Object.entries(offered).map(([name, { check, sensitivity, specificity }]) => [
      name,
      {
        check: buildCheck(check),
        assumed: { sensitivity: sensitivity ?? ASSUMED_ACCURACY, specificity: specificity ?? ASSUMED_ACCURACY },
      },
    ]),
  );
}

function buildCanary(canary: NonNullable<ReviewYaml['canary']> = {}): ReviewSettings['canary'] {
  const base = DEFAULT_REVIEW_SETTINGS.canary;
  const { steps } = canary;
  return {
    steps: steps?.map(({ share }) => share) ?? base.steps,
    minPerArm: steps?.map(({ min_per_arm: minPerArm }) => minPerArm) ?? base.minPerArm,
    dwellMs: steps?.map(({ dwell_hours: dwellHours }) => wholeMs(dwellHours, HOUR_MS)) ?? base.dwellMs,
    soakMs: inMs(canary.soak_days, DAY_MS) ?? base.soakMs,
    holdback: canary.holdback ?? base.holdback,
    deadlineMs: inMs(canary.deadline_days, DAY_MS) ?? base.deadlineMs,
    labelWindowMs: inMs(canary.label_window_hours, HOUR_MS) ?? base.labelWindowMs,
    alpha: canary.alpha ?? base.alpha,
    nStar: canary.n_star ?? base.nStar,
    marginFactor: canary.margin_factor ?? base.marginFactor,
    sampleRatioAlarm: canary.sample_ratio_alarm ?? base.sampleRatioAlarm,
    errorRateLimit: canary.error_rate_limit ?? base.errorRateLimit,
    inconclusiveLimit: canary.inconclusive_limit ?? base.inconclusiveLimit,
    consecutiveErrorLimit: canary.consecutive_error_limit ?? base.consecutiveErrorLimit,
    tickMs: inMs(canary.tick_seconds, SECOND_MS) ?? base.tickMs,
    leaseMs: inMs(canary.lease_minutes, MINUTE_MS) ?? base.leaseMs,
  };
}

function inNano(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : usdToNano(usd);
}

function inMs(amount: number | undefined, unitMs: number): number | undefined {
  return amount === undefined ? undefined : wholeMs(amount, unitMs);
}

/** Whole milliseconds; a time that is not nothing never becomes nothing. */
function wholeMs(amount: number, unitMs: number): number {
  return amount === 0 ? 0 : Math.max(1, Math.round(amount * unitMs));
}
