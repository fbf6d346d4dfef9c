/** Reads of reviews for people and programs: one with everything under it, or many; and what a beginning of an id names. */

import { asc, desc, eq } from 'drizzle-orm';
import { type Database, guarded } from '../connect';
import { approvals, reviews, reviewTriggers, rollouts } from '../schema/reviews';
import { loadProposals, type ProposalRow } from './proposals';
import type { TriggerRow } from './review-triggers';

export type ReviewRow = typeof reviews.$inferSelect;
export type ApprovalRow = typeof approvals.$inferSelect;
export type RolloutRow = typeof rollouts.$inferSelect;

/** A review in a list. */
export type ReviewSummary = Pick<
  ReviewRow,
  | 'id'
  | 'scope'
  | 'phase'
  | 'triggerKind'
  | 'triggerDetail'
  | 'requestedBy'
  | 'startedAt'
  | 'expiresAt'
  | 'endedAt'
  | 'endKind'
  | 'endReason'
> & {
  /** Proposals by state. */
  readonly proposals: Readonly<Record<string, number>>;
};

/** Reviews, newest first. */
export function listReviews(db: Database, limit: number): Promise<readonly ReviewSummary[]> {
  return guarded('list reviews', async () => {
    const rows = await db.drizzle.select().from(reviews).orderBy(desc(reviews.startedAt)).limit(limit);
    const counts = await db.sql<{ reviewId: string; state: string; proposals: number }[]>`
      SELECT review_id AS "reviewId", state, count(*)::integer AS proposals FROM proposals
      WHERE review_id = ANY (${rows.map(({ id }) => id)}::uuid[]) GROUP BY review_id, state ORDER BY state`;
    return rows.map(({ id, scope, phase, triggerKind, triggerDetail, requestedBy, startedAt, expiresAt, endedAt, endKind, endReason }) => ({
      ...{ id, scope, phase, triggerKind, triggerDetail, requestedBy, startedAt, expiresAt, endedAt, endKind, endReason },
      proposals: Object.fromEntries(counts.filter(({ reviewId }) => reviewId === id).map((count) => [count.state, count.proposals])),
    }));
  });
}

/** Everything that is known of one review, but its samples and replays. */
export interface ReviewStory {
  readonly review: ReviewRow;
  readonly proposals: readonly ProposalRow[];
  /** What asked for it, the one that began it first. */
  readonly triggers: readonly TriggerRow[];
  readonly approvals: readonly ApprovalRow[];
  readonly rollouts: readonly RolloutRow[];
}

/** The story of a review. Undefined: no such review. */
export function loadReviewStory(db: Database, reviewId: string): Promise<ReviewStory | undefined> {
  return guarded('load a review', async () => {
    const { drizzle } = db;
    const [found, proposals, triggers, given, begun] = await Promise.all([
      drizzle.select().from(reviews).where(eq(reviews.id, reviewId)),
      loadProposals(db, reviewId),
      drizzle
        .select()
        .from(reviewTriggers)
        .where(eq(reviewTriggers.reviewId, reviewId))
        .orderBy(asc(reviewTriggers.isJoined), asc(reviewTriggers.at)),
      drizzle.select().from(approvals).where(eq(approvals.reviewId, reviewId)).orderBy(asc(approvals.givenAt)),
      drizzle.select().from(rollouts).where(eq(rollouts.reviewId, reviewId)).orderBy(asc(rollouts.startedAt)),
    ]);
    const [review] = found;
    return review && { review, proposals, triggers, approvals: given, rollouts: begun };
  });
}

/** A review or proposal whose id begins as asked. */
export interface NamedByPrefix {
  readonly kind: 'review' | 'proposal';
  readonly id: string;
  readonly reviewId: string;
  /** Scope of the review, class or group of the proposal. */
  readonly name: string;
}

/** At most ten of them. */
export function findReviewsAndProposals(db: Database, prefix: string): Promise<readonly NamedByPrefix[]> {
  return guarded('look for a review or proposal', async () => {
    const rows = await db.sql<NamedByPrefix[]>`
      SELECT 'review' AS kind, id, id AS "reviewId", scope AS name FROM reviews WHERE starts_with(id::text, ${prefix})
      UNION ALL SELECT 'proposal', id, review_id, name FROM proposals WHERE starts_with(id::text, ${prefix})
      ORDER BY kind DESC, name, id LIMIT 10`;
    return [...rows];
  });
}

/** Whether a scope names something to review: a group, or a class that the policy names or that work has had. */
export function isKnownScope(db: Database, scope: string): Promise<boolean> {
  return guarded('look for what is to be reviewed', async () => {
    const [row] = await db.sql<[{ isKnown: boolean }]>`
      SELECT EXISTS (SELECT FROM policy_versions WHERE active AND (body->'classes' ? ${scope} OR body->'review'->'groups' ? ${scope}))
        OR EXISTS (SELECT FROM tasks WHERE purpose = 'work' AND task_class = ${scope} AND ended_at IS NOT NULL) AS "isKnown"`;
    return row.isKnown;
  });
}
