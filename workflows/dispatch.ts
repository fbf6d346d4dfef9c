/**
 * Dispatch of one task: decide once, follow the decision call by call, record how it ended. Carries ids, never prompts.
 */

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import { type NextStep, nextStep, type TimedFailure } from '../routing/decision/fallback';
import {
  type CallInput,
  type CallOutcome,
  type DispatchInput,
  modelQueue,
  type Outcome,
  type Plan,
  REPLAY_PRIORITY,
  SLOT_SIGNAL,
  type SlotAnswer,
} from './messages';

const { decideTask, takeSlot, endTask, abandonCall } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '20s',
  localRetryThreshold: '10s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

type Routed = Extract<Plan, { kind: 'routed' }>;
type GivenUp = Extract<NextStep, { kind: 'give-up' }>;

/** Time that a call may wait for a worker beyond its own length, in milliseconds: a restarted worker is back by then. */
const PICK_UP_MS = 60_000;

/** How long a task that waits for a slot sleeps before it looks for itself: whoever grants one tells it, and upkeep tells it again. */
const LOOK_AGAIN_MS = 3_600_000;

const slotGranted = defineSignal(SLOT_SIGNAL);

/** Ends with the outcome that the task's row has, whatever happened on the way. */
export async function dispatchTask({ taskId }: DispatchInput): Promise<Outcome> {
  try {
    const plan = await decideTask({ taskId }); // recorded in history: a later change of policy does not move this task
    return plan.kind === 'ended' ? plan.outcome : await follow(taskId, plan);
  } catch (error) {
    return CancellationScope.nonCancellable(() => endTask({ taskId, ...endOf(error) }));
  }
}

/** Calls, waits and falls back as `nextStep` says, until an answer or the end of what the task can afford. */
async function follow(taskId: string, planned: Routed): Promise<Outcome> {
  const first = planned.awaitsSlot ? await slot(taskId) : { kind: 'go-on' as const, chain: planned.chain };
  if (first.kind === 'ended') return first.outcome;
  const plan = { ...planned, chain: first.chain };
  let startedAt = Date.now();
  const failed: TimedFailure[] = [];
  for (;;) {
    const step = nextStep({ chain: plan.chain, limits: plan.limits, seed: taskId, failed, elapsedMs: Date.now() - startedAt });
    if (step.kind === 'give-up') return endTask({ taskId, ...endOfGivingUp(step) });
    if (step.afterMs > 0) await sleep(step.afterMs); // waits in the server, not in a process
    const remainingMs = Math.max(0, plan.limits.maxTaskMs - (Date.now() - startedAt));
    const result = await call(plan, remainingMs, {
      taskId,
      decisionId: plan.decisionId,
      number: step.attempt,
      model: step.model,
      maxCallMs: plan.limits.maxCallMs,
    });
    if (result.kind === 'ended') return result.outcome;
    if (result.kind === 'await-slot') {
      const waitsFrom = Date.now();
      const found = await slot(taskId);
      if (found.kind === 'ended') return found.outcome;
      startedAt += Date.now() - waitsFrom; // a task's time is that of its work: waiting for a slot is none
      continue;
    }
    failed.push({ model: step.model, failure: result.failure, failedAtMs: Date.now() - startedAt });
  }
}

/** Sleeps until the task has a slot, or needs none. Costs a row and a timer, however long it takes. */
async function slot(taskId: string): Promise<Exclude<SlotAnswer, { kind: 'waiting' }>> {
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

/** One call on the queue of its model's pool. A call that no worker reports on is closed in doubt. */
async function call(plan: Routed, remainingMs: number, input: CallInput): Promise<CallOutcome> {
  const pool = plan.chain.find(({ model }) => model === input.model)?.pool ?? 'default';
  const { callModel } = proxyActivities<Activities>({
    taskQueue: modelQueue(workflowInfo().taskQueue, pool),
    startToCloseTimeout: input.maxCallMs + PICK_UP_MS,
    scheduleToCloseTimeout: remainingMs + input.maxCallMs + PICK_UP_MS,
    heartbeatTimeout: plan.heartbeatMs,
    ...(plan.givesWay && { priority: REPLAY_PRIORITY }),
    // Retries are for lost workers and an absent database: a model's own failures are results, and `nextStep` decides on them.
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
  });
  try {
    return await callModel(input);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return abandonCall(input);
  }
}

function endOf(error: unknown): { readonly kind: 'cancelled' | 'failed'; readonly code: string; readonly reason: string } {
  if (isCancellation(error)) return { kind: 'cancelled', code: 'cancelled', reason: 'Cancelled on request.' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return { kind: 'failed', code: cause.type ?? 'internal', reason: cause.message };
  throw error; // a defect of the workflow itself: the task of the engine fails and is tried again after a fix
}

function endOfGivingUp(step: GivenUp): { readonly kind: 'failed' | 'refused'; readonly code: string; readonly reason: string } {
  const { failure, why } = step;
  const isRefusal = failure.class === 'budget-busy' || failure.class === 'budget-exhausted';
  if (isRefusal) return { kind: 'refused', code: failure.class, reason: `${failure.message} ${why}` };
  return { kind: 'failed', code: failure.class, reason: why };
}
