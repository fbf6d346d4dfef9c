/**
 * The one way a review is asked for by a program that holds a client of Temporal: the command line, and the upkeep that sees a
 * threshold crossed. Not part of the bundle.
 */

import { type WorkflowClient, WorkflowNotFoundError } from '@temporalio/client';
import { reviewTriggerWorkflowId, reviewWorkflowId, type TriggerInput } from './messages';
import type { reviewTrigger } from './review-trigger';

/**
 * Asks for a review. The trigger's id names the workflow, so asking twice for one trigger asks once.
 *
 * @param input its row is kept already
 */
export async function startReviewTrigger(
  client: WorkflowClient,
  dispatchQueue: string,
  input: TriggerInput & { readonly triggerId: string },
): Promise<void> {
  await client.start<typeof reviewTrigger>('reviewTrigger', {
    workflowId: reviewTriggerWorkflowId(input.triggerId),
    taskQueue: dispatchQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

/**
 * Asks again for a review that is open, unless its workflow runs: somebody terminated it, or the engine's own records are gone.
 * Asking by the trigger that began it finds the review where it stands.
 *
 * @returns true when it was asked for
 */
export async function reviveReview(
  client: WorkflowClient,
  dispatchQueue: string,
  input: TriggerInput & { readonly triggerId: string },
): Promise<boolean> {
  if (await isReviewRunning(client, dispatchQueue, input.scope)) return false;
  await startReviewTrigger(client, dispatchQueue, input);
  return true;
}

async function isReviewRunning(client: WorkflowClient, dispatchQueue: string, scope: string): Promise<boolean> {
  try {
    const { status } = await client.getHandle(reviewWorkflowId(dispatchQueue, scope)).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
