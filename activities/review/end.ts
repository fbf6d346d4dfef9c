/** The end of a review, whatever it was. */

import type { ReviewEnd } from '../../workflows/messages';
import type { Deps } from '../deps';

export async function expireProposals(
  _deps: Deps,
  _input: { readonly reviewId: string; readonly why: string },
): Promise<{ readonly expired: number }> {
  throw new Error('not written yet');
}

export async function endReview(
  _deps: Deps,
  _input: { readonly reviewId: string; readonly kind: ReviewEnd; readonly reason: string },
): Promise<void> {
  throw new Error('not written yet');
}
