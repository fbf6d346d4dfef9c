/**
 * Upkeep of one installation: what must happen though nobody asks. Starts the workflow of every accepted task that has none,
 * settles what a dead process left open, makes the partitions of the months to come.
 */

import { continueAsNew, proxyLocalActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { UpkeepInput } from './messages';

const { sweep } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** Runs for ever, one round at a time. */
export async function upkeep(input: UpkeepInput): Promise<never> {
  while (!workflowInfo().continueAsNewSuggested) {
    await sweep();
    await sleep(input.everyMs);
  }
  return continueAsNew<typeof upkeep>(input);
}
