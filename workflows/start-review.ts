/**
 * The one way a review is asked for by a program that holds a client of Temporal: the command line, and the upkeep that sees a
 * threshold crossed. Not part of the bundle.
 */

import type { WorkflowClient } from '@temporalio/client';
import { reviewTriggerWorkflowId, type TriggerInput } from './messages';
import type { reviewTrigger } from './review-trigger';

/**
 * Asks for a review. The trigger's id names the workflow, so asking twice for one trigger asks once.
 *
 * @param input its row is kept already when it has a `triggerId`
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
