/**
 * The routing review: analyse, propose, replay, report, await a verdict, start the rollout of what was approved. Everything that is
 * found stands in rows; this says what follows what, and ends every review by name.
 *
 * The phase is told by a query, by the details that Temporal's own page shows, and by the review's row. Not by a search attribute:
 * one that is not registered with the server would stop the workflow.
 */

import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  defineQuery,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { OpenedReview } from '../activities/review/open';
import type { VerdictLook } from '../activities/review/verdict';
import { isAlreadyStarted } from './already-started';
import { REVIEW_STATUS_QUERY, type ReviewEnd, type ReviewInput, type ReviewPhase, type ReviewStatus, rolloutWorkflowId } from './messages';
import { proveProposal } from './review-replays';
import { closeOpenReplays, longSteps, quickSteps } from './review-steps';
import { openVerdictDesk, type VerdictDesk } from './review-verdicts';
import { rollout } from './rollout';
import { createStopwatch, TIME_IS_UP } from './stopwatch';

const { openReview, enterPhase, holdUnfinished, beginRollout, endReview } = quickSteps;

const statusQuery = defineQuery<ReviewStatus>(REVIEW_STATUS_QUERY);

/** How a review ends, in a sentence for people. */
interface End {
  readonly kind: ReviewEnd;
  readonly reason: string;
}

/** Where the review is, for those who ask. */
interface Progress {
  reviewId: string | null;
  phase: ReviewPhase;
}

/** One review, from its row to its named end. Can be started anew at any time: every step finds what was done. */
export async function routingReview(input: ReviewInput): Promise<ReviewEnd> {
  const desk = openVerdictDesk();
  const progress: Progress = { reviewId: null, phase: 'analysing' };
  setHandler(statusQuery, () => ({ ...progress, waiting: waitingOf(desk).map(({ proposalId }) => proposalId) }));

  // Cancelled in this moment, the review has a row all the same, and is to be ended by name.
  const review = await CancellationScope.nonCancellable(() => openReview(input));
  progress.reviewId = review.reviewId;
  if (review.end !== undefined) return review.end;
  let end: End;
  try {
    end = await run(input, review, desk, progress);
  } catch (error) {
    end = CancellationScope.current().consideredCancelled ? endOfCancelling(desk) : endOfFailure(error);
  }
  desk.close();
  return CancellationScope.nonCancellable(async () => {
    if (end.kind === 'cancelled' || end.kind === 'failed') await closeWhatCanBe(review);
    await condition(allHandlersFinished);
    await endReview({ reviewId: review.reviewId, ...end });
    progress.phase = 'ended';
    setCurrentDetails(`Review \`${review.reviewId}\` has **ended** (${end.kind}). ${end.reason}`);
    return end.kind;
  });
}

