/** Reads of tasks for people and programs: one, with its whole story, or many. */

import { and, asc, desc, eq, sql as fragment, isNull } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Database, guarded } from '../connect';
import {
  answers,
  attempts,
  cascadeSteps,
  fallbackEvents,
  isOpenStatus,
  ratings,
  reservations,
  routingDecisions,
  routingOutcomes,
  type TaskStatus,
  taskPayloads,
  tasks,
} from '../schema';
import { loadAssignment, type RecordedAssignment } from './slot-figures';

export type TaskRow = typeof tasks.$inferSelect;
export type AttemptRow = typeof attempts.$inferSelect;
export type OutcomeRow = typeof routingOutcomes.$inferSelect;
export type DecisionRow = typeof routingDecisions.$inferSelect;

/** Everything that is known of one task. The content of a replay is its original's. */
export interface TaskStory {
  readonly task: TaskRow;
  /** Null when it was erased. */
  readonly prompt: unknown;
  readonly promptBytes: number | null;
  /** When its content, or that of the task it replays, was erased. */
  readonly contentErasedAt: Date | null;
  readonly decision: DecisionRow | undefined;
  readonly attempts: readonly (AttemptRow & { readonly reservedNano: number | null })[];
  /** Answered steps of its cascade with what their checks said, in their order; none where it went through none. */
  readonly steps: readonly (typeof cascadeSteps.$inferSelect)[];
  readonly outcome: OutcomeRow | undefined;
  /** Content of the attempt that the outcome rests on. */
  readonly answer: unknown;
  readonly ratings: readonly (typeof ratings.$inferSelect)[];
  readonly fallbacks: readonly (typeof fallbackEvents.$inferSelect)[];
  /** Which slot it got or would have got, and why. Undefined: it needs none. */
  readonly slot: RecordedAssignment | undefined;
}

/** What replays are of. */
const originals = alias(tasks, 'originals');

/** The story of a task. Undefined: no such task. */
export function loadStory(db: Database, taskId: string): Promise<TaskStory | undefined> {
  return guarded('load a task', async () => {
    const { drizzle } = db;
    const [found, decision, calls, steps, outcome, given, fallbacks, slot] = await Promise.all([
      drizzle
        .select()
        .from(tasks)
        .leftJoin(
          taskPayloads,
          eq(
            taskPayloads.taskId,
            fragment`CASE ${tasks.purpose} WHEN 'judge' THEN ${tasks.id} ELSE coalesce(${tasks.replayOf}, ${tasks.id}) END`,
          ),
        )
        .leftJoin(originals, eq(originals.id, tasks.replayOf))
        .where(eq(tasks.id, taskId)),
      drizzle.select().from(routingDecisions).where(eq(routingDecisions.taskId, taskId)),
      drizzle
        .select({ attempt: attempts, reservedNano: reservations.amountNano })
        .from(attempts)
        .leftJoin(reservations, eq(reservations.attemptId, attempts.id))
        .where(eq(attempts.taskId, taskId))
        .orderBy(asc(attempts.number)),
      drizzle.select().from(cascadeSteps).where(eq(cascadeSteps.taskId, taskId)).orderBy(asc(cascadeSteps.step)),
      drizzle.select().from(routingOutcomes).where(eq(routingOutcomes.taskId, taskId)),
      drizzle.select().from(ratings).where(eq(ratings.taskId, taskId)).orderBy(asc(ratings.ratedAt)),
      drizzle.select().from(fallbackEvents).where(eq(fallbackEvents.taskId, taskId)).orderBy(asc(fallbackEvents.id)),
      loadAssignment(db, taskId),
    ]);
    const [row] = found;
    if (row === undefined) return undefined;
    const answeredBy = outcome[0]?.attemptId;
    const [answer] =
      answeredBy == null
        ? []
        : await drizzle
            .select()
            .from(answers)
            .where(and(eq(answers.taskId, taskId), eq(answers.attemptId, answeredBy)));
    return {
      task: row.tasks,
      prompt: row.task_payloads?.prompt ?? null,
      promptBytes: row.task_payloads?.promptBytes ?? null,
      contentErasedAt: row.tasks.contentErasedAt ?? row.originals?.contentErasedAt ?? null,
      decision: decision[0],
      attempts: calls.map(({ attempt, reservedNano }) => ({ ...attempt, reservedNano })),
      steps,
      outcome: outcome[0],
      slot,
      answer: answer?.body,
      ratings: given,
      fallbacks,
    };
  });
}

