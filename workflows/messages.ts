/**
 * Names on the wire between client, workflows and workers: workflow ids, task queues, inputs. Renaming one strands what is
 * open, see CONTRIBUTING.md.
 */

import type { CheckResult } from '../routing/cascade/check';
import type { CallPart, GivenAs, StepOutline } from '../routing/cascade/next-step';
import type { ChainLink } from '../routing/decision/decision';
import type { CallFailure } from '../routing/decision/failure';
import type { AttemptLimits } from '../routing/decision/policy';
import type { JudgeRole } from '../routing/judging/judgement';

/** Workflows and quick local activities. */
export const DISPATCH_QUEUE = 'dispatch';

/** Id of the workflow of a task. The task id makes it unique, so a second start finds the first. */
export function dispatchWorkflowId(taskId: string): string {
  return `task:${taskId}`;
}

/** Id of the one upkeep workflow that serves a dispatch queue. */
export function upkeepWorkflowId(dispatchQueue: string): string {
  return `upkeep:${dispatchQueue}`;
}

/**
 * Queue of the calls of a pool, beside the dispatch queue that the workflow runs on: `dispatch` → `model-anthropic`, and
 * `blue.dispatch` → `blue.model-anthropic`, so that two installations can share a namespace.
 */
export function modelQueue(dispatchQueue: string, pool: string): string {
  return `${dispatchQueue.slice(0, dispatchQueue.length - DISPATCH_QUEUE.length)}model-${pool}`;
}

export interface DispatchInput {
  readonly taskId: string;
}

export type Outcome = 'completed' | 'failed' | 'refused' | 'cancelled';

/** What a workflow knows of its task: ids, small facts, limits. */
export type Plan =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | {
      readonly kind: 'routed';
      readonly decisionId: string;
      readonly chain: readonly ChainLink[];
      readonly limits: AttemptLimits;
      /** A call whose worker is silent for this long is given to another. */
      readonly heartbeatMs: number;
      /** It is not work: its calls let work go first. */
      readonly givesWay?: true;
      /** Every slot that it may take is taken: it waits for one before its first call. */
      readonly awaitsSlot?: true;
      /** It goes through steps; the chain is their models. */
      readonly cascade?: PlannedCascade;
    };

/** A cascade as its workflow knows it: no schema, pattern or rubric. */
export interface PlannedCascade {
  readonly steps: readonly PlannedCascadeStep[];
  readonly costCeilingNanoUsd?: number;
}

export interface PlannedCascadeStep extends StepOutline {
  /** Its check, or the grading of its answer, runs a program: it takes as long as that, at most, in milliseconds. */
  readonly programMs?: number;
}

/** How calls that are not work stand on the queue of a pool. */
export const REPLAY_PRIORITY = { priorityKey: 5, fairnessKey: 'replay' } as const;

export interface CallInput {
  readonly taskId: string;
  readonly decisionId: string;
  /** 1 for the first call of the decision. */
  readonly number: number;
  readonly model: string;
  /** Longest time of the call, in milliseconds. */
  readonly maxCallMs: number;
}

/** The call of a cascade's step: its answer does not end the task. */
export interface StepCallInput extends CallInput {
  /** Place of the step. */
  readonly step: number;
  readonly part: CallPart;
}

export type CallOutcome =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  /** Nothing was called: its model needs a slot, and the task waits for one. */
  | { readonly kind: 'await-slot' }
  /** The cost is absent where nothing was called. */
  | { readonly kind: 'failed'; readonly failure: CallFailure; readonly costNanoUsd?: number };

/** The task goes on from an answer. */
export type StepCallOutcome = CallOutcome | { readonly kind: 'answered'; readonly costNanoUsd: number };

/** The check of a step's answer. Attempts by their numbers. */
export interface CheckStepInput {
  readonly taskId: string;
  readonly decisionId: string;
  /** Place of the step. */
  readonly step: number;
  readonly answer: number;
  /** Of the check's own model. */
  readonly asked?: number;
  /** The check cannot be made, for this reason. */
  readonly crashed?: string;
  /** No program is run any more, also none that grades: the last one did not come back. */
  readonly isLost?: true;
}

export type CheckStepResult = CheckResult | 'unchecked';

/** Ends a task with the answer of a step. */
export interface GiveInput {
  readonly taskId: string;
  readonly decisionId: string;
  /** Place of the step. */
  readonly step: number;
  readonly answer: number;
  readonly as: GivenAs;
  /** For people. */
  readonly reason: string;
}

/** Tells a task that waits for a slot that it has one, or needs none any more. */
export const SLOT_SIGNAL = 'slotGranted';

/** What a waiting task finds when it looks. */
export type SlotAnswer =
  | { readonly kind: 'waiting' }
  /** It has a slot, or needs none any more: the chain to follow. */
  | { readonly kind: 'go-on'; readonly chain: readonly ChainLink[] }
  | { readonly kind: 'ended'; readonly outcome: Outcome };

export interface EndInput {
  readonly taskId: string;
  readonly kind: 'failed' | 'refused' | 'cancelled';
  /** For people. */
  readonly reason: string;
  /** For programs. */
  readonly code: string;
}

export interface UpkeepInput {
  /** Time between two rounds, in milliseconds. */
  readonly everyMs: number;
}

/** Analysis and what follows from it, below live traffic. */
export function reviewQueue(dispatchQueue: string): string {
  return `${dispatchQueue.slice(0, dispatchQueue.length - DISPATCH_QUEUE.length)}review`;
}

