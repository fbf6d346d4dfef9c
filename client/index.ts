/**
 * The typed client: submit work, wait for it, look at it, rate it. Talks to Postgres for what is known and to Temporal for what
 * must happen.
 */

import { Client, type ConnectionLike } from '@temporalio/client';
import { v7 as newId } from 'uuid';
import { connect, type Database } from '../db/connect';
import { canonicalJson, sha256Hex } from '../db/documents/canonical-json';
import { storedCatalogueFromJson } from '../db/documents/catalogue-document';
import { policyFromJson } from '../db/documents/policy-document';
import { factsOf, type ParsedSubmission, promptOf, type Submission } from '../db/documents/submission';
import { knowledgeOf, loadKnowledge } from '../db/queries/dispatch';
import { acceptTask, addRating } from '../db/queries/ledger';
import { activeCatalogue, catalogueModels, loadPolicy } from '../db/queries/rules';
import { listTasks, loadOutcome, loadStory, requestCancel, type TaskFilter, type TaskStory, type TaskSummary } from '../db/queries/tasks';
import type { Decision, Refusal } from '../routing/decision/decision';
import { RoutingError } from '../routing/errors';
import { classify } from '../routing/task/classify';
import type { TaskDescriptor } from '../routing/task/descriptor';
import { nanoToUsd } from '../routing/units';
import { DISPATCH_QUEUE, dispatchWorkflowId } from '../workflows/messages';
import { cancelDispatch, startDispatch } from '../workflows/start-dispatch';
import { type AskedNames, requireKnownNames } from './known-names';
import { type RouteAnswer, routeAnswer, routeSubmission } from './route';
import { parseSubmission } from './submission';
import { taskHash } from './task-hash';

export type { Submission } from '../db/documents/submission';
export type { TaskStory, TaskSummary } from '../db/queries/tasks';
export { RoutingError } from '../routing/errors';
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
export interface Submitted {
  readonly taskId: string;
  /** The idempotency key had this task already; nothing new was accepted. */
  readonly isExisting: boolean;
  /** False when Temporal did not answer: upkeep will start the task. */
  readonly isStarted: boolean;
}

/** How a task ended. */
export interface TaskResult {
  readonly taskId: string;
  readonly outcome: 'completed' | 'failed' | 'refused' | 'cancelled';
  /** For programs. */
  readonly code: string;
  /** For people. */
  readonly reason: string;
  readonly model: string | null;
  /** Null when no model answered. */
  readonly answer: string | null;
  readonly toolCalls: readonly unknown[];
  readonly attempts: number;
  readonly costUsd: number;
  /** Fraction in [0, 1]; null when nothing graded the answer. */
  readonly score: number | null;
  readonly endedAt: string;
}

export interface RatingInput {
  /** 1 to 5. */
  readonly score: number;
  /** The task that is rated; its model and tier are taken from its outcome. */
  readonly taskId: string;
  /** Another model than the one that answered. */
  readonly model?: string;
  readonly ratedBy?: string;
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
  /** Rates an answer; returns the model and tier that were rated. */
  rate(rating: RatingInput): Promise<{ readonly model: string; readonly tier: string }>;
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

    async result(taskId, { timeoutMs } = {}) {
      refuseMalformedId(taskId);
      const until = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
      for (;;) {
        const found = await loadOutcome(db, taskId);
        if (found !== undefined) return resultOf(taskId, found);
        await waitForEnd(db, temporal, taskId, until);
        if (until !== undefined && Date.now() >= until) {
          const late = await loadOutcome(db, taskId);
          if (late !== undefined) return resultOf(taskId, late);
          throw new RoutingError(
            'timed_out',
            `Task ${taskId} has not ended after ${timeoutMs} ms. It goes on: ask again, or look with "signalbox task ${taskId}".`,
          );
        }
      }
    },

