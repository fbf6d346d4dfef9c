/**
 * What a review tells the people who decide. Plain data, computed once, stored with the review, and shown by page, command and
 * program alike: nobody computes a number a second time.
 */

import type { NanoUsd } from '../../units';
import type { RouteChange } from '../change';
import type { Finding, SamplePlan } from '../findings';
import type { AdjustedProof } from '../prove/conclude';
import type { Comparison } from '../prove/evidence';
import type { RolloutLength } from '../rollout/rollout-length';
import type { RolloutPlan } from '../rollout/rollout-plan';
import type { ReviewSettings } from '../settings';
import type { Escalation, HeldBy, ProposalState } from '../states';

/** Shape of a report. A reader that knows another one says so instead of guessing. */
export const REPORT_FORMAT = 1;

/** What a review asks of people: a verdict on something, an owner's word, or nothing. */
export type ReviewResult = 'awaiting' | 'needs-owner' | 'held' | 'no-change';

export interface ReviewReport {
  readonly format: typeof REPORT_FORMAT;
  /** What would change, what it saves at least in a month, and what it may cost in quality at most. */
  readonly headline: string;
  readonly result: ReviewResult;
  readonly identity: ReportIdentity;
  /** Of all proposals together: the sum of their lower bounds. Null: no proposal, or none whose saving can be claimed. */
  readonly savingPerMonthNanoUsd: NanoUsd | null;
  readonly replayCost: { readonly spentNanoUsd: NanoUsd; readonly capNanoUsd: NanoUsd };
  /** What waits for a verdict first, then what needs an owner, what is held, and what stays as it is. */
  readonly classes: readonly ReportedClass[];
  readonly limits: ReportLimits;
  /** Present for a review of logs that other systems wrote. Nothing can be approved by it. */
  readonly logs?: LogLimits;
}

/** What could not be known, because there were logs alone. */
export interface LogLimits {
  /** Names of the files. */
  readonly sources: readonly string[];
  /** False: nothing was replayed, so nothing is proved. */
  readonly isReplayed: boolean;
  /** Tasks in the window, and outside of it. */
  readonly tasks: number;
  readonly outside: number;
  /** First passes that were drawn and not made: how many replays they are, and about what they would cost. */
  readonly planned: { readonly passes: number; readonly replays: number; readonly costNanoUsd: NanoUsd };
  /** One thing to a sentence. */
  readonly notKnown: readonly string[];
  /** What the propensities of the logs let one estimate. It ranks, and proves nothing. */
  readonly estimates: readonly LoggedEstimate[];
}

/** The quality that a class would have on one model, by the log of a router that chose by chance. */
export interface LoggedEstimate {
  readonly taskClass: string;
  readonly model: string;
  /** Choices by chance that have a score, and how many they are worth. */
  readonly choices: number;
  readonly effective: number;
  /** In [0, 1], self-normalised and doubly robust; null: there are too few choices to say. */
  readonly quality: number | null;
  readonly doublyRobust: number | null;
}

/** What was reviewed, by which rules, for whom. Instants are milliseconds since the epoch. */
export interface ReportIdentity {
  readonly reviewId: string;
  readonly scope: string;
  readonly windowFrom: number;
  readonly windowTo: number;
  readonly startedAt: number;
  readonly reportedAt: number;
  /** When the proposals expire; null: none waits. */
  readonly expiresAt: number | null;
  readonly trigger: { readonly kind: string; readonly detail: string };
  readonly requestedBy: string;
  /** The policy that the proposals change. */
  readonly policy: { readonly version: number; readonly sha256: string };
  /** Names models and prices. */
  readonly catalogueVersion: string;
  /** Of this program. */
  readonly codeVersion: string;
  readonly seed: string;
  /** What the providers said that they served in the replays, by catalogue id. */
  readonly fingerprints: Readonly<Record<string, readonly string[]>>;
  /** As they were when the review began. */
  readonly settings: ReviewSettings;
}

/** What the numbers do not say. */
export interface ReportLimits {
  readonly notTested: readonly string[];
  readonly assumptions: readonly string[];
}

/** One class, or one agreed group of classes. */
export interface ReportedClass {
  readonly name: string;
  readonly status: 'proposed' | 'needs-owner' | 'held' | 'unchanged';
  /** What becomes of the class, and why. */
  readonly sentence: string;
  /** The screen, the options, and what it costs now. */
  readonly finding: Finding;
  /** Tasks of the window, and those among them that another system served; absent: none was. */
  readonly imported?: { readonly tasks: number; readonly of: number };
  /** The models of the class in the cost–quality plane. */
  readonly frontier: readonly FrontierPoint[];
  /** Its proposal; absent for a class that nothing was proposed for. */
  readonly proposal?: ReportedProposal;
}

