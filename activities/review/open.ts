/** The beginning of a review: the trigger that asked for it, and its row. */

import type { ReviewSettings } from '../../routing/review/settings';
import type { ReviewInput, TriggerInput, TriggerResult } from '../../workflows/messages';
import type { Deps } from '../deps';

/** What the workflow of a review needs to know of it. */
export interface OpenedReview {
  readonly reviewId: string;
  readonly baseVersion: number;
  readonly requestedBy: string;
  readonly replay: Pick<ReviewSettings['replay'], 'maxMs' | 'maxPasses' | 'shardSize' | 'concurrency' | 'tries'>;
  readonly verdict: ReviewSettings['verdict'];
}

export async function recordTrigger(_deps: Deps, _input: TriggerInput): Promise<{ readonly triggerId: string }> {
  throw new Error('not written yet');
}

export async function joinReview(_deps: Deps, _input: ReviewInput): Promise<TriggerResult> {
  throw new Error('not written yet');
}

export async function openReview(_deps: Deps, _input: ReviewInput): Promise<OpenedReview> {
  throw new Error('not written yet');
}
