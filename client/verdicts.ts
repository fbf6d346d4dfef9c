/**
 * Verdicts of people. Each is a row before anybody is told; then the review's workflow is asked to judge it and answers at once. When no
 * worker answers, a signal waits for the next one. Only when the review has ended is the database asked from here: then nobody else
 * will, and it still counts a rejection that comes before the first task is moved.
 */

import { ApplicationFailure, type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { v7 as newId } from 'uuid';
import type { Database } from '../db/connect';
import { countVerdict, type KeptVerdict, keepVerdict, loadVerdict, refuseVerdict } from '../db/queries/approvals';
import type { ProposalRow } from '../db/queries/proposals';
import { loadReviewStory, type ReviewStory } from '../db/queries/review-reads';
import { RoutingError } from '../routing/errors';
import {
  reviewWorkflowId,
  VERDICT_SIGNAL,
  VERDICT_UPDATE,
  type VerdictFailure,
  type VerdictInput,
  type VerdictResult,
} from '../workflows/messages';
import { ENGINE_PATIENCE_MS } from './engine-patience';
import { resolveReviewOrProposal } from './review-ids';

export interface Verdict {
  /** Of a proposal, or of a review: then it is for all of its proposals that wait. An id, or the beginning of one. */
  readonly id: string;
  readonly verdict: 'approve' | 'reject';
  /** Who gives it. */
  readonly actor: string;
  readonly note: string;
  /** Hash of the evidence that the person was shown; refused when a proposal has another by now. */
  readonly shownEvidence?: string;
}

/** What became of a verdict on one proposal. */
export interface GivenVerdict {
  readonly proposalId: string;
  readonly name: string;
  readonly approvalId: string;
  /** `kept`: no worker answered; it is judged as soon as one does, in the order in which verdicts were given. */
  readonly kind: 'counted' | 'already' | 'kept' | 'refused';
  /** Of the proposal, now. */
  readonly state: string;
  /** Why it does not count. */
  readonly refusal?: string;
}

/**
 * Gives a verdict.
 *
 * @param client absent: it is kept, and judged by the workflow when it next looks
 * @throws {RoutingError} `unknown_review`; `too_late` when nothing waits for a verdict any more; `verdict_refused` when it counts for
 *   no proposal, and says why
 */
export async function giveVerdict(
  db: Database,
  client: Client | undefined,
  dispatchQueue: string,
  verdict: Verdict,
): Promise<readonly GivenVerdict[]> {
  const named = await resolveReviewOrProposal(db, verdict.id);
  const story = await loadReviewStory(db, named.reviewId);
  if (story === undefined) throw new RoutingError('unknown_review', `There is no review ${named.reviewId}.`);
  const subjects = subjectsOf(story, named.kind === 'proposal' ? named.id : undefined, verdict);
  const workflowId = reviewWorkflowId(dispatchQueue, story.review.scope);
  const given: GivenVerdict[] = [];
  for (const proposal of subjects) given.push(await giveOne(db, client, workflowId, proposal, verdict));
  if (given.every(({ kind }) => kind === 'refused')) {
    const isLate = given.every(({ state }) => state !== 'AWAITING_APPROVAL');
    throw new RoutingError(
      isLate ? 'too_late' : 'verdict_refused',
      given.map(({ name, refusal }) => `The verdict on "${name}" does not count: ${refusal}.`).join(' '),
    );
  }
  return given;
}

/** The proposals that a verdict is about. */
function subjectsOf(
  { review, proposals }: ReviewStory,
  proposalId: string | undefined,
  { verdict, shownEvidence }: Verdict,
): readonly ProposalRow[] {
  const meant = proposals.filter(({ id }) => proposalId === undefined || id === proposalId);
  const open = meant.filter(({ state }) => state === 'AWAITING_APPROVAL' || (state === 'APPROVED' && verdict === 'reject'));
  if (open.length === 0) throw nothingToJudge(review, proposalId === undefined ? [] : meant);
  const stale = open.find(({ evidenceSha256 }) => shownEvidence !== undefined && evidenceSha256 !== shownEvidence);
  if (stale !== undefined) {
    throw new RoutingError(
      'verdict_refused',
      `The evidence for "${stale.name}" is not what you were shown. Look at "signalbox review show ${review.id}" and decide again.`,
    );
  }
  return open;
}

function nothingToJudge({ id, phase, endKind, endReason }: ReviewStory['review'], [proposal]: readonly ProposalRow[]): RoutingError {
  const look = `"signalbox review show ${id}" has the details.`;
  if (phase !== 'ended' && phase !== 'awaiting-verdict') {
    return new RoutingError(
      'verdict_refused',
      `Review ${id} is ${phase} and has not been reported yet, so there is nothing to decide. ${look}`,
    );
  }
  if (proposal !== undefined) {
    return new RoutingError('too_late', `The proposal for "${proposal.name}" is ${proposal.state} and takes no verdict. ${look}`);
  }
  const why = endKind === null ? 'has no proposal that waits for a verdict' : `has ended (${endKind}: ${endReason})`;
  return new RoutingError('too_late', `Review ${id} ${why}. ${look}`);
}

async function giveOne(
  db: Database,
  client: Client | undefined,
  workflowId: string,
  { id: proposalId, name }: ProposalRow,
  { verdict, actor, note }: Verdict,
): Promise<GivenVerdict> {
  const kept = await keepVerdict(db, { id: newId(), proposalId, verdict, actor, note });
  if (kept === undefined) throw new RoutingError('verdict_refused', `The proposal for "${name}" has no evidence to judge yet.`);
  const about = { proposalId, name, approvalId: kept.id };
  if (kept.verdict !== verdict) {
    const refusal = `${actor} has said "${kept.verdict}" already, and everybody has one verdict`;
    return { ...about, kind: 'refused', state: kept.proposalState, refusal };
  }
  if (kept.state !== 'given') return { ...about, kind: 'already', state: kept.proposalState };
  const judged = kept.isReviewEnded ? await countVerdict(db, kept.id) : client && (await deliver(db, client, workflowId, kept));
  const { state, refusal, proposalState } = await loadVerdict(db, kept.id);
  if (state !== 'refused') return { ...about, kind: state === 'given' ? 'kept' : 'counted', state: proposalState };
  return { ...about, kind: 'refused', state: judged?.state ?? proposalState, refusal: refusal ?? 'it was refused' };
}

/**
 * Has a kept verdict judged. What cannot be done now, the workflow does at its next look: the verdict is kept.
 *
 * @returns what was found when it was judged; undefined: it was not judged yet
 */
async function deliver(db: Database, client: Client, workflowId: string, kept: KeptVerdict): Promise<VerdictResult | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  const { id: approvalId, proposalId, verdict, actor, evidenceSha256, baseVersion } = kept;
  const input: VerdictInput = { approvalId, proposalId, verdict, actor, evidenceSha256, baseVersion };
  const inTime = <T>(ask: () => Promise<T>) => client.withDeadline(Date.now() + ENGINE_PATIENCE_MS, ask);
  try {
    return await inTime(() => handle.executeUpdate<VerdictResult, [VerdictInput]>(VERDICT_UPDATE, { args: [input], updateId: approvalId }));
  } catch (error) {
    const { isReviewEnded, proposalState } = await loadVerdict(db, approvalId);
    const failure = refusalIn(error);
    if (isReviewEnded || failure?.type === 'too_late') return countVerdict(db, approvalId);
    if (failure?.type === 'verdict_refused') {
      await refuseVerdict(db, approvalId, failure.message);
      return { kind: 'refused', state: proposalState, refusal: failure.message };
    }
    await inTime(() => handle.signal(VERDICT_SIGNAL)).catch(() => {});
    return undefined;
  }
}

/** Why the workflow turned a verdict away, where it did. */
function refusalIn(error: unknown): { readonly type: VerdictFailure; readonly message: string } | undefined {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return undefined;
  return { type: error.cause.type as VerdictFailure, message: error.cause.message };
}
