/** The end of a review, whatever it was. */

import { closeReview, holdUnfinishedProposals } from '../../db/queries/reviews';
import type { ReviewEnd } from '../../workflows/messages';
import type { Deps } from '../deps';

/** Holds what the time limit left incomplete: half a proof is none. */
export async function holdUnfinished({ reviewDb }: Deps, { reviewId }: { readonly reviewId: string }): Promise<{ readonly held: number }> {
  const detail = 'The time for analysis and replays ran out before its replays were complete.';
  return { held: await holdUnfinishedProposals(reviewDb, reviewId, detail) };
}

/** Ends the review and whatever is left under it, so that nothing is half done. The second time changes nothing. */
export function endReview(
  { db }: Deps,
  { reviewId, kind, reason }: { readonly reviewId: string; readonly kind: ReviewEnd; readonly reason: string },
): Promise<void> {
  return closeReview(db, { reviewId, kind, reason, actor: 'review' });
}
