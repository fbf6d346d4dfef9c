/**
 * The beginning of a review: the trigger that asked for it, and its row. These steps keep the audit log, so they run with full
 * rights; what analyses and proposes has the rights of a review.
 */

import { v5 as uuidOfName } from 'uuid';
import { addTrigger, joinOpenReview, noteOverdueReview, triggersOfOpenReviews, unheardTriggers } from '../../db/queries/review-triggers';
import { enterReviewPhase, openReview as openReviewRow } from '../../db/queries/reviews';
import type { ReviewSettings } from '../../routing/review/settings';
import type { ReviewEnd, ReviewInput, ReviewPhase, TriggerInput, TriggerResult } from '../../workflows/messages';
import type { Deps } from '../deps';

/** What the workflow of a review needs to know of it. */
export interface OpenedReview {
  readonly reviewId: string;
  /** Further than `analysing` when an earlier workflow of this review was lost: what it did stands. */
  readonly phase: ReviewPhase;
  /** Present when it has ended already. */
  readonly end?: ReviewEnd;
  readonly baseVersion: number;
  readonly requestedBy: string;
  readonly replay: Pick<
    ReviewSettings['replay'],
    'maxMs' | 'maxPasses' | 'shardSize' | 'concurrency' | 'tries' | 'blocks' | 'blockSpacingMs'
  >;
  readonly verdict: ReviewSettings['verdict'];
  /** A step whose worker is silent for this long is given to another, in milliseconds. */
  readonly heartbeatMs: number;
}

/** The name space of trigger ids that are derived from workflow ids. */
const TRIGGER_NAMESPACE = '4d7b0b52-6a0c-4f0e-9d3e-0c8f8d3c5a11';

/**
 * Keeps a trigger. A schedule starts the same input every time, but under a workflow id of its own each time: that is where its
 * trigger's id comes from, so that running this again finds the row.
 */
export async function recordTrigger(
  { db }: Deps,
  { triggerId, workflowId, scope, kind, detail, requestedBy }: TriggerInput & { readonly workflowId: string },
): Promise<{ readonly triggerId: string }> {
  const id = triggerId ?? uuidOfName(workflowId, TRIGGER_NAMESPACE);
  await addTrigger(db, { id, scope, kind, detail, requestedBy });
  return { triggerId: id };
}

/** Stands the trigger beside the open review. A `reviewId` of null: its row is not there yet, or no longer; ask again. */
export async function joinReview({ db }: Deps, { triggerId }: ReviewInput): Promise<TriggerResult> {
  return (await joinOpenReview(db, triggerId)) ?? { reviewId: null, isJoined: false };
}

/** Opens the row of a review, or finds the one that a lost workflow left, which goes on from there. */
export async function openReview({ db, heartbeatMs }: Deps, { triggerId }: ReviewInput): Promise<OpenedReview> {
  const { id, phase, endKind, baseVersion, requestedBy, settings } = await openReviewRow(db, triggerId);
  const { maxMs, maxPasses, shardSize, concurrency, tries, blocks, blockSpacingMs } = settings.replay;
  return {
    reviewId: id,
    phase,
    ...(endKind === null ? {} : { end: endKind }),
    baseVersion,
    requestedBy,
    replay: { maxMs, maxPasses, shardSize, concurrency, tries, blocks, blockSpacingMs },
    verdict: settings.verdict,
    heartbeatMs,
  };
}

export function enterPhase(
  { reviewDb }: Deps,
  { reviewId, phase }: { readonly reviewId: string; readonly phase: ReviewPhase },
): Promise<void> {
  return enterReviewPhase(reviewDb, reviewId, phase);
}

/** Triggers asked for again in one round of upkeep. */
const BATCH = 50;

/**
 * Upkeep of reviews: asks again for what Temporal never heard of, gives open reviews whose workflow is gone a new one, and writes
 * down when a week has had no review.
 *
 * @returns triggers and reviews that were asked for again, and whether the alarm was raised now
 */
export async function resumeTriggers({
  db,
  askForReview,
  reviveReview,
}: Deps): Promise<{ readonly resumed: number; readonly isOverdue: boolean }> {
  const unheard = await unheardTriggers(db, BATCH);
  for (const trigger of unheard) await askForReview(trigger);
  const revived = await Promise.all((await triggersOfOpenReviews(db)).map(reviveReview));
  return { resumed: unheard.length + revived.filter(Boolean).length, isOverdue: await noteOverdueReview(db) };
}
