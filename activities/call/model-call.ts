/**
 * One call of one model: filter, reserve, commit the attempt, call, settle. The order is the promise: nothing is called
 * without a committed reservation, and nothing that was called goes unrecorded.
 */

import type { Grader } from '../../db/documents/grader';
import { loadTaskToCall, moveHealth, type TaskToCall } from '../../db/queries/dispatch';
import { abandonAttempt, openAttempt, type RecordedAttempt } from '../../db/queries/ledger';
import { isOpenStatus } from '../../db/schema/tasks';
import { afterFailure } from '../../routing/decision/cool-down';
import type { Decision } from '../../routing/decision/decision';
import { RoutingError } from '../../routing/errors';
import { describeBudgetRefusal } from '../../routing/money/budget';
import type { CallInput, CallOutcome, Outcome, StepCallInput, StepCallOutcome } from '../../workflows/messages';
import type { Deps } from '../deps';
import type { CallResult, ModelCall } from '../providers/provider';
import { callInSlot, offerGivenBack, openInSlot, slotRulesOf } from '../slots/in-slot';
import { type AnsweredCall, completeTask } from './complete';
import { giveBackProbe, type PreparedCall, prepareCall } from './prepare';
import { inDoubt, settleCall } from './settle';

/** How long a reservation outlives the longest call before upkeep takes its attempt for dead, in milliseconds. */
const HOLD_MARGIN_MS = 180_000;

/** To an open connection, and between two pieces of a body, in milliseconds. Headers may take as long as the call: a model can think. */
const CONNECT_MS = 10_000;
const IDLE_MS = 120_000;

/**
 * Reason of a signal that stops a call whose task goes on: this worker ends, or was taken for dead. An abort for any other
 * reason means that the task is not wanted any more.
 */
export const HANDED_OVER = 'handed over';

/**
 * Calls a model once for an attempt number. A second run of the same number finds the first: its stored end is returned, and
 * an attempt whose end nobody knows is closed in doubt and charged its reservation; it is never called again.
 *
 * @throws {RoutingError} `database_unreachable` and the like, when nothing was called yet or its end could not be stored
 */
export function callModelOnce(deps: Deps, input: StepCallInput, signal: AbortSignal): Promise<StepCallOutcome>;
export function callModelOnce(deps: Deps, input: CallInput, signal: AbortSignal): Promise<CallOutcome>;
export async function callModelOnce(deps: Deps, input: CallInput | StepCallInput, signal: AbortSignal): Promise<StepCallOutcome> {
  const loaded = await load(deps, input);
  if (loaded.attempt !== null) return resume(deps, input, loaded, loaded.attempt, signal);
  const call = await prepareCall(deps, input, loaded);
  if ('refused' in call) return { kind: 'failed', failure: call.refused };

  const inSlot = await slotRulesOf(deps, input.model, loaded);
  const attempt = {
    taskId: input.taskId,
    decisionId: input.decisionId,
    number: input.number,
    attemptId: call.attemptId,
    model: call.model.id,
    catalogueVersion: loaded.activeCatalogueVersion,
    amountNano: call.worstCaseNano,
    worker: deps.worker,
    holdMs: input.maxCallMs + HOLD_MARGIN_MS,
    scope: call.facts.scope,
    ...('step' in input && { step: input.step, part: input.part }),
  };
  const opened = await (inSlot === undefined ? openAttempt(deps.db, attempt) : openInSlot(deps, attempt, call, inSlot));
  switch (opened.kind) {
    case 'slot':
      await giveBackProbe(deps, call);
      return { kind: 'await-slot' };
    case 'ended':
      await giveBackProbe(deps, call);
      return { kind: 'ended', outcome: await outcomeSince(deps, input) };
    case 'budget':
      await giveBackProbe(deps, call);
      return {
        kind: 'failed',
        failure: {
          class: opened.mayFree ? 'budget-busy' : 'budget-exhausted',
          message: describeBudgetRefusal(opened.limit, opened.leftNano, opened.renewsAtMs),
        },
      };
    case 'exists':
      return resume(deps, input, loaded, opened.attempt, signal);
    case 'opened': {
      const startedAt = performance.now();
      const complete = () => call.provider.complete(modelCallOf(input, loaded, call), signal);
      const settle = (result: CallResult) =>
        settleCall(deps, input, call, asSeenByTask(result, signal), Math.round(performance.now() - startedAt), signal);
      if (inSlot === undefined || !('slot' in opened)) return settle(await complete());
      return callInSlot(deps, { taskId: input.taskId, attemptId: call.attemptId, account: opened.slot }, inSlot, complete, settle);
    }
  }
}

