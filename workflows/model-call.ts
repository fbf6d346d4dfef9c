/** What every way through a task has in common: a call on the queue of its model's pool, and the wait for a slot. */

import {
  ActivityFailure,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import {
  type CallInput,
  type CallOutcome,
  modelQueue,
  type Plan,
  REPLAY_PRIORITY,
  SLOT_SIGNAL,
  type SlotAnswer,
  type StepCallInput,
  type StepCallOutcome,
} from './messages';

/** How long a quick step may take, and be tried again. */
export const QUICK_STEP = {
  startToCloseTimeout: '20s',
  localRetryThreshold: '10s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
} as const;

/** For lost workers and an absent database: a model's own failures are results. */
export const LOST_WORKER_RETRY = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

const { takeSlot, abandonCall } = proxyLocalActivities<Activities>(QUICK_STEP);

export type Routed = Extract<Plan, { kind: 'routed' }>;

/** Time that a step may wait for a worker beyond its own length, in milliseconds: a restarted worker is back by then. */
export const PICK_UP_MS = 60_000;

/** How long a task that waits for a slot sleeps before it looks for itself: whoever grants one tells it, and upkeep tells it again. */
const LOOK_AGAIN_MS = 3_600_000;

const slotGranted = defineSignal(SLOT_SIGNAL);

/** Sleeps until the task has a slot, or needs none. Costs a row and a timer, however long it takes. */
export async function waitForSlot(taskId: string): Promise<Exclude<SlotAnswer, { kind: 'waiting' }>> {
  let isTold = false;
  setHandler(slotGranted, () => {
    isTold = true;
  });
  for (;;) {
    await condition(() => isTold, LOOK_AGAIN_MS);
    isTold = false;
    const answer = await takeSlot({ taskId });
    if (answer.kind !== 'waiting') return answer;
  }
}

/** One call on the queue of a pool. A call that no worker reports on is closed in doubt. */
export async function callOnQueue<Input extends CallInput | StepCallInput>(
  plan: Routed,
  pool: string,
  remainingMs: number,
  input: Input,
): Promise<Input extends StepCallInput ? StepCallOutcome : CallOutcome>;
export async function callOnQueue(
  plan: Routed,
  pool: string,
  remainingMs: number,
  input: CallInput | StepCallInput,
): Promise<StepCallOutcome> {
  const { callModel, callStep } = proxyActivities<Activities>({
    taskQueue: modelQueue(workflowInfo().taskQueue, pool),
    startToCloseTimeout: input.maxCallMs + PICK_UP_MS,
    scheduleToCloseTimeout: remainingMs + input.maxCallMs + PICK_UP_MS,
    heartbeatTimeout: plan.heartbeatMs,
    ...(plan.givesWay && { priority: REPLAY_PRIORITY }),
    retry: LOST_WORKER_RETRY,
  });
  try {
    return await ('step' in input ? callStep(input) : callModel(input));
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return abandonCall(input);
  }
}