/** The scope of a review of everything. Any other scope is the name of a class or of a group. */
export const WHOLE_SCOPE = 'all';

/** Id of the one open review of a scope, per dispatch queue: a second start finds the first. */
export function reviewWorkflowId(dispatchQueue: string, scope: string): string {
  return `routing-review:${dispatchQueue}:${scope}`;
}

/** Id of the schedule that starts the review of a scope, and base of the ids of the triggers it starts. */
export function reviewScheduleId(dispatchQueue: string, scope: string): string {
  return `review-schedule:${dispatchQueue}:${scope}`;
}

export function reviewTriggerWorkflowId(triggerId: string): string {
  return `review-trigger:${triggerId}`;
}

export function replayShardWorkflowId(proposalId: string, pass: number, shard: number): string {
  return `replay:${proposalId}:${pass}:${shard}`;
}

export function rolloutWorkflowId(rolloutId: string): string {
  return `rollout:${rolloutId}`;
}

export function watchWorkflowId(rolloutId: string): string {
  return `watch:${rolloutId}`;
}

/** What asked for a review. */
export type TriggerKind = 'schedule' | 'model-shipped' | 'price-change' | 'threshold' | 'deprecation' | 'person';

export interface TriggerInput {
  /** Id of its row; absent for a schedule, which starts the same input every time. */
  readonly triggerId?: string;
  readonly scope: string;
  readonly kind: TriggerKind;
  /** For people: which model, which price, which threshold. */
  readonly detail: string;
  /** Who asked; `schedule` for a schedule. Cannot approve what the review proposes. */
  readonly requestedBy: string;
}

/** The trigger began a review, or found one open and stands beside it. */
export interface TriggerResult {
  readonly reviewId: string | null;
  readonly isJoined: boolean;
}

export interface ReviewInput extends TriggerInput {
  readonly triggerId: string;
}

export type ReviewEnd = 'no-change' | 'held' | 'needs-owner' | 'decided' | 'expired' | 'void' | 'cancelled' | 'failed';

/** One proposal that waits for people, as far as the workflow needs it to judge a verdict at once. */
export interface AwaitedProposal {
  readonly proposalId: string;
  readonly evidenceSha256: string;
  readonly baseVersion: number;
}

/** A verdict whose row is committed. */
export interface VerdictInput {
  readonly approvalId: string;
  readonly proposalId: string;
  readonly verdict: 'approve' | 'reject';
  readonly actor: string;
  readonly evidenceSha256: string;
  readonly baseVersion: number;
}

/** Whether the verdict counts, and where the proposal stands now. */
export interface VerdictResult {
  readonly kind: 'counted' | 'already' | 'refused';
  readonly state: string;
  readonly refusal?: string;
}

/** Types of the failures by which a review turns a verdict away: not yet open to verdicts, never to count, over. */
export type VerdictFailure = 'too_early' | 'verdict_refused' | 'too_late';

/** What a review says of itself when asked. */
export interface ReviewStatus {
  readonly reviewId: string | null;
  readonly phase: ReviewPhase;
  /** Proposals that wait for a verdict. */
  readonly waiting: readonly string[];
}

export type ReviewPhase = 'analysing' | 'proposing' | 'replaying' | 'reporting' | 'awaiting-verdict' | 'ended';

/** Names of the messages of a review. */
export const VERDICT_UPDATE = 'decide';
export const VERDICT_SIGNAL = 'verdictRecorded';
export const REVIEW_STATUS_QUERY = 'status';

/** A part of one pass: samples [from, to). */
export interface ShardInput {
  readonly reviewId: string;
  readonly proposalId: string;
  readonly pass: 1 | 2;
  readonly from: number;
  readonly to: number;
  /** Pairs that run at a time. */
  readonly concurrency: number;
  readonly tries: number;
}

/** Counts only: what was answered stands in rows. */
export interface ShardResult {
  readonly done: number;
  /** Not replayed because the spend cap was reached. */
  readonly capped: number;
}

/** One replay: one sampled task on one model; or one judgement of its two answers, in one order. */
export interface ReplayInput {
  readonly reviewId: string;
  readonly proposalId: string;
  readonly pass: 1 | 2;
  readonly position: number;
  readonly role: 'baseline' | 'candidate' | JudgeRole;
  readonly tries: number;
  /** Of a cascade: the pool of the worker that runs this; absent: a call of any pool may be made. */
  readonly pool?: string;
}

/** How a replay ended; or the pool that its next call, or the check of its last one, is to be made in. */
export type ReplayOutcome = ReplayEnding | { readonly pool: string };
export type ReplayEnding = 'done' | 'capped' | 'closed';

export interface RolloutInput {
  readonly rolloutId: string;
}

export interface WatchInput extends RolloutInput {
  /** Looks of one run, after which the watch goes on in a new one; absent: as many as the engine suggests. */
  readonly looksPerRun?: number;
}

/** Asks a rollout to look at its row now: somebody paused, resumed or aborted it. */
export const ROLLOUT_SIGNAL = 'rolloutChanged';

/** What one look at a rollout or at a watched change leaves to be done. */
export interface Look {
  readonly state: string;
  /** Nothing more will happen here. */
  readonly isOver: boolean;
  /** Until the next look, in milliseconds. */
  readonly nextMs: number;
}
