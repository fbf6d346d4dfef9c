/**
 * The one way the workflow of a task is started, for the client that accepted the task and for the upkeep that finds it
 * unstarted. Not part of the bundle.
 */

import { type WorkflowClient, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { dispatchTask } from './dispatch';
import { type DispatchInput, dispatchWorkflowId } from './messages';

/**
 * Starts it, or finds it. A workflow that was terminated or failed is started anew: its task has no outcome yet, and every
 * step finds what was already done.
 *
 * @param eager start it on a worker of this process when one is free; needs a client on the worker's own connection
 * @returns `running`, or `closed` when it had completed, which a task without an outcome contradicts
 */
export async function startDispatch(
  client: WorkflowClient,
  dispatchQueue: string,
  taskId: string,
  eager = false,
): Promise<'running' | 'closed'> {
  const input: DispatchInput = { taskId };
  try {
    await client.start<typeof dispatchTask>('dispatchTask', {
      workflowId: dispatchWorkflowId(taskId),
      taskQueue: dispatchQueue,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      requestEagerStart: eager,
    });
    return 'running';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
    throw error;
  }
}
