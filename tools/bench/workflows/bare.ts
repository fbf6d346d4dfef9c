/** The least that Temporal does for one activity: what every dispatch is compared with. A bundle of its own. */

import { proxyActivities } from '@temporalio/workflow';
import type { BareActivities } from '../floor';

const { nothing } = proxyActivities<BareActivities>({ startToCloseTimeout: '20s' });

export async function bareWorkflow(): Promise<void> {
  await nothing();
}

/** The same with its activity on a queue of its own, as calls of models are. */
export async function bareWorkflowAcrossQueues(taskQueue: string): Promise<void> {
  const there = proxyActivities<BareActivities>({ startToCloseTimeout: '20s', taskQueue });
  await there.nothing();
}
