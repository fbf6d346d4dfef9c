/** Tells a workflow that runs already from every other failure to start one. */

import { TemporalFailure } from '@temporalio/workflow';

/** True for the failure to start a workflow whose id is in use. By name: its class is not among what a workflow may import. */
export function isAlreadyStarted(error: unknown): boolean {
  return error instanceof TemporalFailure && error.name === 'WorkflowExecutionAlreadyStartedError';
}
