/** Draws the tasks that one pass of a proposal replays. */

import type { Database } from '../../db/connect';
import {
  loadProposal,
  loadReviewForSteps,
  moveProposal,
  type ProposalMove,
  type ProposalRow,
  type ReviewForSteps,
} from '../../db/queries/proposals';
import { beginPass, countSample, loadFrame, replaysCostSoFar } from '../../db/queries/samples';
import { RoutingError } from '../../routing/errors';
import { provedModels } from '../../routing/review/change';
import type { Candidate, SamplePlan } from '../../routing/review/findings';
import type { Hold, ReplaySpend } from '../../routing/review/propose/hold';
import { type PassProof, passProof, tasksPerCell } from '../../routing/review/prove/pass';
import { drawPass, leastTenantCap } from '../../routing/review/sample/sample-plan';
import type { Deps } from '../deps';
import { judgeOfPass } from './judge-of-pass';

/**
 * The pass may begin, with this many tasks to replay on both models, sentinels among them; or it is not made, for a reason that the
 * proposal's row also has where it was the first.
 */
export type DrawnSample = { readonly kind: 'drawn'; readonly pairs: number } | { readonly kind: 'held'; readonly why: string };

/** Who makes the moves of a review, in the audit log. */
const ACTOR = 'review';

/**
 * Draws a pass and moves its proposal to REPLAYING, or holds it: when too few tasks could be replayed to prove anything, or the
 * replays would cost too much. A second pass goes on with the candidate, or takes the next where the first has no chance any more; where
 * it cannot be made, the proposal stays DECIDED by what the first has shown. A pass that was drawn before stays as it is.
 *
 * @throws {RoutingError} `unknown_proposal`; `internal` when nothing calls for this pass
 */
export async function drawSample(
  deps: Pick<Deps, 'reviewDb' | 'rules'>,
  { proposalId, pass }: { readonly proposalId: string; readonly pass: 1 | 2 },
  signal: AbortSignal,
): Promise<DrawnSample> {
  const { reviewDb } = deps;
  const proposal = await loadProposal(reviewDb, proposalId);
  const known = await drawnBefore(reviewDb, proposal, pass);
  if (known !== undefined) return known;
  const review = await loadReviewForSteps(reviewDb, proposal.reviewId);
  const { settings, seed } = review;
  const { baseline, costs, ...proof } = proofOf(proposal, review, pass);
  const { replay } = settings;
  const candidates = provedModels(proof.candidate.change);
  const judge = await judgeOfPass(deps, proposal, review, candidates);
  const frame = await loadFrame(reviewDb, {
    proposalId,
    pass,
    seed,
    models: [baseline, ...candidates],
    judge: judge?.frame ?? null,
    perCell: tasksPerCell(replay),
    tenantCap: leastTenantCap(replay.maxPairs),
  });
  signal.throwIfAborted();
  const spend: ReplaySpend = {
    costs: { ...costs, judge: judge?.costNanoUsd ?? 0 },
    spentNanoUsd: await replaysCostSoFar(reviewDb, proposalId),
    leftNanoUsd: review.replayCapNano - review.replaySpentNano - review.replayReservedNano,
    replay,
  };
  const drawn = drawPass(frame, { ...proof, pass, seed, spend, replay });
  if (drawn.kind === 'held') return pass === 1 ? hold(reviewDb, proposal, drawn.hold) : { kind: 'held', why: drawn.hold.detail };
  const moves = movesInto(proposal, pass, proof.candidate, drawn.plan);
  const begun = await beginPass(reviewDb, { proposalId, pass, tasks: drawn.tasks, moves });
  return begun === 'moved' ? { kind: 'drawn', pairs: drawn.tasks.length } : whatHappened(reviewDb, proposalId, pass);
}

/** What an earlier run of the step left, or undefined when the pass is still to be drawn. */
async function drawnBefore(db: Database, { id, state, pass, heldDetail }: ProposalRow, wanted: 1 | 2): Promise<DrawnSample | undefined> {
  if (state === 'REPLAYING' && pass === wanted) return { kind: 'drawn', pairs: await countSample(db, id, wanted) };
  if (state === (wanted === 1 ? 'SCREENED' : 'DECIDED')) return undefined;
  return { kind: 'held', why: heldDetail ?? `The proposal is ${state} and is not replayed.` };
}

/** Somebody else moved the proposal meanwhile: another run of this step, or the end of its review. */
async function whatHappened(db: Database, proposalId: string, pass: 1 | 2): Promise<DrawnSample> {
  const found = await drawnBefore(db, await loadProposal(db, proposalId), pass);
  if (found === undefined) throw new RoutingError('internal', `Proposal ${proposalId} refused to begin pass ${pass}.`);
  return found;
}

function proofOf(proposal: ProposalRow, { analysis, settings }: ReviewForSteps, pass: 1 | 2): PassProof {
  const { id, name } = proposal;
  const figures = analysis?.classes.find((each) => each.name === name);
  const proof = passProof(proposal, pass, figures, settings);
  if (proof === undefined) throw new RoutingError('internal', `Proposal ${id} names nothing that pass ${pass} could prove.`);
  return proof;
}

function movesInto({ id, candidate: tried }: ProposalRow, pass: 1 | 2, candidate: Candidate, sample: SamplePlan): ProposalMove[] {
  const change = candidate.model === tried ? {} : { candidate: candidate.model, change: candidate.change };
  const common = { id, actor: ACTOR };
  return pass === 1
    ? [
        { ...common, to: 'SAMPLED', key: 'sampled-1', set: { sample } },
        { ...common, to: 'REPLAYING', key: 'replaying-1', set: { pass } },
      ]
    : [{ ...common, to: 'REPLAYING', key: 'replaying-2', set: { pass, sample, ...change }, details: { candidate: candidate.model } }];
}

async function hold(db: Database, { id }: ProposalRow, { by, detail }: Hold): Promise<DrawnSample> {
  await moveProposal(db, { id, to: 'HELD', key: 'sample-1', actor: ACTOR, set: { heldBy: by, heldDetail: detail } });
  return { kind: 'held', why: detail };
}
