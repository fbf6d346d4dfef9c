/**
 * Wraps the steps for Temporal: heartbeats, cancellation, failures. The one object that workers register, and the only file
 * here that knows Temporal.
 */

import { Context } from '@temporalio/activity';
import type {
  CallInput,
  CallOutcome,
  CheckStepInput,
  CheckStepResult,
  EndInput,
  GiveInput,
  Outcome,
  Plan,
  SlotAnswer,
  StepCallInput,
  StepCallOutcome,
} from '../workflows/messages';
import { abandonCall, callModelOnce, HANDED_OVER } from './call/model-call';
import { checkStep } from './cascade/check-step';
import { giveAnswer } from './cascade/give-answer';
import { decideTask } from './decide';
import type { Deps } from './deps';
import { endUnanswered } from './end';
import { failureOfStopping, toTemporalFailure } from './failures';
import { createReviewActivities, type ReviewActivities } from './review';
import { takeSlot } from './slots/take';
import { type SweepReport, sweep } from './sweep';

export interface Activities extends ReviewActivities {
  /** See `decide.ts`. */
  decideTask(input: { readonly taskId: string }): Promise<Plan>;
  /** See `slots/take.ts`. */
  takeSlot(input: { readonly taskId: string }): Promise<SlotAnswer>;
  /** See `call/model-call.ts`. */
  callModel(input: CallInput): Promise<CallOutcome>;
  /** See `call/model-call.ts`. */
  abandonCall(input: CallInput): Promise<CallOutcome>;
  /** See `call/model-call.ts`. */
  callStep(input: StepCallInput): Promise<StepCallOutcome>;
  /** See `cascade/check-step.ts`: a check that takes no noticeable time, or was never begun. */
  checkStepQuickly(input: CheckStepInput): Promise<CheckStepResult>;
  /** See `cascade/check-step.ts`: one that runs a program. */
  checkStep(input: CheckStepInput): Promise<CheckStepResult>;
  /** See `cascade/give-answer.ts`. */
  giveAnswer(input: GiveInput): Promise<Outcome>;
  /** See `end.ts`. */
  endTask(input: EndInput): Promise<Outcome>;
  /** See `sweep.ts`. */
  sweep(): Promise<SweepReport>;
}

/** Everything a worker can run. */
export function createActivities(deps: Deps): Activities {
  return {
    decideTask: (input) => safely(() => decideTask(deps, input)),
    takeSlot: (input) => safely(() => takeSlot(deps, input)),
    callModel: (input) => withHeartbeat(deps.heartbeatMs, (signal) => safely(() => callModelOnce(deps, input, signal))),
    abandonCall: (input) => safely(() => abandonCall(deps, input)),
    callStep: (input) => withHeartbeat(deps.heartbeatMs, (signal) => safely(() => callModelOnce(deps, input, signal))),
    checkStepQuickly: (input) => safely(() => checkStep(deps, input, new AbortController().signal)),
    checkStep: (input) => withHeartbeat(deps.heartbeatMs, (signal) => safely(() => checkStep(deps, input, signal))),
    giveAnswer: (input) => safely(() => giveAnswer(deps, input)),
    endTask: (input) => safely(() => endUnanswered(deps, input)),
    sweep: () => safely(() => sweep(deps)),
    ...createReviewActivities(deps, { safely, withHeartbeat: (step) => withHeartbeat(deps.heartbeatMs, step) }),
  };
}

async function safely<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw toTemporalFailure(error);
  }
}

/**
 * Heartbeats for the whole of a step, not only while a provider streams: cancellation arrives with a heartbeat, and a silent
 * worker is taken for dead.
 */
async function withHeartbeat<T>(heartbeatMs: number, step: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const beat = setInterval(() => context.heartbeat(), Math.max(100, Math.min(1_000, heartbeatMs / 4)));
  const stop = stopSignal(context);
  try {
    return await step(stop);
  } catch (error) {
    throw stop.aborted ? failureOfStopping(stop.reason === HANDED_OVER) : error;
  } finally {
    clearInterval(beat);
  }
}

/** Tells a step why it must stop: Temporal aborts alike for a task that was cancelled and for a worker that ends. */
function stopSignal(context: Context): AbortSignal {
  const stop = new AbortController();
  const forward = () => stop.abort(context.cancellationDetails?.cancelRequested ? undefined : HANDED_OVER);
  if (context.cancellationSignal.aborted) forward();
  else context.cancellationSignal.addEventListener('abort', forward, { once: true });
  return stop.signal;
}
