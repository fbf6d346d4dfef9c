/** The verdicts of people: counted once, whoever delivers them. */

import {
  countVerdict,
  expireProposals,
  noteReminder,
  unjudgedVerdicts,
  type WaitingReview,
  waitForVerdicts,
} from '../../db/queries/approvals';
import type { VerdictResult } from '../../workflows/messages';
import type { Deps } from '../deps';

/** How the verdicts on a review stand. */
export type VerdictLook = WaitingReview;

/** Counts one verdict, or refuses it: the database decides, under the lock of the proposal. */
export function judgeVerdict({ db }: Deps, { approvalId }: { readonly approvalId: string }): Promise<VerdictResult> {
  return countVerdict(db, approvalId);
}

/**
 * Brings the wait for verdicts up to date and says how it stands: begins it, judges what was given while nobody listened, and
 * expires what may wait no longer.
 */
export async function lookAtVerdicts({ db }: Deps, { reviewId }: { readonly reviewId: string }): Promise<VerdictLook> {
  await waitForVerdicts(db, reviewId);
  for (const approvalId of await unjudgedVerdicts(db, reviewId)) await countVerdict(db, approvalId);
  await expireProposals(db, reviewId);
  return waitForVerdicts(db, reviewId);
}

/** Reminds by an entry in the audit log, with the number of the reminder. A reminder approves nothing. */
export function remindOfReview(
  { db }: Deps,
  { reviewId, waiting }: { readonly reviewId: string; readonly waiting: readonly string[] },
): Promise<void> {
  return noteReminder(db, reviewId, waiting);
}