    async cancel(taskId) {
      refuseMalformedId(taskId);
      const status = await requestCancel(db, taskId);
      if (status === undefined) throw unknownTask(taskId);
      if (temporal !== undefined && (status === 'accepted' || status === 'running')) {
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

    async rate({ score, taskId, model, ratedBy = owner }) {
      if (!(score >= 1 && score <= 5)) throw new RoutingError('bad_input', `${score} is not a rating. Give a number from 1 to 5.`);
      refuseMalformedId(taskId);
      await refuseUnknownNames(db, { model });
      const story = await loadStory(db, taskId);
      if (story === undefined) throw unknownTask(taskId);
      const rated = model ?? story.outcome?.model ?? undefined;
      if (rated === undefined || story.decision === undefined) {
        throw new RoutingError(
          'bad_input',
          `No model has answered task ${taskId} yet. Name the model that you rate, or wait for the answer.`,
        );
      }
      const policy = await loadPolicy(db);
      if (policy === undefined) throw new RoutingError('no_active_policy', 'No policy is in force. Run "signalbox up" once.');
      const { alpha, seed } = policyFromJson(policy.body).learning;
      await addRating(db, {
        id: newId(),
        taskId,
        provider: rated.slice(0, rated.indexOf('/')),
        model: rated,
        score,
        tier: story.decision.tier,
        taskClass: story.decision.taskClass,
        taskHash: taskHash(story.prompt),
        source: 'person',
        ratedBy,
        alpha,
        seed,
      });
      return { model: rated, tier: story.decision.tier };
    },

    close: () => db.close(),
  };
}

async function accept(db: Database, task: ParsedSubmission, owner: string): Promise<Omit<Submitted, 'isStarted'>> {
  const prompt = promptOf(task);
  const body = canonicalJson({ ...task, idempotencyKey: undefined });
  const content = JSON.stringify(prompt);
  const acceptance = await acceptTask(db, {
    id: newId(),
    owner,
    idempotencyKey: task.idempotencyKey,
    bodySha256: sha256Hex(body),
    externalId: task.externalId,
    facts: factsOf(task),
    privacyTier: task.privacyTier,
    residency: task.residency,
    priority: task.priority,
    dryRun: task.dryRun,
    prompt,
    grader: task.grader,
    promptBytes: Buffer.byteLength(content),
    promptSha256: sha256Hex(content),
  });
  if (acceptance.kind === 'conflict') {
    throw new RoutingError(
      'idempotency_conflict',
      `The idempotency key "${task.idempotencyKey}" belongs to task ${acceptance.taskId}, which has another body. Nothing was accepted: use a new key for new work.`,
    );
  }
  return { taskId: acceptance.taskId, isExisting: acceptance.kind === 'existing' };
}

/** Decides by the rules in force and by what is known now. */
async function decideNow(db: Database, task: ParsedSubmission): Promise<Decision | Refusal> {
  const [stored, policy] = await Promise.all([activeCatalogue(db), loadPolicy(db)]);
  if (stored === undefined || policy === undefined) {
    throw new RoutingError('no_active_policy', 'No catalogue and policy are in force. Run "signalbox up" once.');
  }
  const { catalogue } = storedCatalogueFromJson(stored.body);
  requireKnownNames(task.constraints, catalogue.models);
  return routeSubmission(task, {
    catalogue,
    policy: { ...policyFromJson(policy.body), version: policy.version },
    knowledge: async (taskClass) => knowledgeOf(await loadKnowledge(db, taskClass, task.scope)),
    now: Date.now(),
  });
}

/** Between two looks at a task that Temporal cannot be asked about, in milliseconds. */
const LOOK_EVERY_MS = 250;

/** Returns when the workflow has ended, when it is time to look again, or at `until`. */
async function waitForEnd(db: Database, temporal: Client | undefined, taskId: string, until: number | undefined): Promise<void> {
  if (temporal !== undefined) {
    const handle = temporal.workflow.getHandle(dispatchWorkflowId(taskId));
    const patience = until ?? Date.now() + 60_000;
    const ended = await temporal
      .withDeadline(patience, () => handle.result())
      .then(
        () => true,
        () => false,
      );
    if (ended) return;
  }
  const story = await loadStory(db, taskId);
  if (story === undefined) throw unknownTask(taskId);
  await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

function resultOf(taskId: string, { outcome, answer }: NonNullable<Awaited<ReturnType<typeof loadOutcome>>>): TaskResult {
  const content = answer as { readonly text?: string; readonly toolCalls?: readonly unknown[] } | undefined;
  return {
    taskId,
    outcome: outcome.kind,
    code: outcome.code,
    reason: outcome.reason,
    model: outcome.model,
    answer: content?.text ?? null,
    toolCalls: content?.toolCalls ?? [],
    attempts: outcome.attempts,
    costUsd: nanoToUsd(outcome.costNano),
    score: outcome.score,
    endedAt: outcome.endedAt.toISOString(),
  };
}

/** A model or a provider that does not exist is told now rather than after the task was kept. */
async function refuseUnknownNames(db: Database, asked: AskedNames): Promise<void> {
  if (asked.provider === undefined && asked.model === undefined && asked.excludeModels === undefined) return;
  requireKnownNames(asked, await catalogueModels(db));
}

function isTaskId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text);
}

/** What is no id at all is not asked for: the database would refuse the question. */
function refuseMalformedId(taskId: string): void {
  if (!isTaskId(taskId)) throw unknownTask(taskId);
}

function unknownTask(taskId: string): RoutingError {
  return new RoutingError('unknown_task', `There is no task ${taskId}. "signalbox tasks" lists the latest.`);
}
