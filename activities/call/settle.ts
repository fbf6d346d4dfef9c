/**
 * Writes the end of a call with its bill. What a provider did cannot be done again, so this holds on to what it knows until
 * the database takes it.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { moveHealth } from '../../db/queries/dispatch';
import { type AttemptSettlement, settleAttempt } from '../../db/queries/ledger';
import { splitConfidence } from '../../routing/cascade/confidence';
import type { Model } from '../../routing/catalogue';
import { afterFailure, afterSuccess } from '../../routing/decision/cool-down';
import type { Decision } from '../../routing/decision/decision';
import type { CallFailure } from '../../routing/decision/failure';
import type { ModelHealth } from '../../routing/decision/knowledge';
import { isRoutingError } from '../../routing/errors';
import { costOf } from '../../routing/money/cost';
import type { TaskFacts } from '../../routing/task/task';
import type { CallInput, StepCallInput, StepCallOutcome } from '../../workflows/messages';
import { stepAt } from '../cascade/step-request';
import type { Deps } from '../deps';
import { isQuick } from '../graders';
import type { Answer, CallResult } from '../providers/provider';
import { completeTask, endingOf, type StoredAnswer } from './complete';
import type { PreparedCall } from './prepare';

/** How long a settlement is tried again while the database is away, in milliseconds; then the attempt ends in doubt. */
const HOLD_ON_MS = 120_000;

type Failed = Extract<CallResult, { kind: 'failed' }>;

/** Settles a call as it ended, and ends its task when it was answered. */
export async function settleCall(
  deps: Deps,
  input: CallInput | StepCallInput,
  call: PreparedCall,
  result: CallResult,
  measuredMs: number,
  signal: AbortSignal,
): Promise<StepCallOutcome> {
  const identity = attemptIdentity(input, call.decision, call.facts, call.model.provider);
  return result.kind === 'failed' ? settleFailure() : settleAnswer(result.answer);

  async function settleFailure(): Promise<StepCallOutcome> {
    const { failure, bill } = result as Failed;
    const settled = await holdOn(() =>
      settleAttempt(deps.db, {
        ...identity,
        state: bill.kind === 'unknown' ? 'in_doubt' : 'failed',
        failure,
        ...billOfFailure(call.model, result as Failed),
        latencyMs: measuredMs,
      }),
    );
    await moveHealth(deps.db, call.model.id, (health) => afterFailure(health, failure.class, deps.now(), call.policy.coolDown));
    return { kind: 'failed', failure: settled.attempt.failure ?? failure, costNanoUsd: settled.attempt.costNano ?? 0 };
  }

  async function settleAnswer(answer: Answer): Promise<StepCallOutcome> {
    const isStep = 'step' in input;
    const ending = !isStep && isQuick(call.grader) ? await endingOf(call, input.taskId, answer, signal) : undefined;
    const settled = await holdOn(() =>
      settleAttempt(
        deps.db,
        {
          ...identity,
          state: 'answered',
          ...billOfAnswer(call.model, answer),
          usage: answer.usage,
          latencyMs: Math.round(answer.latencyMs ?? measuredMs),
          firstTokenMs: answer.firstTokenMs === undefined ? undefined : Math.round(answer.firstTokenMs),
          providerRequestId: answer.providerRequestId,
          servedModel: answer.servedModel,
          answer: storable(contentOf(asGiven(input, call.decision, answer))),
        },
        ending,
      ),
    );
    if (isTroubled(settled.health)) await moveHealth(deps.db, call.model.id, afterSuccess);
    if (settled.attempt.state !== 'answered') {
      // This worker was taken for dead and its attempt closed in doubt: that charge stands, and so does what followed from it.
      const failure = settled.attempt.failure ?? { class: 'in-doubt' as const, message: 'The call was closed before it ended.' };
      return { kind: 'failed', failure, costNanoUsd: settled.attempt.costNano ?? 0 };
    }
    if (isStep) return { kind: 'answered', costNanoUsd: settled.attempt.costNano ?? 0 };
    if (settled.outcome !== undefined) return { kind: 'ended', outcome: settled.outcome.kind };
    return completeTask(deps, call, input.taskId, signal);
  }
}

/** What every settlement of an attempt names. */
function attemptIdentity(input: CallInput | StepCallInput, decision: Decision, facts: TaskFacts, provider: string) {
  const isCheck = 'step' in input && input.part === 'check';
  return {
    taskId: input.taskId,
    decisionId: input.decisionId,
    number: input.number,
    provider,
    // What checks answers of a class does not answer it: how it does is counted apart. Its cost is the class's all the same.
    taskClass: isCheck ? `check:${decision.taskClass}` : decision.taskClass,
    scope: facts.scope,
    ...(isCheck ? {} : { estimatedOutputTokens: decision.descriptor.estimatedOutputTokens }),
  };
}

/** An answer is news only for a model that failed lately, and most have not: nothing is written for those. */
function isTroubled(health: ModelHealth | null | undefined): boolean {
  return health != null && !(health.state === 'closed' && health.consecutiveFailures === 0);
}

/** The answer without the confidence that a step's check has asked for, which stands beside it. */
function asGiven(input: CallInput | StepCallInput, decision: Decision, answer: Answer): Answer & Pick<StoredAnswer, 'confidence'> {
  const isAsked = 'step' in input && input.part === 'answer' && stepAt(decision, input.step).check?.terms.kind === 'confidence';
  if (!isAsked) return answer;
  const { text, stated } = splitConfidence(answer.text);
  return { ...answer, text, ...(stated === undefined ? {} : { confidence: stated }) };
}

/** Content is kept as answered; figures have columns of their own. */
function contentOf({ text, toolCalls, finishReason, recordedQuality, confidence }: Answer & StoredAnswer): StoredAnswer {
  return {
    text,
    toolCalls,
    finishReason,
    ...(recordedQuality !== undefined && { recordedQuality }),
    ...(confidence !== undefined && { confidence }),
  };
}

/** A JSON value as Postgres takes it: NUL and halves of surrogate pairs become U+FFFD. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', '\uFFFD').toWellFormed();
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]));
}

type Bill = Pick<AttemptSettlement, 'costBasis' | 'costNano' | 'usage'>;

function billOfAnswer(model: Model, answer: Answer): Bill {
  if (answer.reportedCostNanoUsd !== undefined) return { costBasis: 'reported', costNano: answer.reportedCostNanoUsd };
  if (model.prices === undefined) return { costBasis: 'unknown' };
  if (answer.usage !== undefined) return { costBasis: 'usage', costNano: costOf(model.prices, answer.usage) };
  return { costBasis: 'reserved' };
}

function billOfFailure(model: Model, { bill }: Failed): Bill {
  if (bill.kind === 'none') return { costBasis: 'none' };
  if (model.prices === undefined) return { costBasis: 'unknown' };
  if (bill.kind === 'usage') return { costBasis: 'usage', costNano: costOf(model.prices, bill.usage), usage: bill.usage };
  return { costBasis: 'reserved' };
}

/** Repeats while the database is away or full. Everything else is thrown at once. */
async function holdOn<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + HOLD_ON_MS;
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      return await work();
    } catch (error) {
      const isAway = isRoutingError(error) && (error.code === 'database_unreachable' || error.code === 'database_full');
      if (!isAway || performance.now() + waitMs > until) throw error;
      await delay(waitMs);
    }
  }
}

/** A call that no worker will report on: charged in full. */
export function inDoubt(message: string): CallFailure {
  return { class: 'in-doubt', message };
}
