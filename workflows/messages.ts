/**
 * Names on the wire between client, workflows and workers: workflow ids, task queues, inputs. Renaming one strands what is
 * open, see CONTRIBUTING.md.
 */

import type { ChainLink } from '../routing/decision/decision';
import type { CallFailure } from '../routing/decision/failure';
import type { AttemptLimits } from '../routing/decision/policy';

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
    };

export interface CallInput {
  readonly taskId: string;
  readonly decisionId: string;
  /** 1 for the first call of the decision. */
  readonly number: number;
  readonly model: string;
  /** Longest time of the call, in milliseconds. */
  readonly maxCallMs: number;
}

export type CallOutcome =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly failure: CallFailure };

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
