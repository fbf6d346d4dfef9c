/**
 * How reviews and rollouts are run: every default in one place, part of the policy and so versioned, stored with every report.
 *
 * The figures and their reasons are those of docs/statistics.md. Durations are milliseconds, so that a test and a demonstration
 * can run the same machinery in compressed time, and say so.
 */

import type { TrialCheck } from '../cascade/trial-check';
import type { JudgeSettings } from '../judging/settings';
import type { NanoUsd } from '../units';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The scope of a review of everything. Any other scope is the name of a class or of a group. */
export const WHOLE_SCOPE = 'all';

/** Limits of the screen: what is worth proposing at all. */
export interface ScreenSettings {
  /** Past tasks that are looked at; two weekly cycles at least. */
  readonly windowMs: number;
  /** Least saving, a fraction of what the class costs now, in [0, 1]. */
  readonly minSavingShare: number;
  /** Least saving in 30 days. */
  readonly minSavingPerMonthNanoUsd: NanoUsd;
}

/** How past tasks are drawn and run again. */
export interface ReplaySettings {
  /** The most that the replays of one review may cost, reserved before each call. */
  readonly capNanoUsd: NanoUsd;
  /** The most that they may cost as a fraction of the saving expected in a month. */
  readonly maxShareOfSaving: number;
  /** The most time for analysis and replays together. What is not replayed by then is held. */
  readonly maxMs: number;
  /** Passes that one class may have, 1 or 2. */
  readonly maxPasses: number;
  /** Pairs of a pass: never fewer than `minPairs`, never more than `maxPairs`; the power decides in between. */
  readonly minPairs: number;
  readonly maxPairs: number;
  /** Probability of deciding in favour of an equal candidate that the sample is planned for. */
  readonly power: number;
  /** Share of discordant pairs that is assumed where none is known. */
  readonly discordance: number;
  /** Pairs at least of every stratum, or all it has. */
  readonly stratumFloor: number;
  /** Consecutive parts in which a pass is replayed; the order of the models is drawn anew in each pair. */
  readonly blocks: number;
  /** Pause between two blocks. Days make the interval cover the noise of a provider's days, and the review take as long. */
  readonly blockSpacingMs: number;
  /** Samples of one shard, a workflow of its own. */
  readonly shardSize: number;
  /** Pairs of one shard that run at a time. */
  readonly concurrency: number;
  /** Tries of one replay call, the first included, when the provider fails. */
  readonly tries: number;
  /** Share of sentinel pairs, whose candidate answer is known to be bad, in [0, 1]; they prove that the scoring can tell. */
  readonly sentinelShare: number;
}

/** What proves that a candidate is good enough. */
export interface ProofSettings {
  /** One-sided error of calling an inferior candidate good enough. */
  readonly alpha: number;
  /** Expected share of wrong proposals among those shown to the approver (Benjamini–Hochberg over classes). */
  readonly falseDiscoveryRate: number;
  /** Classes whose proposals are held to Holm's bound instead: none of them may be wrong. */
  readonly highRiskClasses: readonly string[];
  /** The highest rate of catastrophic drops (from success to total failure) whose upper bound is accepted. */
  readonly catastrophicCap: number;
  /** Latency: upper bound of the candidate's p95 over the baseline's p95. */
  readonly maxLatencyRatio: number;
}

/** Who may decide. */
export interface VerdictSettings {
  /** Names with the approver role; empty: everybody but the proposer. */
  readonly approvers: readonly string[];
  /** The proposer may approve, because there is nobody else. Every report says so. */
  readonly singleOperator: boolean;
  /** How long a proposal waits for its verdict before it expires. It never approves itself. */
  readonly expiresAfterMs: number;
  /** Time between two reminders. */
  readonly remindEveryMs: number;
}

/** How an approved change reaches traffic. The three lists are of one length: one entry for each step. */
export interface CanarySettings {
  /** Share of the class's tasks on the candidate, ascending, each in (0, 0.5]: an equal share is the control. */
  readonly steps: readonly number[];
  /** Tasks of each arm with a closed label window before the step may end. */
  readonly minPerArm: readonly number[];
  /** Time that each step lasts at least. */
  readonly dwellMs: readonly number[];
  /** Time on the candidate, but for the holdback, before promotion. */
  readonly soakMs: number;
  /** Share that stays on the old route while soaking. */
  readonly holdback: number;
  /** Time from the first step after which an undecided rollout is held for a person. */
  readonly deadlineMs: number;
  /** Time after a task's end in which its label may still change; only older tasks are compared. */
  readonly labelWindowMs: number;
  /** Error of all harm monitors together. */
  readonly alpha: number;
  /** Number of tasks at which the confidence sequence is tightest. */
  readonly nStar: number;
  /** Margin of promotion, as a multiple of the tolerance. */
  readonly marginFactor: number;
  /** p-value of the sample ratio below which the rollout pauses. */
  readonly sampleRatioAlarm: number;
  /** Share of failed calls above which the candidate is harmful, by an E-value. */
  readonly errorRateLimit: number;
  /** Evaluations in a row that may fail or say nothing before the rollout pauses. */
  readonly inconclusiveLimit: number;
  readonly consecutiveErrorLimit: number;
  /** Time between two evaluations. */
  readonly tickMs: number;
  /** How long a weight holds without being renewed: when Temporal is gone for longer, dispatch is back on the old route. */
  readonly leaseMs: number;
}

