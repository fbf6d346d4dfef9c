/** The report of a review, and what it asks of people. */

import type { AwaitedProposal } from '../../workflows/messages';
import type { Deps } from '../deps';

/** What follows from the report. */
export type Reported =
  | { readonly kind: 'awaiting'; readonly awaited: readonly AwaitedProposal[] }
  | { readonly kind: 'no-change' | 'held' | 'needs-owner'; readonly reason: string };

export async function reportReview(_deps: Deps, _input: { readonly reviewId: string }, _signal: AbortSignal): Promise<Reported> {
  throw new Error('not written yet');
}
