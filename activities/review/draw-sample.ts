/** Draws the tasks that one pass of a proposal replays. */

import type { Deps } from '../deps';

/** The pass may begin, or is held for the reason that the proposal's row says. */
export type DrawnSample = { readonly kind: 'drawn'; readonly pairs: number } | { readonly kind: 'held'; readonly why: string };

export async function drawSample(
  _deps: Deps,
  _input: { readonly proposalId: string; readonly pass: 1 | 2 },
  _signal: AbortSignal,
): Promise<DrawnSample> {
  throw new Error('not written yet');
}
