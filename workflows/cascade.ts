/** A task that goes through steps: each is called and its answer checked, until one passes or there is none left. Carries ids, never prompts. */

import { ActivityFailure, isCancellation, proxyActivities, proxyLocalActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { type CascadeEvent, type CascadeStep, nextCascadeStep } from '../routing/cascade/next-step';
import {
  type CheckStepInput,
  type CheckStepResult,
  modelQueue,
  type Outcome,
  type PlannedCascade,
  type PlannedCascadeStep,
  REPLAY_PRIORITY,
} from './messages';
import { callOnQueue, LOST_WORKER_RETRY, PICK_UP_MS, QUICK_STEP, type Routed, waitForSlot } from './model-call';

const { giveAnswer, checkStepQuickly } = proxyLocalActivities<Activities>(QUICK_STEP);

/** How a cascade ended: its outcome is recorded, or there is no answer to give. */
export type CascadeEnd = { readonly kind: 'ended'; readonly outcome: Outcome } | Extract<CascadeStep, { kind: 'give-up' }>;

/** Calls, checks and goes on as `nextCascadeStep` says. Every answer and every result is a row before the next step begins. */
export async function followCascade(taskId: string, plan: Routed, { steps, costCeilingNanoUsd }: PlannedCascade): Promise<CascadeEnd> {
  const { decisionId, limits } = plan;
  const events: CascadeEvent[] = [];
  let startedAt = Date.now();
  for (;;) {
    const ceiling = costCeilingNanoUsd === undefined ? {} : { costCeilingNanoUsd };
    const next = nextCascadeStep({ steps, limits, ...ceiling, seed: taskId, events, elapsedMs: Date.now() - startedAt });
    if (next.kind === 'give-up') return next;
    const step = steps[next.step] as PlannedCascadeStep;
    if (next.kind === 'give') {
      const answer = answerOf(events, next.step);
      const given = { taskId, decisionId, step: step.place, answer, as: next.as, reason: next.why };
      return { kind: 'ended', outcome: await giveAnswer(given) };
    }
    if (next.kind === 'check') {
      const { answer, asked, crashed } = next;
      const input = {
        taskId,
        decisionId,
        step: step.place,
        answer,
        ...(asked !== undefined && { asked }),
        ...(crashed !== undefined && { crashed }),
      };
      events.push({ kind: 'checked', step: next.step, result: await check(plan, step, input) });
      continue;
    }
    const { part, model, number } = next;
    if (next.afterMs > 0) await sleep(next.afterMs); // waits in the server, not in a process
    const remainingMs = Math.max(0, limits.maxTaskMs - (Date.now() - startedAt));
    const pool = (part === 'check' ? step.check?.link : step.link)?.pool ?? 'default';
    const call = { taskId, decisionId, number, model, maxCallMs: limits.maxCallMs, step: step.place, part };
    const result = await callOnQueue(plan, pool, remainingMs, call);
    if (result.kind === 'ended') return result;
    if (result.kind === 'await-slot') {
      const waitsFrom = Date.now();
      const found = await waitForSlot(taskId);
      if (found.kind === 'ended') return found;
      startedAt += Date.now() - waitsFrom; // a task's time is that of its work: waiting for a slot is none
    } else if (result.kind === 'answered') {
      events.push({ kind: 'answered', step: next.step, part, number, costNanoUsd: result.costNanoUsd });
    } else {
      const failed = { model, failure: result.failure, failedAtMs: Date.now() - startedAt };
      events.push({ kind: 'failed', step: next.step, part, failed, costNanoUsd: result.costNanoUsd ?? 0 });
    }
  }
}

/** The check of an answer. Where a program checks or grades, on the workers that call the model; lost for good, the check has crashed. */
async function check(plan: Routed, { link, programMs }: PlannedCascadeStep, input: CheckStepInput): Promise<CheckStepResult> {
  if (programMs === undefined) return checkStepQuickly(input);
  const { checkStep } = proxyActivities<Activities>({
    taskQueue: modelQueue(workflowInfo().taskQueue, link.pool),
    startToCloseTimeout: programMs + PICK_UP_MS,
    scheduleToCloseTimeout: 2 * (programMs + PICK_UP_MS),
    heartbeatTimeout: plan.heartbeatMs,
    ...(plan.givesWay && { priority: REPLAY_PRIORITY }),
    retry: LOST_WORKER_RETRY,
  });
  try {
    return await checkStep(input);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return checkStepQuickly({ ...input, crashed: input.crashed ?? 'no worker reported its end in time', isLost: true });
  }
}

function answerOf(events: readonly CascadeEvent[], step: number): number {
  const answered = events.find((event) => event.kind === 'answered' && event.part === 'answer' && event.step === step);
  return answered?.kind === 'answered' ? answered.number : 0;
}
