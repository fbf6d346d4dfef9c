/** What a review proposes: the smallest change of each class that is worth proving. */

import type { Deps } from '../deps';

/** A proposal that is worth replaying; those that are not have a row that says why. */
export interface ProposedChange {
  readonly proposalId: string;
  readonly name: string;
}

export async function proposeChanges(
  _deps: Deps,
  _input: { readonly reviewId: string },
  _signal: AbortSignal,
): Promise<readonly ProposedChange[]> {
  throw new Error('not written yet');
}
