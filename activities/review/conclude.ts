/** The judgement over all classes of a review at once. */

import { loadProposals, loadReviewForSteps, moveProposal } from '../../db/queries/proposals';
import { concludeProposals } from '../../routing/review/prove/conclude';
import type { Deps } from '../deps';

/**
 * Holds every judged proposal that does not pass beside the others, with the reason; what passes stays DECIDED and waits for the report. May
 * be made again: proposals that were held by it before count in it as they did.
 *
 * @throws {RoutingError} `unknown_review`
 */
export async function concludeReview(
  { reviewDb }: Pick<Deps, 'reviewDb'>,
  { reviewId }: { readonly reviewId: string },
  signal: AbortSignal,
): Promise<{ readonly passing: number; readonly held: number }> {
  const { settings } = await loadReviewForSteps(reviewDb, reviewId);
  const proposals = await loadProposals(reviewDb, reviewId);
  const conclusions = concludeProposals(proposals, settings.proof);
  let passing = 0;
  let held = 0;
  for (const { id, state } of proposals) {
    const conclusion = conclusions.get(id);
    if (conclusion === undefined) continue;
    signal.throwIfAborted();
    if (conclusion.kind === 'hold') held += 1;
    else if (state !== 'HELD' && state !== 'ABORTED') passing += 1;
    if (conclusion.kind === 'pass' || state !== 'DECIDED') continue;
    const { adjusted, detail, escalation } = conclusion;
    await moveProposal(reviewDb, {
      id,
      to: 'HELD',
      key: 'concluded',
      actor: 'review',
      set: {
        heldBy: escalation === undefined ? 'evidence' : 'escalation',
        heldDetail: detail,
        ...(escalation === undefined ? {} : { escalation }),
      },
      details: { adjustedP: adjusted.adjustedP, limit: adjusted.adjustedLimit, correction: adjusted.correction },
    });
  }
  return { passing, held };
}