/** Upkeep closes the replays that this cannot: they are no reason to leave the review open. */
async function closeWhatCanBe({ reviewId }: OpenedReview): Promise<void> {
  try {
    await closeOpenReplays(reviewId);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

/** The phases in their order. One whose verdicts are awaited already has been reported. */
async function run(input: ReviewInput, review: OpenedReview, desk: VerdictDesk, progress: Progress): Promise<End> {
  const enter = (phase: ReviewPhase) => enterAndTell(review, progress, phase);
  if (review.phase !== 'awaiting-verdict') {
    const stopwatch = createStopwatch(review.replay.maxMs);
    const { analyseReview, proposeChanges, concludeReview, reportReview } = longSteps(review.heartbeatMs);

    await enter('analysing');
    const analysed = await stopwatch.run(() => analyseReview({ reviewId: review.reviewId }));
    await enter('proposing');
    const proposed = analysed === TIME_IS_UP ? TIME_IS_UP : await stopwatch.run(() => proposeChanges({ reviewId: review.reviewId }));
    if (proposed === TIME_IS_UP) {
      await holdUnfinished({ reviewId: review.reviewId });
      return { kind: 'held', reason: 'The time for analysis and replays ran out before anything could be proposed. Nothing was changed.' };
    }

    await enter('replaying');
    for (const { proposalId } of proposed) {
      if (await proveProposal(review, proposalId, stopwatch)) continue;
      await closeOpenReplays(review.reviewId);
      await holdUnfinished({ reviewId: review.reviewId });
      break;
    }

    await enter('reporting');
    await concludeReview({ reviewId: review.reviewId });
    const reported = await reportReview({ reviewId: review.reviewId });
    if (reported.kind !== 'awaiting') return reported;
  }

  await enter('awaiting-verdict');
  return endOfVerdicts(await awaitAndRollOut(input, review, desk));
}

async function enterAndTell(review: OpenedReview, progress: Progress, phase: ReviewPhase): Promise<void> {
  progress.phase = phase;
  setCurrentDetails(`Review \`${review.reviewId}\` is **${phase}**, on policy version ${review.baseVersion}.`);
  await enterPhase({ reviewId: review.reviewId, phase });
}

/** A proposal at its end, and what keeps an approved one from being rolled out. */
type Judged = VerdictLook['proposals'][number] & { readonly notRolledOut?: string };

/**
 * Waits for verdicts; what is approved begins its rollout at once, whatever else still waits. A wait that has filled its history
 * with reminders goes on in a new one, as after the loss of a workflow.
 */
async function awaitAndRollOut(input: ReviewInput, review: OpenedReview, desk: VerdictDesk): Promise<readonly Judged[]> {
  const begun = new Map<string, string | undefined>();
  const proposals = await desk.awaitVerdicts(review, async (looked) => {
    for (const { proposalId, state } of looked) {
      if (state === 'APPROVED' && !begun.has(proposalId)) begun.set(proposalId, await rollOut(proposalId));
    }
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof routingReview>(input);
    }
  });
  return proposals.map((proposal) => {
    const notRolledOut = begun.get(proposal.proposalId);
    return notRolledOut === undefined ? proposal : { ...proposal, notRolledOut };
  });
}

/** Starts the rollout of an approved proposal, which lives longer than the review. Returns why it was not, if so. */
async function rollOut(proposalId: string): Promise<string | undefined> {
  try {
    const { rolloutId, why } = await beginRollout({ proposalId });
    if (rolloutId === null) return why ?? 'it could not begin';
    await startChild(rollout, { workflowId: rolloutWorkflowId(rolloutId), args: [{ rolloutId }], parentClosePolicy: 'ABANDON' });
  } catch (error) {
    // One rollout that cannot begin is no reason to give up what else waits for a verdict.
    const cause = causeOf(error);
    if (cause instanceof ApplicationFailure) return cause.message;
    if (!isAlreadyStarted(error)) throw error;
  }
  return undefined;
}

function waitingOf({ proposals = [] }: VerdictDesk): readonly VerdictLook['proposals'][number][] {
  return proposals.filter(({ state }) => state === 'AWAITING_APPROVAL');
}

function endOfVerdicts(proposals: readonly Judged[]): End {
  if (proposals.length === 0) return { kind: 'no-change', reason: 'No proposal was left to decide on.' };
  const reason = proposals.map((proposal) => `${proposal.name}: ${wordsOf(proposal)}.`).join(' ');
  if (proposals.some(({ state }) => state === 'APPROVED' || state === 'REJECTED')) return { kind: 'decided', reason };
  return { kind: proposals.every(({ isVoid }) => isVoid) ? 'void' : 'expired', reason };
}

function wordsOf({ state, isVoid, notRolledOut }: Judged): string {
  if (state === 'APPROVED')
    return notRolledOut === undefined ? 'approved, and its rollout has begun' : `approved, but not rolled out (${notRolledOut})`;
  if (state === 'REJECTED') return 'rejected';
  if (state === 'ABORTED') return 'aborted';
  return isVoid ? 'void, because the policy was changed under it' : 'expired without a verdict';
}

function endOfCancelling({ proposals = [] }: VerdictDesk): End {
  const isChanged = proposals.some(({ state }) => state === 'APPROVED');
  return {
    kind: 'cancelled',
    reason: `The review was cancelled. ${isChanged ? 'What was rolled out before goes on.' : 'Nothing was changed.'}`,
  };
}

function endOfFailure(error: unknown): End {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) return { kind: 'failed', reason: cause.message };
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    return { kind: 'failed', reason: 'A step of the review did not end in its time. Nothing was changed; ask for another review.' };
  }
  throw error; // a defect of the workflow itself: the task of the engine fails and is tried again after a fix
}

/** What a step failed of, also when it was one of a child's. */
function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? causeOf(error.cause) : error;
}
