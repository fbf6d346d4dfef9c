/** How the steps of a review are called: where they run, how long they may take, and what a lost worker costs. */

import { proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { reviewQueue } from './messages';

/** Steps that read and write a few rows. What fails because the database is away is tried until it is back. */
export const quickSteps = proxyLocalActivities<Activities>({
  startToCloseTimeout: '30s',
  localRetryThreshold: '10s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** Longest run of one step of analysis, in milliseconds. The review's own limit is below, unless a policy sets it higher. */
const LONGEST_STEP_MS = 2 * 60 * 60_000;

/**
 * Steps that read much. They run below live traffic, on a queue of their own, and report that they live.
 *
 * @param heartbeatMs a step whose worker is silent for twice as long is given to another: figuring keeps a worker from reporting
 */
export function longSteps(heartbeatMs: number) {
  return proxyActivities<Activities>({
    taskQueue: reviewQueue(workflowInfo().taskQueue),
    startToCloseTimeout: LONGEST_STEP_MS,
    heartbeatTimeout: 2 * heartbeatMs,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  });
}

/** Closes what the replays of a review left open. Long, and without reports: there may be many. */
export function closeOpenReplays(reviewId: string): Promise<unknown> {
  const { closeReplays } = proxyActivities<Activities>({
    taskQueue: reviewQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '10m',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  });
  return closeReplays({ reviewId });
}
