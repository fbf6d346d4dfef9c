/**
 * The one way the workflow of a task is started and stopped, for the client that accepted the task and for the upkeep that finds
 * it without one. Not part of the bundle.
 */

import { type WorkflowClient, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { dispatchTask } from './dispatch';
import { type DispatchInput, dispatchWorkflowId, SLOT_SIGNAL } from './messages';

/**
 * Starts it, or finds it. A workflow that was terminated or failed is started anew: its task has no outcome yet, and every
 * step finds what was already done. One that has completed stays so.
 *
 * @param eager start it on a worker of this process when one is free; needs a client on the worker's own connection
 */
export async function startDispatch(client: WorkflowClient, dispatchQueue: string, taskId: string, eager = false): Promise<void> {
  try {
    await start(client, dispatchQueue, taskId, 'ALLOW_DUPLICATE_FAILED_ONLY', eager);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/**
 * Starts it unless it runs. For a task that is known to have no outcome: a workflow that completed without giving it one (the
 * database was restored) is no reason to leave it open.
 *
 * @returns true when it was started
 */
export async function reviveDispatch(client: WorkflowClient, dispatchQueue: string, taskId: string): Promise<boolean> {
  const handle = client.getHandle(dispatchWorkflowId(taskId));
  const found = await unlessMissing(handle.describe());
  if (found?.status.name === 'RUNNING') return false;
  await start(client, dispatchQueue, taskId, 'ALLOW_DUPLICATE', false);
  return true;
}

/** Tells it that its task has a slot, or needs none any more. Does nothing when there is none: upkeep revives what is gone. */
export async function tellSlotGranted(client: WorkflowClient, taskId: string): Promise<void> {
  await unlessMissing(client.getHandle(dispatchWorkflowId(taskId)).signal(SLOT_SIGNAL));
}

/** Asks it to stop. Does nothing when there is none, or it has ended. */
export async function cancelDispatch(client: WorkflowClient, taskId: string): Promise<void> {
  await unlessMissing(client.getHandle(dispatchWorkflowId(taskId)).cancel());
}

async function start(
  client: WorkflowClient,
  dispatchQueue: string,
  taskId: string,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY',
  requestEagerStart: boolean,
): Promise<void> {
  const input: DispatchInput = { taskId };
  await client.start<typeof dispatchTask>('dispatchTask', {
    workflowId: dispatchWorkflowId(taskId),
    taskQueue: dispatchQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy,
    requestEagerStart,
  });
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
