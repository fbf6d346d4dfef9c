/** One task from its text to an answer: decided once, then called, tried again and passed on as `nextStep` says. */

import type { Decision } from '../routing/decision/decision';
import type { FailureClass } from '../routing/decision/failure';
import { nextStep, type TimedFailure } from '../routing/decision/fallback';
import { RoutingError } from '../routing/errors';
import { nanoToUsd } from '../routing/units';
import { type CallDeps, type CallResult, callModel, type ModelCall } from './call';
import type { RoutableTask } from './constraints';
import { type RoutedDecision, routedDecision } from './decision';
import type { Planned } from './planner';

/** One try of one model. */
export interface ExecutedAttempt {
  readonly model: string;
  readonly outcome: 'answered' | FailureClass;
  /** US dollars. */
  readonly cost: number;
  /** Milliseconds. */
  readonly latency: number;
}

export interface Executed<T> {
  /** What your function answered. */
  readonly answer: T;
  /** The model that answered. */
  readonly model: string;
  /** US dollars, failed attempts included. */
  readonly cost: number;
  /** Of the whole task, in milliseconds. */
  readonly latency: number;
  readonly decision: RoutedDecision;
  /** In their order; the last one answered. */
  readonly attempts: readonly ExecutedAttempt[];
  /** False when Postgres could not be told what it cost; the reservation is then charged in full when it runs out. */
  readonly isRecorded: boolean;
}

/**
 * Follows a decision to an answer.
 *
 * @throws {RoutingError} `unanswered` after every try that was worth it; `budget_exhausted` when money was in the way; what `call`
 *   threw, when that is no failure of a provider; the signal's reason, when it aborted
 */
export async function executePlan<T>(
  deps: CallDeps,
  task: RoutableTask,
  planned: Planned,
  decision: Decision,
  call: ModelCall<T>,
  signal: AbortSignal,
): Promise<Executed<T>> {
  const { clock } = deps.settings;
  const begunAt = clock.now();
  const failed: TimedFailure[] = [];
  const attempts: ExecutedAttempt[] = [];
  let isRecorded = true;
  for (;;) {
    signal.throwIfAborted();
    const elapsedMs = clock.now() - begunAt;
    const step = nextStep({ chain: decision.chain, limits: decision.limits, seed: task.facts.id, failed, elapsedMs });
    if (step.kind === 'give-up') throw unanswered(step.failure.class, `${step.why} ${step.failure.message}`, failed);
    if (step.afterMs > 0) await clock.wait(step.afterMs, signal);
    const plan = { facts: task.facts, planned, decision, model: step.model, attempt: step.attempt };
    const result = await callModel(deps, plan, call, signal);
    attempts.push(attemptOf(step.model, result));
    isRecorded &&= result.isRecorded;
    if (result.kind === 'answered') {
      const cost = attempts.reduce((sum, attempt) => sum + attempt.cost, 0);
      const latency = clock.now() - begunAt;
      return { answer: result.answer, model: step.model, cost, latency, decision: routedDecision(decision), attempts, isRecorded };
    }
    failed.push({ model: step.model, failure: result.failure, failedAtMs: clock.now() - begunAt });
  }
}

function attemptOf(model: string, result: CallResult<unknown>): ExecutedAttempt {
  const outcome = result.kind === 'answered' ? 'answered' : result.failure.class;
  return { model, outcome, cost: nanoToUsd(result.costNano), latency: result.latencyMs };
}

function unanswered(last: FailureClass, words: string, failed: readonly TimedFailure[]): RoutingError {
  const isMoney = last === 'budget-exhausted' || last === 'budget-busy';
  const wait = failed.at(-1)?.failure.retryAfterMs;
  return new RoutingError(isMoney ? 'budget_exhausted' : 'unanswered', words, wait === undefined ? {} : { retryAfterMs: wait });
}
