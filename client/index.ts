/**
 * The typed client: submit work, wait for it, look at it, rate it. Talks to Postgres for what is known and to Temporal for what
 * must happen.
 */

import { Client, type ConnectionLike } from '@temporalio/client';
import { connect } from '../db/connect';
import type { Submission } from '../db/documents/submission';
import { listTasks, loadStory, requestCancel, type TaskFilter, type TaskStory, type TaskSummary } from '../db/queries/tasks';
import { isOpenStatus } from '../db/schema/tasks';
import type { Decision, Refusal } from '../routing/decision/decision';
import { classify } from '../routing/task/classify';
import type { TaskDescriptor } from '../routing/task/descriptor';
import { DISPATCH_QUEUE } from '../workflows/messages';
import { cancelDispatch, startDispatch } from '../workflows/start-dispatch';
import { type Accepted, accept } from './accept';
import { decideNow, refuseUnknownNames } from './live-rules';
import { type Rated, type RatingInput, rate } from './rate';
import { awaitResult, type TaskResult } from './result';
import { type RouteAnswer, routeAnswer } from './route';
import { parseSubmission } from './submission';
import { isTaskId, refuseMalformedId, unknownTask } from './task-id';

export type { Submission } from '../db/documents/submission';
export type { TaskStory, TaskSummary } from '../db/queries/tasks';
export { RoutingError } from '../routing/errors';
export type { Rated, RatingInput } from './rate';
export type { TaskResult } from './result';
export type { RouteAnswer } from './route';

export interface ClientOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly databaseUrl: string;
  /** An open connection to Temporal; a worker's own `NativeConnection` allows eager starts. Absent: tasks wait for upkeep to start them. */
  readonly connection?: ConnectionLike;
  readonly namespace?: string;
  /** Task queue of the workers; `dispatch` unless they were given another. */
  readonly dispatchQueue?: string;
  /** Start tasks on a worker of this process when one is free. Needs the worker's own connection. */
  readonly eager?: boolean;
  /** Longest prompt, in bytes of UTF-8. */
  readonly maxPromptBytes?: number;
  /** Whose tasks these are; idempotency keys are the owner's own. */
  readonly owner?: string;
}

/** A task that is committed: it will reach its outcome whatever is killed. */
export interface Submitted extends Accepted {
  /** False when Temporal did not answer: upkeep will start the task. */
  readonly isStarted: boolean;
}

export interface SignalboxClient {
  /**
   * Commits a task and starts it.
   *
   * @throws {RoutingError} `bad_input` naming every problem; `input_too_large`; `idempotency_conflict` when the key belongs to another
   *   body; `database_unreachable`, and then nothing was accepted
   */
  submit(submission: Submission): Promise<Submitted>;
  /**
   * Waits until a task has ended.
   *
   * @throws {RoutingError} `unknown_task`; `timed_out` after `timeoutMs`, and the task goes on
   */
  result(taskId: string, options?: { readonly timeoutMs?: number }): Promise<TaskResult>;
  /** Asks that a task stop; a call in flight is aborted and settled. Returns the status it had. Ended tasks stay as they are. */
  cancel(taskId: string): Promise<string>;
  /** The whole story of a task; undefined: no such task. */
  task(taskId: string): Promise<TaskStory | undefined>;
  /** Tasks, newest first. */
  tasks(filter?: Partial<TaskFilter>): Promise<readonly TaskSummary[]>;
  /** Where a task would go now; nothing is kept. */
  route(submission: Submission): Promise<RouteAnswer>;
  /** As `route`, with the whole record of the decision. */
  decide(submission: Submission): Promise<Decision | Refusal>;
  classify(text: string): TaskDescriptor;
  /**
   * Rates an answer: of a task, or of the owner's last one; returns what was rated.
   *
   * @throws {RoutingError} `bad_input`, `unknown_task`, `unknown_model`, `no_active_policy`
   */
  rate(rating: RatingInput): Promise<Rated>;
  close(): Promise<void>;
}

const ONE_MIB = 1024 * 1024;

/** How long Temporal may take to start or stop a workflow, in milliseconds: what it does not do by then, upkeep does. */
const TEMPORAL_PATIENCE_MS = 5_000;

/** Opens a client. Connects to Postgres on first use. */
export function createClient(options: ClientOptions): SignalboxClient {
  const { databaseUrl, connection, namespace = 'default', dispatchQueue = DISPATCH_QUEUE, eager = false } = options;
  const { maxPromptBytes = ONE_MIB, owner = 'local' } = options;
  const db = connect(databaseUrl, { applicationName: 'signalbox-client' });
  const temporal = connection === undefined ? undefined : new Client({ connection, namespace });

  return {
    async submit(submission) {
      const task = parseSubmission(submission, maxPromptBytes);
      await refuseUnknownNames(db, task.constraints);
      const accepted = await accept(db, task, owner);
      if (temporal === undefined) return { ...accepted, isStarted: false };
      const start = () => startDispatch(temporal.workflow, dispatchQueue, accepted.taskId, eager);
      const isStarted = await temporal.withDeadline(Date.now() + TEMPORAL_PATIENCE_MS, start).then(
        () => true,
        () => false, // acknowledged is committed: upkeep starts what could not be started now
      );
      return { ...accepted, isStarted };
    },

    result: (taskId, { timeoutMs } = {}) => awaitResult(db, temporal, taskId, timeoutMs),

    async cancel(taskId) {
      refuseMalformedId(taskId);
      const status = await requestCancel(db, taskId);
      if (status === undefined) throw unknownTask(taskId);
      if (temporal !== undefined && isOpenStatus(status)) {
        // What Temporal does not hear now, upkeep repeats; without a workflow, the first step of the one to come finds the request.
        const stop = () => cancelDispatch(temporal.workflow, taskId);
        await temporal.withDeadline(Date.now() + TEMPORAL_PATIENCE_MS, stop).catch(() => {});
      }
      return status;
    },

    task: async (taskId) => (isTaskId(taskId) ? loadStory(db, taskId) : undefined),
    tasks: (filter = {}) => listTasks(db, { limit: 50, ...filter }),

    route: async (submission) => routeAnswer(await decideNow(db, parseSubmission(submission, maxPromptBytes))),
    decide: (submission) => decideNow(db, parseSubmission(submission, maxPromptBytes)),

    classify,

    rate: (rating) => rate(db, rating, owner),

    close: () => db.close(),
  };
}
