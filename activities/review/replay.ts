/** One replay: a past task on a model, through the same filter, reservation and settlement as every call. */

import type { ReplayInput, ReplayOutcome } from '../../workflows/messages';
import type { Deps } from '../deps';

export async function replayOnce(_deps: Deps, _input: ReplayInput, _signal: AbortSignal): Promise<ReplayOutcome> {
  throw new Error('not written yet');
}

export async function closeReplays(_deps: Deps, _input: { readonly reviewId: string }): Promise<{ readonly closed: number }> {
  throw new Error('not written yet');
}