/** How a task ended, as those who wait for it are told. */
export type OutcomeSummary = Pick<OutcomeRow, 'kind' | 'reason' | 'code' | 'model' | 'attempts' | 'costNano' | 'score' | 'endedAt'>;

/**
 * How a task ended, with its answer. Undefined while it has not.
 *
 * Everybody who waits for a task asks this, so it is a statement that the driver prepares once.
 */
export function loadOutcome(
  db: Database,
  taskId: string,
): Promise<{ readonly outcome: OutcomeSummary; readonly answer: unknown } | undefined> {
  return guarded('load an outcome', async () => {
    const [row] = await db.sql<(Omit<OutcomeSummary, 'endedAt'> & { endedAtMs: number; answer: unknown })[]>`
      SELECT o.kind, o.reason, o.code, o.model, o.attempts, o.cost_nano::double precision AS "costNano", o.score,
        extract(epoch FROM o.ended_at)::double precision * 1000 AS "endedAtMs", a.body AS answer
      FROM routing_outcomes o LEFT JOIN answers a ON a.task_id = o.task_id AND a.attempt_id = o.attempt_id
      WHERE o.task_id = ${taskId}`;
    if (row === undefined) return undefined;
    const { answer, endedAtMs, ...outcome } = row;
    return { outcome: { ...outcome, endedAt: new Date(endedAtMs) }, answer: answer ?? undefined };
  });
}

/** A task in a list. */
export interface TaskSummary {
  readonly id: string;
  readonly externalId: string | null;
  readonly status: TaskStatus;
  readonly taskClass: string | null;
  readonly model: string | null;
  readonly attempts: number | null;
  readonly costNano: number | null;
  readonly score: number | null;
  readonly priority: number;
  readonly acceptedAt: Date;
  readonly endedAt: Date | null;
  readonly reason: string | null;
}

export interface TaskFilter {
  readonly status?: TaskStatus;
  readonly taskClass?: string;
  /** Work, unless replays are asked for. */
  readonly purpose?: TaskRow['purpose'];
  readonly limit: number;
}

/**
 * Tasks, newest first: in the order of their ids, which are made in the order of time.
 *
 * Each filter has an index that leads from the newest on, so that nothing is read that is not shown: outcomes by their kind, decisions
 * by their class, open tasks, replays.
 */
export function listTasks(db: Database, { status, taskClass, purpose = 'work', limit }: TaskFilter): Promise<readonly TaskSummary[]> {
  const outcomeIs = status === undefined || isOpenStatus(status) ? undefined : eq(routingOutcomes.kind, status);
  const isOpen = status !== undefined && isOpenStatus(status) ? and(eq(tasks.status, status), isNull(tasks.endedAt)) : undefined;
  return guarded('list tasks', () =>
    db.drizzle
      .select({
        id: tasks.id,
        externalId: tasks.externalId,
        status: tasks.status,
        taskClass: tasks.taskClass,
        model: fragment<string | null>`coalesce(${routingOutcomes.model}, ${routingDecisions.model})`,
        attempts: routingOutcomes.attempts,
        costNano: routingOutcomes.costNano,
        score: routingOutcomes.score,
        priority: tasks.priority,
        acceptedAt: tasks.acceptedAt,
        endedAt: tasks.endedAt,
        reason: routingOutcomes.reason,
      })
      .from(tasks)
      .leftJoin(routingDecisions, eq(routingDecisions.taskId, tasks.id))
      .leftJoin(routingOutcomes, eq(routingOutcomes.taskId, tasks.id))
      .where(
        and(eq(tasks.purpose, purpose), outcomeIs, isOpen, taskClass === undefined ? undefined : eq(routingDecisions.taskClass, taskClass)),
      )
      .orderBy(desc(tasks.id))
      .limit(limit),
  );
}

/** Asks that a task be cancelled. Returns its status at that moment; undefined: no such task. */
export function requestCancel(db: Database, taskId: string): Promise<TaskStatus | undefined> {
  return guarded('cancel a task', async () => {
    await db.drizzle
      .update(tasks)
      .set({ cancelRequestedAt: fragment`now()` })
      .where(and(eq(tasks.id, taskId), isNull(tasks.endedAt), isNull(tasks.cancelRequestedAt)));
    const [row] = await db.drizzle.select({ status: tasks.status }).from(tasks).where(eq(tasks.id, taskId));
    return row?.status;
  });
}
