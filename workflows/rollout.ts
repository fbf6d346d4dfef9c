/**
 * The rollout of one approved change: canary, soak, promote, or take it back. What is looked at and what follows is decided in the
 * steps and stored; this only looks again and again, and when a person has moved the rollout, at once.
 */

import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import { ROLLOUT_SIGNAL, type RolloutInput, reviewQueue, watchWorkflowId } from './messages';
import { watch } from './watch';

/** Ends with the state in which the rollout leaves it: promoted, cooling down or aborted. */
export async function rollout(input: RolloutInput): Promise<string> {
  let isChanged = false;
  setHandler(defineSignal(ROLLOUT_SIGNAL), () => {
    isChanged = true;
  });
  const { lookAtRollout, abortRollout } = stepsOf();
  try {
    for (;;) {
      isChanged = false;
      const { state, isOver, nextMs } = await lookAtRollout(input);
      if (isOver) return state === 'PROMOTED' ? await startWatch(input, state) : state;
      await condition(() => isChanged, nextMs);
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof rollout>(input);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    const { state } = await CancellationScope.nonCancellable(() =>
      abortRollout({ rolloutId: input.rolloutId, why: 'Its workflow was cancelled.' }),
    );
    return state;
  }
}

/** The steps run where reviews are analysed. A lost worker is found out by its heartbeats; an absent database is waited for. */
function stepsOf() {
  return proxyActivities<Activities>({
    taskQueue: reviewQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '5m',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
  });
}

/** The watch outlives the rollout. */
async function startWatch({ rolloutId }: RolloutInput, state: string): Promise<string> {
  try {
    await startChild(watch, {
      workflowId: watchWorkflowId(rolloutId),
      args: [{ rolloutId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError')) throw error;
  }
  return state;
}