/** Closes an attempt that no worker will report on any more; one that has ended keeps its end. Safe to repeat. */
export async function abandonCall(deps: Deps, input: CallInput): Promise<CallOutcome> {
  const why = inDoubt('No worker reported the end of this call in time; its reservation was charged.');
  const attempt = await abandonAttempt(deps.db, input, why);
  if (attempt === undefined) {
    return {
      kind: 'failed',
      failure: { class: 'not-configured', message: `No worker took the call of ${input.model} in time; nothing was called.` },
    };
  }
  const failure = attempt.failure ?? why;
  // The call may have held the probe of its model, which must not stay taken.
  const loaded = await load(deps, input);
  const { coolDown } = await deps.rules.policy(loaded.policyVersion);
  await moveHealth(deps.db, input.model, (health) => afterFailure(health, failure.class, deps.now(), coolDown));
  const inSlot = await slotRulesOf(deps, input.model, loaded);
  if (inSlot !== undefined) await offerGivenBack(deps, inSlot);
  return { kind: 'failed', failure, costNanoUsd: attempt.costNano ?? 0 };
}

async function load(deps: Deps, input: CallInput): Promise<TaskToCall> {
  const loaded = await loadTaskToCall(deps.db, input);
  if (loaded === undefined) throw new RoutingError('unknown_task', `There is no task ${input.taskId} with decision ${input.decisionId}.`);
  return loaded;
}

/** The outcome of a task that ended after it was loaded for this call. */
async function outcomeSince(deps: Deps, input: CallInput): Promise<Outcome> {
  const { status } = await load(deps, input);
  if (isOpenStatus(status)) throw new RoutingError('internal', `Task ${input.taskId} has ended and is ${status}.`);
  return status;
}

/** A call that was stopped though its task goes on was not cancelled: it is in doubt, and the task asks again. */
function asSeenByTask(result: CallResult, signal: AbortSignal): CallResult {
  if (result.kind === 'answered' || result.failure.class !== 'cancelled' || signal.reason !== HANDED_OVER) return result;
  return { ...result, failure: inDoubt('The worker stopped with this call in flight.') };
}

/** The stored end of an attempt that an earlier run of this step opened. Rests on nothing that may have changed since then. */
async function resume(
  deps: Deps,
  input: CallInput | StepCallInput,
  loaded: TaskToCall,
  attempt: RecordedAttempt,
  signal: AbortSignal,
): Promise<StepCallOutcome> {
  if (attempt.state === 'running') return abandonCall(deps, input);
  const costNanoUsd = attempt.costNano ?? 0;
  if (attempt.state === 'answered' && 'step' in input) return { kind: 'answered', costNanoUsd };
  if (attempt.state === 'answered') return completeTask(deps, await answeredCall(deps, loaded, attempt), input.taskId, signal);
  return { kind: 'failed', failure: attempt.failure ?? inDoubt('The end of this call is unknown.'), costNanoUsd };
}

/** An attempt that answered, with what the end of its task needs. */
export async function answeredCall(deps: Deps, loaded: TaskToCall, { id, model: name }: RecordedAttempt): Promise<AnsweredCall> {
  const [policy, { catalogue }] = await Promise.all([
    deps.rules.policy(loaded.policyVersion),
    deps.rules.catalogue(loaded.catalogueVersion),
  ]);
  const model = catalogue.models.get(name);
  if (model === undefined) throw new RoutingError('internal', `Attempt ${id} names ${name}, which the catalogue of its decision lacks.`);
  return {
    attemptId: id,
    model,
    policy,
    decision: loaded.decision as Decision,
    grader: (loaded.grader ?? undefined) as Grader | undefined,
  };
}

function modelCallOf(input: CallInput, loaded: TaskToCall, call: PreparedCall): ModelCall {
  return {
    attemptId: call.attemptId,
    taskId: input.taskId,
    ...(loaded.externalId === null ? {} : { externalId: loaded.externalId }),
    attempt: input.number,
    model: call.model,
    prompt: call.prompt,
    maxOutputTokens: call.maxOutputTokens,
    timeouts: {
      connectMs: Math.min(CONNECT_MS, input.maxCallMs),
      headersMs: input.maxCallMs,
      idleMs: Math.min(IDLE_MS, input.maxCallMs),
      totalMs: input.maxCallMs,
    },
  };
}