/** What keeps a class from going back and forth. */
export interface StabilitySettings {
  /** Time after a change in which the class is not proposed for again. */
  readonly dwellMs: number;
  /** Time after a rejection or rollback of a candidate, doubled for every further one up to the maximum. */
  readonly cooldownMs: number;
  readonly maxCooldownMs: number;
}

/** How a promoted change is watched. */
export interface WatchSettings {
  /** Time between two looks. */
  readonly tickMs: number;
  /** The watch ends after this time; the weekly reviews go on. */
  readonly durationMs: number;
  /** Drop from the approved level that is to be found, a difference of success rates. */
  readonly drop: number;
  /** Alarm limit of the Bernoulli CUSUM. */
  readonly limit: number;
  /** Sensitivity and alarm limit of the CUSUM over daily means, in standard deviations. */
  readonly dailyK: number;
  readonly dailyH: number;
  /** Tasks of the review's own sample that are run again each night as the golden set; 0: none. */
  readonly goldenTasks: number;
}

export interface ReviewSettings {
  /** Classes that are reviewed as one, by the name of the group; agreed before anybody looks at their figures. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly screen: ScreenSettings;
  readonly replay: ReplaySettings;
  readonly proof: ProofSettings;
  readonly verdict: VerdictSettings;
  readonly canary: CanarySettings;
  readonly stability: StabilitySettings;
  readonly watch: WatchSettings;
  /** Absent: what no grader can score is not compared. */
  readonly judge?: JudgeSettings;
  /** Checks under which a cascade may be proposed, by class or group; `*` is for every other. Absent: none ever is. */
  readonly cascades?: Readonly<Record<string, TrialCheck>>;
}

/** What a review does where the policy says nothing. */
export const DEFAULT_REVIEW_SETTINGS: ReviewSettings = {
  groups: {},
  screen: { windowMs: 28 * DAY_MS, minSavingShare: 0.15, minSavingPerMonthNanoUsd: 20_000_000_000 },
  replay: {
    capNanoUsd: 25_000_000_000,
    maxShareOfSaving: 0.1,
    maxMs: 120 * MINUTE_MS,
    maxPasses: 2,
    minPairs: 100,
    maxPairs: 600,
    power: 0.9,
    discordance: 0.15,
    stratumFloor: 20,
    blocks: 16,
    blockSpacingMs: 0,
    shardSize: 50,
    concurrency: 10,
    tries: 3,
    sentinelShare: 0.05,
  },
  proof: { alpha: 0.025, falseDiscoveryRate: 0.05, highRiskClasses: [], catastrophicCap: 0.05, maxLatencyRatio: 1.5 },
  verdict: { approvers: [], singleOperator: false, expiresAfterMs: 7 * DAY_MS, remindEveryMs: DAY_MS },
  canary: {
    steps: [0.05, 0.25, 0.5],
    minPerArm: [50, 150, 300],
    dwellMs: [DAY_MS, DAY_MS, 2 * DAY_MS],
    soakMs: 7 * DAY_MS,
    holdback: 0.05,
    deadlineMs: 28 * DAY_MS,
    labelWindowMs: DAY_MS,
    alpha: 0.05,
    nStar: 500,
    marginFactor: 2,
    sampleRatioAlarm: 0.001,
    errorRateLimit: 0.02,
    inconclusiveLimit: 3,
    consecutiveErrorLimit: 4,
    tickMs: MINUTE_MS,
    leaseMs: 15 * MINUTE_MS,
  },
  stability: { dwellMs: 14 * DAY_MS, cooldownMs: 28 * DAY_MS, maxCooldownMs: 112 * DAY_MS },
  watch: { tickMs: HOUR_MS, durationMs: 180 * DAY_MS, drop: 0.06, limit: 20, dailyK: 0.5, dailyH: 5, goldenTasks: 0 },
};
