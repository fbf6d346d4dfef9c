/** The judgement over all classes of a review at once. */

import type { Deps } from '../deps';

export async function concludeReview(
  _deps: Deps,
  _input: { readonly reviewId: string },
  _signal: AbortSignal,
): Promise<{ readonly passing: number; readonly held: number }> {
  throw new Error('not written yet');
}
