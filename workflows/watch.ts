/** The watch over a promoted change: a look at every tick, for weeks, in as many runs as it takes. */

import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { reviewQueue, type WatchInput } from './messages';

/** Ends with the state in which the change comes to rest: it held its level, was taken back, or was superseded. */
export async function watch(input: WatchInput): Promise<string> {
  const { lookAtWatch } = proxyActivities<Activities>({
    taskQueue: reviewQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '10m',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '1m' },
  });
  for (let looks = 1; ; looks += 1) {
    const { state, isOver, nextMs } = await lookAtWatch({ rolloutId: input.rolloutId });
    if (isOver) return state;
    await sleep(nextMs);
    if (workflowInfo().continueAsNewSuggested || looks === input.looksPerRun) await continueAsNew<typeof watch>(input);
  }
}
