/**
 * Upkeep of one installation: what must happen though nobody asks. Starts the workflow of every accepted task that has none,
 * settles what a dead process left open, makes the partitions of the months to come.
 */

import { continueAsNew, isCancellation, log, proxyLocalActivities, sleep, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { UpkeepInput } from './messages';

const { sweep } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** Runs for ever, one round at a time. */
export async function upkeep(input: UpkeepInput): Promise<never> {
  while (!workflowInfo().continueAsNewSuggested) {
    await sweepOnce();
    await sleep(input.everyMs);
  }
  return continueAsNew<typeof upkeep>(input);
}

/** A round that fails costs that round, never those to come: upkeep is what repairs everything else. */
async function sweepOnce(): Promise<void> {
  try {
    const { isReviewOverdue, warnings, undelivered } = await sweep();
    // Rounds that were recorded before there were warnings have none to tell.
    for (const warning of warnings ?? []) log.warn(warning);
    for (const text of undelivered ?? []) log.error(text);
    if (isReviewOverdue) log.error('No review of the routing has begun for more than a week: look at "signalbox review schedule".');
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
    log.error('A round of upkeep failed; the next one tries again.', { error: error.message });
  }
}
