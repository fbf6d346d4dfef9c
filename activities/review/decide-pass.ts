/** Judges one pass of one proposal. */

import { loadProposal, loadReviewForSteps, moveProposal } from '../../db/queries/proposals';
import { loadPairs } from '../../db/queries/replays';
import type { Finding } from '../../routing/review/findings';
import { comparePass } from '../../routing/review/prove/compare';
import type { Comparison } from '../../routing/review/prove/evidence';
import { type NextPass, nextPass } from '../../routing/review/prove/next-pass';
import type { ReviewSettings } from '../../routing/review/settings';
import type { EvidenceVerdict } from '../../routing/review/states';
import type { Deps } from '../deps';

/** What a pass proved, and whether another one may prove more. */
export interface PassVerdict {
  readonly verdict: EvidenceVerdict;
  /** `extend`: the same candidate on fresh tasks. `adjust`: the next candidate. */
  readonly next: NextPass;
}

/** The proposal was taken out of the review while it was replayed: nothing is proved, and nothing follows. */
const UNDECIDED: PassVerdict = { verdict: 'INCONCLUSIVE', next: 'conclude' };

/** A class whose limits nobody stored has none that can be kept to: nothing passes. */
const NO_LIMITS: NonNullable<Finding['limits']> = { tolerance: 0, margin: 0, floor: null };

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
  const { settings, seed } = await loadReviewForSteps(reviewDb, proposal.reviewId);
  const { finding, comparisons, samples, baseline, candidate } = proposal;
  const known = comparisons.find((comparison) => comparison.pass === pass);
  if (known !== undefined) return verdictOf(known, finding, settings);
  if (proposal.state !== 'REPLAYING' || proposal.pass !== pass || baseline === null || candidate === null) return UNDECIDED;

  const pairs = await loadPairs(reviewDb, proposalId);
  signal.throwIfAborted();
  const chosen = finding.candidates.find(({ model }) => model === candidate);
  const comparison = comparePass({
    pass,
    baseline,
    candidate,
    kind: chosen?.kind ?? 'swap',
    pairs,
    strata: samples.find((sample) => sample.pass === pass)?.strata ?? [],
    earlier: comparisons,
    ...(finding.limits ?? NO_LIMITS),
    proof: settings.proof,
    ...(chosen?.maxP === undefined ? {} : { maxP: chosen.maxP }),
    planned: settings.replay,
    seed: `${seed}/${proposal.name}`,
  });
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

function verdictOf(comparison: Comparison, { candidates }: Finding, { replay, proof }: ReviewSettings): PassVerdict {
  const hasSecondCandidate = candidates.some(({ model }) => model !== comparison.candidate);
  return {
    verdict: comparison.verdict,
    next: nextPass(comparison, { maxPasses: replay.maxPasses, alpha: proof.alpha, hasSecondCandidate }),
  };
}
