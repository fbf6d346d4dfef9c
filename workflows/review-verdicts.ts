/**
 * The wait for people: verdicts arrive as an update, which is answered at once, or as a signal, which only says that there is
 * one. Either way the database counts them; what waits here is the workflow.
 */

import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  log,
  setHandler,
} from '@temporalio/workflow';
import type { OpenedReview } from '../activities/review/open';
import type { VerdictLook } from '../activities/review/verdict';
import { VERDICT_SIGNAL, VERDICT_UPDATE, type VerdictFailure, type VerdictInput, type VerdictResult } from './messages';
import { quickSteps } from './review-steps';

type JudgedProposal = VerdictLook['proposals'][number];

const { judgeVerdict, lookAtVerdicts, remindOfReview } = quickSteps;

const decide = defineUpdate<VerdictResult, [VerdictInput]>(VERDICT_UPDATE);
const verdictRecorded = defineSignal(VERDICT_SIGNAL);

/** Where verdicts arrive. */
export interface VerdictDesk {
  /** Proposals that were shown to people, as they stood at the last look. Undefined: it is too early for verdicts. */
  readonly proposals: readonly JudgedProposal[] | undefined;
  /**
   * Waits until no proposal waits for a verdict any more.
   *
   * @param onLook is told how all proposals stand, each time that may have changed, and finished before the next look
   */
  awaitVerdicts(review: OpenedReview, onLook: (proposals: readonly JudgedProposal[]) => Promise<void>): Promise<readonly JudgedProposal[]>;
  /** Takes no verdict from now on. */
  close(): void;
}

/** Opens the desk. To be called before anything is awaited, so that no message finds nobody there. */
export function openVerdictDesk(): VerdictDesk {
  let review: OpenedReview | undefined;
  let proposals: readonly JudgedProposal[] | undefined;
  let isClosed = false;
  let hasNews = false;

  setHandler(
    decide,
    async ({ approvalId }) => {
      // Also while the review is being cancelled: who gave a verdict is told what became of it.
      const result = await CancellationScope.nonCancellable(() => judgeVerdict({ approvalId }));
      hasNews = true;
      return result;
    },
    {
      validator: (verdict) => refuse(isClosed ? 'closed' : { review, proposals }, verdict),
      description: 'Judges a verdict that was kept.',
    },
  );
  setHandler(
    verdictRecorded,
    () => {
      hasNews = true;
    },
    { description: 'A verdict was kept: look for it.' },
  );

  return {
    get proposals() {
      return proposals;
    },
    async awaitVerdicts(awaited, onLook) {
      review = awaited;
      for (;;) {
        await condition(allHandlersFinished); // of two verdicts at one instant both are judged before anything follows from one
        hasNews = false;
        const look = await lookAtVerdicts({ reviewId: awaited.reviewId });
        proposals = look.proposals;
        await onLook(proposals);
        const waiting = proposals.filter(({ state }) => state === 'AWAITING_APPROVAL').map(({ proposalId }) => proposalId);
        if (waiting.length === 0 && !hasNews) return proposals;
        const isWoken = await condition(() => hasNews, Math.max(1, Math.min(look.expiresInMs, awaited.verdict.remindEveryMs)));
        if (!isWoken && look.expiresInMs > awaited.verdict.remindEveryMs) await remind(awaited.reviewId, waiting);
      }
    },
    close() {
      isClosed = true;
    },
  };
}

async function remind(reviewId: string, waiting: readonly string[]): Promise<void> {
  log.warn(`Review ${reviewId} waits for a verdict on ${waiting.length === 1 ? 'a proposal' : `${waiting.length} proposals`}.`);
  await remindOfReview({ reviewId, waiting });
}

/**
 * Turns away a verdict that cannot count, before it becomes a part of history. The database asks the same again, with its own
 * clock and locks; this only answers sooner.
 *
 * @throws {ApplicationFailure} of a type in `VerdictFailure`
 */
function refuse(
  desk: 'closed' | { readonly review: OpenedReview | undefined; readonly proposals: readonly JudgedProposal[] | undefined },
  { proposalId, verdict, actor, evidenceSha256, baseVersion }: VerdictInput,
): void {
  if (desk === 'closed') throw failure('too_late', 'the review has ended');
  const { review, proposals } = desk;
  if (review === undefined || proposals === undefined) throw failure('too_early', 'the review has not been reported yet');
  const proposal = proposals.find((each) => each.proposalId === proposalId);
  if (proposal === undefined) throw failure('verdict_refused', 'the review does not ask for a verdict on it');
  const { state } = proposal;
  if (state !== 'AWAITING_APPROVAL' && !(state === 'APPROVED' && verdict === 'reject')) {
    throw failure('too_late', `the proposal is ${state} and takes no verdict`);
  }
  if (proposal.evidenceSha256 !== evidenceSha256) {
    throw failure('verdict_refused', 'it was given on other evidence than the proposal has now');
  }
  if (proposal.baseVersion !== baseVersion) throw failure('verdict_refused', 'it was given on another version of the policy');
  const { approvers, singleOperator } = review.verdict;
  if (approvers.length > 0 && !approvers.includes(actor)) throw failure('verdict_refused', `${actor} does not have the approver role`);
  if (verdict === 'approve' && actor === review.requestedBy && !singleOperator) {
    throw failure('verdict_refused', `${actor} asked for the review and cannot approve what it proposes`);
  }
}

function failure(type: VerdictFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
