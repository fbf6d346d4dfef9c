/**
 * Dispatch of one task: decide once, follow the decision call by call, record how it ended. Carries ids, never prompts.
 */

import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation, proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { type NextStep, nextStep, type TimedFailure } from '../routing/decision/fallback';
import { followCascade } from './cascade';
import type { DispatchInput, Outcome } from './messages';
import { callOnQueue, QUICK_STEP, type Routed, waitForSlot } from './model-call';

const { decideTask, endTask } = proxyLocalActivities<Activities>(QUICK_STEP);

type GivenUp = Pick<Extract<NextStep, { kind: 'give-up' }>, 'failure' | 'why'>;

/** Ends with the outcome that the task's row has, whatever happened on the way. */
export async function dispatchTask({ taskId }: DispatchInput): Promise<Outcome> {
  try {
    const plan = await decideTask({ taskId }); // recorded in history: a later change of policy does not move this task
    if (plan.kind === 'ended') return plan.outcome;
    if (plan.cascade === undefined) return await follow(taskId, plan);
    const end = await followCascade(taskId, plan, plan.cascade);
    return end.kind === 'ended' ? end.outcome : await endTask({ taskId, ...endOfGivingUp(end) });
  } catch (error) {
    return CancellationScope.nonCancellable(() => endTask({ taskId, ...endOf(error) }));
  }
}

/** Calls, waits and falls back as `nextStep` says, until an answer or the end of what the task can afford. */
async function follow(taskId: string, planned: Routed): Promise<Outcome> {
  const first = planned.awaitsSlot ? await waitForSlot(taskId) : { kind: 'go-on' as const, chain: planned.chain };
  if (first.kind === 'ended') return first.outcome;
  const plan = { ...planned, chain: first.chain };
  let startedAt = Date.now();
  const failed: TimedFailure[] = [];
  for (;;) {
    const step = nextStep({ chain: plan.chain, limits: plan.limits, seed: taskId, failed, elapsedMs: Date.now() - startedAt });
    if (step.kind === 'give-up') return endTask({ taskId, ...endOfGivingUp(step) });
    if (step.afterMs > 0) await sleep(step.afterMs); // waits in the server, not in a process
    const remainingMs = Math.max(0, plan.limits.maxTaskMs - (Date.now() - startedAt));
    const pool = plan.chain.find(({ model }) => model === step.model)?.pool ?? 'default';
    const result = await callOnQueue(plan, pool, remainingMs, {
      taskId,
      decisionId: plan.decisionId,
      number: step.attempt,
      model: step.model,
      maxCallMs: plan.limits.maxCallMs,
    });
    if (result.kind === 'ended') return result.outcome;
    if (result.kind === 'await-slot') {
      const waitsFrom = Date.now();
      const found = await waitForSlot(taskId);
      if (found.kind === 'ended') return found.outcome;
      startedAt += Date.now() - waitsFrom; // a task's time is that of its work: waiting for a slot is none
      continue;
    }
    failed.push({ model: step.model, failure: result.failure, failedAtMs: Date.now() - startedAt });
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
