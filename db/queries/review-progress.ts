/** How far a review has come, for whoever waits for it. */

import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import type { ReviewEndKind, ReviewPhaseName } from './reviews';

export interface ReviewProgress {
  readonly reviewId: string;
  readonly phase: ReviewPhaseName;
  readonly endKind: ReviewEndKind | null;
  readonly endReason: string | null;
  /** Replays on both models, of all passes drawn so far. */
  readonly replaysPlanned: number;
  readonly replaysDone: number;
  readonly spentNano: NanoUsd;
  readonly capNano: NanoUsd;
}

/** The review of a trigger, and whether it was open before. Undefined: none has begun for it yet. */
export function progressOfTrigger(db: Database, triggerId: string): Promise<(ReviewProgress & { readonly isJoined: boolean }) | undefined> {
  return guarded('look how far a review has come', async () => {
    const [row] = await db.sql<{ reviewId: string; isJoined: boolean }[]>`
      SELECT review_id AS "reviewId", is_joined AS "isJoined" FROM review_triggers WHERE id = ${triggerId} AND review_id IS NOT NULL`;
    return row && { ...(await loadReviewProgress(db, row.reviewId)), isJoined: row.isJoined };
  });
}

/** @param reviewId of a review that there is */
export function loadReviewProgress(db: Database, reviewId: string): Promise<ReviewProgress> {
  return guarded('look how far a review has come', async () => {
    const [row] = await db.sql<[Omit<ReviewProgress, 'spentNano' | 'capNano'> & { spentNano: string; capNano: string }]>`
      SELECT r.id AS "reviewId", r.phase, r.end_kind AS "endKind", r.end_reason AS "endReason",
        (SELECT 2 * count(*)::integer FROM replay_samples s JOIN proposals p ON p.id = s.proposal_id WHERE p.review_id = r.id) AS "replaysPlanned",
        (SELECT count(*)::integer FROM replay_results d WHERE d.review_id = r.id AND d.state = 'done' AND d.role IN ('baseline', 'candidate')) AS "replaysDone",
        r.replay_spent_nano AS "spentNano", r.replay_cap_nano AS "capNano"
      FROM reviews r WHERE r.id = ${reviewId}`;
    return { ...row, spentNano: Number(row.spentNano), capNano: Number(row.capNano) };
  });
}
