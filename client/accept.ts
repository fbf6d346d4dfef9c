/** Commits a task: from here on it reaches its outcome whatever is killed. */

import { v7 as newId } from 'uuid';
import type { Database } from '../db/connect';
import { canonicalJson, sha256Hex } from '../db/documents/canonical-json';
import { factsOf, type ParsedSubmission, promptOf } from '../db/documents/submission';
import { acceptTask } from '../db/queries/ledger';
import { RoutingError } from '../routing/errors';

/** A task that is committed. */
export interface Accepted {
  readonly taskId: string;
  /** The idempotency key had this task already; nothing new was accepted. */
  readonly isExisting: boolean;
}

/** @throws {RoutingError} `idempotency_conflict`, or of the database, and then nothing was accepted */
export async function accept(db: Database, task: ParsedSubmission, owner: string): Promise<Accepted> {
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