export interface FrontierPoint {
  readonly model: string;
  readonly costPerTaskNanoUsd: NanoUsd;
  readonly costFrom: 'measured' | 'estimated';
  /** In [0, 1], with its 95 % interval. */
  readonly quality: number;
  readonly low: number;
  readonly high: number;
  /** Graded answers that it rests on. */
  readonly n: number;
}

export interface ReportedProposal {
  readonly proposalId: string;
  readonly state: ProposalState;
  readonly heldBy?: { readonly by: HeldBy; readonly detail: string };
  readonly escalation?: { readonly rule: Escalation; readonly detail: string };
  readonly change?: RouteChange;
  readonly samples: readonly ReportedSample[];
  /** One for each pass; the last one decides. */
  readonly comparisons: readonly Comparison[];
  /** Present as soon as something was compared. */
  readonly proof?: ReportedProof;
  readonly checks: readonly ConstraintCheck[];
  readonly stability: ReportedStability;
  /** Present for what waits for a verdict. */
  readonly rollout?: ReportedRollout;
  /** What an approval is bound to. */
  readonly evidenceSha256?: string;
}

/** How the tasks of one pass were drawn. */
export interface ReportedSample {
  readonly plan: SamplePlan;
  /** Tasks that were drawn, sentinels among them. */
  readonly tasks: number;
  readonly sentinels: number;
  readonly blocks: number;
  readonly clusters: number;
  /** From the first call to the end of the last, in milliseconds; null: nothing was replayed. */
  readonly replayedInMs: number | null;
  /** Names exactly these tasks in this order. */
  readonly manifestSha256: string;
}

/** What the last comparison leaves to be said, and what the replays themselves show. */
export interface ReportedProof extends AdjustedProof {
  readonly saving: ReportedSaving;
  /** Sampled tasks by the kind of their grader. */
  readonly graders: Readonly<Record<string, number>>;
  /** Judging included. */
  readonly replayCostNanoUsd: NanoUsd;
  /** Of it, what comparing the answers cost; absent: no judge was asked. */
  readonly judgeCostNanoUsd?: NanoUsd;
  readonly baseline: ReportedArm;
  readonly candidate: ReportedArm;
  /** The comparison's worst tasks with the replays that can be read side by side. */
  readonly worst: readonly WorstTask[];
}

/** Saving of a month at the window's volume. */
export interface ReportedSaving {
  /** Lower bound at 97.5 %; negative: it may cost more. Null: nothing can be claimed. */
  readonly atLeastNanoUsd: NanoUsd | null;
  /** At the measured ratio of the costs. */
  readonly expectedNanoUsd: NanoUsd | null;
  /** What the bound rests on. */
  readonly basis: string;
}

/** The replays of one model. */
export interface ReportedArm {
  readonly model: string;
  /** Calls for each answer, retries included; null without an answer. */
  readonly callsPerAnswer: number | null;
  /** 5th, 25th, 50th, 75th and 95th percentile; null without a value. */
  readonly costNanoUsd: Percentiles | null;
  readonly latencyMs: Percentiles | null;
  /** 95 % interval of the 95th percentile; an end that the sample is too small for is null. */
  readonly latencyP95: { readonly low: number | null; readonly high: number | null };
}

export type Percentiles = readonly [p5: number, p25: number, p50: number, p75: number, p95: number];

export interface WorstTask {
  readonly taskId: string;
  readonly baseline: number;
  readonly candidate: number;
  /** Ids of the replays, which are tasks themselves. */
  readonly baselineReplayId?: string;
  readonly candidateReplayId?: string;
}

/** One condition that tasks of the class put on a model of its new route. */
export interface ConstraintCheck {
  readonly rule: 'privacy-tier' | 'residency';
  /** The tier or the region. */
  readonly value: string;
  /** Tasks of the window with this tier or residency. */
  readonly tasks: number;
  readonly model: string;
  /** Fallbacks that fail a check are never called for such tasks; a first model that fails one is not proposed. */
  readonly role: 'first' | 'fallback';
  readonly isApproved: boolean;
  readonly approvedFor: readonly string[];
}

/** Why the class does not go back and forth. Instants are milliseconds since the epoch. */
export interface ReportedStability {
  /** Changes of the class's route so far, ascending. */
  readonly changedAt: readonly number[];
  /** Flap penalty at the time of the report, and the limit above which the class is frozen. */
  readonly penalty: number;
  readonly penaltyLimit: number;
  /** Rejections and rollbacks of the candidate so far. */
  readonly setbacks: number;
  /** What earlier changes have left of the tolerance, before this one; null: nothing was agreed or compared. */
  readonly toleranceLeft: number | null;
  readonly openRollout?: string;
}

export interface ReportedRollout {
  readonly plan: RolloutPlan;
  /** Null: the class has no volume, and the rollout would never end. */
  readonly length: RolloutLength | null;
  /** What stops, holds or takes back the rollout, one rule to a sentence. */
  readonly rules: readonly string[];
}
