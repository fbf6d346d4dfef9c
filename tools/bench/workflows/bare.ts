/** What every dispatch is compared with: the least that Temporal does. A bundle of its own. */

import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { BareActivities } from '../floor';

const limits = { startToCloseTimeout: '20s' } as const;

/** One empty activity, on the workflow's own queue, so that the server hands it back at once. */
export async function bareWorkflow(): Promise<void> {
  await proxyActivities<BareActivities>(limits).nothing();
}

/** The shape of a dispatch without its work: an empty local activity, then an empty activity on another queue. */
export async function bareDispatchShape(activityQueue: string): Promise<void> {
  await proxyLocalActivities<BareActivities>(limits).nothing();
  await proxyActivities<BareActivities>({ ...limits, taskQueue: activityQueue }).nothing();
}
