/**
 * What asks for a review, as a workflow: begins the review of its scope, or is recorded beside the one that is open. A schedule
 * starts this and not the review itself, because a schedule that finds its last action still running skips in silence.
 */

import { proxyLocalActivities, sleep, startChild, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { isAlreadyStarted } from './already-started';
import { type ReviewInput, reviewWorkflowId, type TriggerInput, type TriggerResult } from './messages';
import { routingReview } from './review';

const { recordTrigger, joinReview } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** Between two tries, while a review is only just opening or closing. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Ends when the review has begun, or when the trigger stands beside the open one. The review goes on by itself.
 *
 * A review's workflow that runs has a row but for its first and last moments; then this waits, and tries both again.
 */
export async function reviewTrigger(input: TriggerInput): Promise<TriggerResult> {
  const { triggerId } = await recordTrigger({ ...input, workflowId: workflowInfo().workflowId });
  const trigger: ReviewInput = { ...input, triggerId };
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs)) {
    if (await begin(trigger)) return { reviewId: null, isJoined: false };
    const joined = await joinReview(trigger);
    if (joined.reviewId !== null) return joined;
    await sleep(waitMs);
  }
}

/** False when the workflow of a review of this scope runs already. */
async function begin(trigger: ReviewInput): Promise<boolean> {
  try {
    await startChild(routingReview, {
      workflowId: reviewWorkflowId(workflowInfo().taskQueue, trigger.scope),
      args: [trigger],
      parentClosePolicy: 'ABANDON',
    });
    return true;
  } catch (error) {
    if (isAlreadyStarted(error)) return false;
    throw error;
  }
}
