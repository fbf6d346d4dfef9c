/** Waits for the end of a task, and says how it ended. */

import type { Client } from '@temporalio/client';
import type { Database } from '../db/connect';
import { loadOutcome, loadStory } from '../db/queries/tasks';
import { RoutingError } from '../routing/errors';
import { nanoToUsd } from '../routing/units';
import { dispatchWorkflowId } from '../workflows/messages';
import { refuseMalformedId, unknownTask } from './task-id';

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

/**
 * Asks Temporal to tell when the workflow ends, and Postgres how; without Temporal, looks again and again.
 *
 * @throws {RoutingError} `unknown_task`; `timed_out` after `timeoutMs`, and the task goes on
 */
export async function awaitResult(db: Database, temporal: Client | undefined, taskId: string, timeoutMs?: number): Promise<TaskResult> {
  refuseMalformedId(taskId);
  const until = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
  for (;;) {
    const found = await loadOutcome(db, taskId);
    if (found !== undefined) return resultOf(taskId, found);
    if (until !== undefined && Date.now() >= until) {
      const message = `Task ${taskId} has not ended after ${timeoutMs} ms. It goes on: ask again, or look with "signalbox task ${taskId}".`;
      throw new RoutingError('timed_out', message);
    }
    await waitForEnd(db, temporal, taskId, until);
  }
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
