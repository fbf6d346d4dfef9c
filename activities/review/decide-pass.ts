/** Judges one pass of one proposal. */

import type { EvidenceVerdict } from '../../routing/review/states';
import type { Deps } from '../deps';

/** What a pass proved, and whether another one may prove more. */
export interface PassVerdict {
  readonly verdict: EvidenceVerdict;
  /** `extend`: the same candidate on fresh tasks. `adjust`: the next candidate. */
  readonly next: 'conclude' | 'extend' | 'adjust';
}

export async function decidePass(
  _deps: Deps,
  _input: { readonly proposalId: string; readonly pass: 1 | 2 },
  _signal: AbortSignal,
): Promise<PassVerdict> {
  throw new Error('not written yet');
}
