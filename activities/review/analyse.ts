/** The first step of a review: what the roll-ups say of every class. */

import type { Deps } from '../deps';

export async function analyseReview(
  _deps: Deps,
  _input: { readonly reviewId: string },
  _signal: AbortSignal,
): Promise<{ readonly classes: number; readonly tasks: number }> {
  throw new Error('not written yet');
}
