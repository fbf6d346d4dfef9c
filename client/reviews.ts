/** Reviews, for the command line and for programs: asked for, looked at, cancelled. Verdicts are in verdicts.ts. */

import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { v7 as newId } from 'uuid';
import type { Database } from '../db/connect';
import {
  isKnownScope,
  listReviews as listReviewRows,
  loadReviewStory,
  type ReviewStory,
  type ReviewSummary,
} from '../db/queries/review-reads';
import { addTrigger, isReviewOverdue, listTriggers as listTriggerRows, type TriggerRow } from '../db/queries/review-triggers';
import { closeReview, noteCancelRequest } from '../db/queries/reviews';
import { RoutingError } from '../routing/errors';
import { reviewWorkflowId, type TriggerInput, type TriggerKind, WHOLE_SCOPE } from '../workflows/messages';
import { startReviewTrigger } from '../workflows/start-review';
import { answeredInTime } from './engine-patience';
import { resolveReview } from './review-ids';

export type { ReviewStory, ReviewSummary } from '../db/queries/review-reads';
export type { TriggerRow } from '../db/queries/review-triggers';

export interface ReviewRequest {
  /** `all`, a class, or a group of the policy. */
  readonly scope: string;
  readonly kind: TriggerKind;
  /** For people: which model, which price, why. */
  readonly detail: string;
  /** Cannot approve what the review proposes. */
  readonly requestedBy: string;
}

/** A review that was asked for. */
export interface RequestedReview {
  readonly triggerId: string;
  /** False when Temporal did not answer: upkeep asks again. */
  readonly isStarted: boolean;
}

/**
 * Asks for a review: kept first, then told to Temporal. It begins, or stands beside the one of its scope that is open.
 *
 * @param client absent: upkeep tells Temporal
 * @throws {RoutingError} `bad_input` for a scope that names nothing; of the database, and then nothing was asked for
 */
export async function startReview(
  db: Database,
  client: Client | undefined,
  dispatchQueue: string,
  { scope, kind, detail, requestedBy }: ReviewRequest,
): Promise<RequestedReview> {
  if (scope !== WHOLE_SCOPE && !(await isKnownScope(db, scope))) {
    throw new RoutingError(
      'bad_input',
      `There is nothing to review by the name of "${scope}": no group or class of the policy, and no class that any task has had. Leave the scope out to review everything.`,
    );
  }
  const trigger: TriggerInput & { readonly triggerId: string } = { triggerId: newId(), scope, kind, detail, requestedBy };
  await addTrigger(db, { id: trigger.triggerId, scope, kind, detail, requestedBy });
  if (client === undefined) return { triggerId: trigger.triggerId, isStarted: false };
  const isStarted = await answeredInTime(client, 'start a review', () => startReviewTrigger(client.workflow, dispatchQueue, trigger)).then(
    () => true,
    () => false,
  );
  return { triggerId: trigger.triggerId, isStarted };
}

/**
 * Asks an open review to stop: its replays are closed, its proposals aborted; what it had rolled out goes on. One without a
 * workflow is ended here.
 *
 * @param id of the review or of one of its proposals, or the beginning of one
 * @throws {RoutingError} `unknown_review`; `too_late` when it has ended; `engine_unreachable`, and then it goes on
 */
export async function cancelReview(
  db: Database,
  client: Client,
  dispatchQueue: string,
  id: string,
  actor: string,
): Promise<{ readonly reviewId: string }> {
  const { review } = await loadReview(db, id);
  if (review.endedAt !== null) {
    throw new RoutingError('too_late', `Review ${review.id} has ended (${review.endKind}) and cannot be cancelled.`);
  }
  await noteCancelRequest(db, review.id, actor);
  const stop = () => client.workflow.getHandle(reviewWorkflowId(dispatchQueue, review.scope)).cancel();
  try {
    await answeredInTime(client, 'cancel a review', stop);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    await closeReview(db, { reviewId: review.id, kind: 'cancelled', reason: 'The review was cancelled.', actor });
  }
  return { reviewId: review.id };
}

/** Reviews, newest first. */
export function listReviews(db: Database, limit = 20): Promise<readonly ReviewSummary[]> {
  return listReviewRows(db, limit);
}

/** What asked for reviews, newest first. */
export function listTriggers(db: Database, limit = 20): Promise<readonly TriggerRow[]> {
  return listTriggerRows(db, limit);
}

/**
 * One review with everything under it.
 *
 * @param id of the review or of one of its proposals, or the beginning of one
 * @throws {RoutingError} `unknown_review`
 */
export async function loadReview(db: Database, id: string): Promise<ReviewStory> {
  const reviewId = await resolveReview(db, id);
  const story = await loadReviewStory(db, reviewId);
  if (story === undefined) throw new RoutingError('unknown_review', `There is no review ${reviewId}.`);
  return story;
}

/** Whether a week has had no review, though there was a policy to review: somebody paused the schedule, or something is broken. */
export function reviewOverdue(db: Database): Promise<boolean> {
  return isReviewOverdue(db);
}
