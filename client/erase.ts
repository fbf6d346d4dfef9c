/** The erasing of one task's content: what somebody has a right to, done at once and for good. */

import type { Database } from '../db/connect';
import { type Erased, type Erasure, eraseTask } from '../db/queries/erasure';
import { RoutingError } from '../routing/errors';
import { refuseMalformedId, unknownTask } from './task-id';

/** What is true afterwards. */
export type ErasedContent = Extract<Erased, { readonly kind: 'erased' | 'erased-before' }>;

/** Longest reason, in characters: a reference, not a letter. */
export const LONGEST_REASON = 200;

/**
 * Erases the prompt, the grader and the answers of a task and of its replays, also in an archived month. What it cost and why it was
 * routed as it was stays. The audit log says who asked and why. Safe to repeat.
 *
 * @throws {RoutingError} `bad_input`, `unknown_task`; `conflict` while the task or a replay of it runs
 */
export async function eraseContent(db: Database, { taskId, actor, reason }: Erasure): Promise<ErasedContent> {
  refuseMalformedId(taskId);
  if (reason.length > LONGEST_REASON) {
    throw new RoutingError(
      'bad_input',
      `A reason has at most ${LONGEST_REASON} characters; it is kept for ever. Give a reference instead.`,
    );
  }
  const erased = await eraseTask(db, { taskId: taskId.toLowerCase(), actor, reason });
  switch (erased.kind) {
    case 'erased':
    case 'erased-before':
      return erased;
    case 'open':
      throw new RoutingError(
        'conflict',
        `Task ${taskId}, or a replay of it, has not ended, so nothing was erased. Wait for it, or "signalbox cancel" it first.`,
      );
    case 'gone':
      throw new RoutingError(
        'unknown_task',
        `The month of task ${taskId} was archived, and its tables are not in the database any more. Erase the task in the exports of that month.`,
      );
    case 'unknown':
      throw unknownTask(taskId);
  }
}
