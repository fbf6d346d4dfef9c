/** Judges one pass of one proposal. */

import { loadProposal, loadReviewForSteps, moveProposal } from '../../db/queries/proposals';
import { loadPairs } from '../../db/queries/replays';
import type { Finding } from '../../routing/review/findings';
import type { Comparison } from '../../routing/review/prove/evidence';
import type { NextPass } from '../../routing/review/prove/next-pass';
import { judgePass, passAfter } from '../../routing/review/prove/pass';
import type { ReviewSettings } from '../../routing/review/settings';
import type { EvidenceVerdict } from '../../routing/review/states';
import type { Deps } from '../deps';
import { judgeTermsOf } from './judge-terms';

/** What a pass proved, and whether another one may prove more. */
export interface PassVerdict {
  readonly verdict: EvidenceVerdict;
  /** `extend`: the same candidate on fresh tasks. `adjust`: the next candidate. */
  readonly next: NextPass;
}

/** The proposal was taken out of the review while it was replayed: nothing is proved, and nothing follows. */
const UNDECIDED: PassVerdict = { verdict: 'INCONCLUSIVE', next: 'conclude' };

/**
 * Compares the pairs of a pass and stores the judgement with the move to DECIDED. A pass that was judged before keeps its judgement.
 *
 * What was not replayed, because the cap or the time was reached, is excluded as every other answer that is missing is; so the pass holds
 * only if it would hold had the candidate failed on all of it.
 *
 * @throws {RoutingError} `unknown_proposal`
 */
export async function decidePass(
  { reviewDb }: Pick<Deps, 'reviewDb'>,
  { proposalId, pass }: { readonly proposalId: string; readonly pass: 1 | 2 },
  signal: AbortSignal,
): Promise<PassVerdict> {
  const proposal = await loadProposal(reviewDb, proposalId);
  const review = await loadReviewForSteps(reviewDb, proposal.reviewId);
  const { settings, seed } = review;
  const { finding, comparisons, baseline, candidate } = proposal;
  const known = comparisons.find((comparison) => comparison.pass === pass);
  if (known !== undefined) return verdictOf(known, finding, settings);
  if (proposal.state !== 'REPLAYING' || proposal.pass !== pass || baseline === null || candidate === null) return UNDECIDED;

  const pairs = await loadPairs(reviewDb, proposalId);
  const judge = await judgeTermsOf(reviewDb, proposal, review, pass);
  signal.throwIfAborted();
  const answered = { pass, baseline, candidate, pairs, seed, ...(judge === undefined ? {} : { judge }) };
  const comparison = judgePass(proposal, answered, settings);
  const moved = await moveProposal(reviewDb, {
    id: proposalId,
    to: 'DECIDED',
    key: `pass-${pass}`,
    actor: 'review',
    set: { comparison, verdict: comparison.verdict },
    details: { pass, pairs: comparison.pairs, delta: comparison.delta, pClass: comparison.pClass },
  });
  return moved.kind === 'refused' ? UNDECIDED : verdictOf(comparison, finding, settings);
}

function verdictOf(comparison: Comparison, finding: Finding, settings: ReviewSettings): PassVerdict {
  return { verdict: comparison.verdict, next: passAfter(finding, comparison, settings) };
}
