/** The verdicts of people: counted once, whoever delivers them. */

import type { AwaitedProposal, VerdictResult } from '../../workflows/messages';
import type { Deps } from '../deps';

export async function givenVerdicts(_deps: Deps, _input: { readonly reviewId: string }): Promise<readonly string[]> {
  throw new Error('not written yet');
}

export async function judgeVerdict(_deps: Deps, _input: { readonly approvalId: string }): Promise<VerdictResult> {
  throw new Error('not written yet');
}

export async function remindOfReview(
  _deps: Deps,
  _input: { readonly reviewId: string; readonly awaited: readonly AwaitedProposal[] },
): Promise<void> {
  throw new Error('not written yet');
}
