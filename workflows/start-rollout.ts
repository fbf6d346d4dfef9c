/**
 * The way back for a rollout or a watch whose workflow is gone: somebody terminated it, or the engine's own records are lost. Not part
 * of the bundle.
 */

import { type WorkflowClient, WorkflowNotFoundError } from '@temporalio/client';
import { rolloutWorkflowId, watchWorkflowId } from './messages';
import type { rollout } from './rollout';
import type { watch } from './watch';

/** What looks after a change: the rollout until it is promoted, the watch from then on. */
export interface Attended {
  readonly rolloutId: string;
  readonly by: 'rollout' | 'watch';
}

/**
 * Starts the workflow anew unless it runs. Its looks find the row as it was left.
 *
 * @returns true when it was started
 */
export async function reviveRollout(client: WorkflowClient, dispatchQueue: string, { rolloutId, by }: Attended): Promise<boolean> {
  const workflowId = by === 'rollout' ? rolloutWorkflowId(rolloutId) : watchWorkflowId(rolloutId);
  if (await isRunning(client, workflowId)) return false;
  await client.start<typeof rollout | typeof watch>(by, {
    workflowId,
    taskQueue: dispatchQueue,
    args: [{ rolloutId }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return true;
}

async function isRunning(client: WorkflowClient, workflowId: string): Promise<boolean> {
  try {
    return (await client.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
