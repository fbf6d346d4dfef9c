/** One look at a rollout: what its arms show, and the move that follows. */

import type { Look } from '../../workflows/messages';
import type { Deps } from '../deps';

export async function beginRollout(
  _deps: Deps,
  _input: { readonly proposalId: string },
): Promise<{ readonly rolloutId: string | null; readonly why?: string }> {
  throw new Error('not written yet');
}

export async function lookAtRollout(_deps: Deps, _input: { readonly rolloutId: string }, _signal: AbortSignal): Promise<Look> {
  throw new Error('not written yet');
}
