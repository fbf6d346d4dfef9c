/**
 * One call of one model by its owner's own function: filter, reserve, call, settle. The order is the promise: nothing is called
 * before its money is reserved, and whatever was called is charged.
 */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Model } from '../routing/catalogue';
import { obstacleToCall } from '../routing/decision/admissible';
import type { Decision } from '../routing/decision/decision';
import type { CallFailure } from '../routing/decision/failure';
import { worstCaseCost } from '../routing/money/cost';
import type { CallIdentity } from '../routing/money/embedded-call';
import { adaptPrompt } from '../routing/task/adapt-prompt';
import { type Message, textOf } from '../routing/task/prompt';
import type { TaskFacts } from '../routing/task/task';
import type { NanoUsd } from '../routing/units';
import type { Breaker } from './breaker';
import { shortageWords } from './budget';
import type { Settings } from './config';
import { CallFailed, type FailedCall, failedCallOf } from './failure';
import type { Planned } from './planner';
import { parseOrRefuse } from './problems';
import type { Bookkeeper, SettledCost } from './settlement';
import type { Store } from './store';
import { type Bill, billOf, type CallUsage, usageDocument } from './usage';

/** What your function is given: which model to call, and with what. */
export interface ModelRequest {
  /** Catalogue id, `provider/model`. */
  readonly model: string;
  readonly provider: string;
  /** What the provider itself calls the model. */
  readonly providerModel: string;
  /** The text, in the words that this model wants to be asked in. */
  readonly prompt: string;
  /** System text that the catalogue has for this model. */
  readonly system?: string;
  /** Send this limit with the call: what was reserved rests on it. */
  readonly maxOutputTokens: number;
  /** 1 for the first step of the task. */
  readonly attempt: number;
  /** Aborted when the call takes too long or the task is not wanted any more. */
  readonly signal: AbortSignal;
}

/** What your function gives back. */
export interface CallAnswer<T> {
  readonly answer: T;
  /** Without it and without `cost`, the call is charged the worst case. */
  readonly usage?: CallUsage | undefined;
  /** The provider's own figure, in US dollars; it wins over the price list. */
  readonly cost?: number | undefined;
  /** How good the answer is, in [0, 1], where you can tell. */
  readonly quality?: number | undefined;
}

export type ModelCall<T> = (request: ModelRequest) => Promise<CallAnswer<T>>;

/** How the figures that come with an answer must be; the answer itself may be anything. */
const figuresDocument = z.object({
  usage: usageDocument.optional(),
  cost: z.number().min(0).max(9_000_000).optional(),
  quality: z.number().min(0).max(1).optional(),
});

/** What a call needs beside itself. */
export interface CallDeps {
  readonly settings: Settings;
  readonly store: Store;
  readonly breaker: Breaker;
  readonly bookkeeper: Bookkeeper;
}

export interface CallPlan {
  readonly facts: TaskFacts;
  readonly planned: Planned;
  readonly decision: Decision;
  /** Catalogue id. */
  readonly model: string;
  readonly attempt: number;
}

export type CallResult<T> =
  | ({ readonly kind: 'answered'; readonly answer: T } & CallFigures)
  | ({ readonly kind: 'failed'; readonly failure: CallFailure } & CallFigures);

export interface CallFigures extends SettledCost {
  readonly latencyMs: number;
}

/** How long a reservation outlives the longest call before the next one takes this one for dead, in milliseconds. */
const HOLD_MARGIN_MS = 60_000;

/** @throws what the caller's function threw, when that is no failure of a provider */
export async function callModel<T>(deps: CallDeps, plan: CallPlan, call: ModelCall<T>, signal: AbortSignal): Promise<CallResult<T>> {
  const { clock, policy, catalogue } = deps.settings;
  const model = catalogue.models.get(plan.model);
  if (model === undefined) return notCalled({ class: 'not-admissible', message: `${plan.model} is not in the catalogue.` });
  const obstacle = obstacleToCall(model, plan.facts, plan.decision.descriptor, clock.now());
  if (obstacle !== undefined) return notCalled({ class: 'not-admissible', message: `${model.id} may not be called: ${obstacle.detail}.` });
  const { request, worstCaseNano } = requestTo(model, plan, signal);
  const open = await openCall(deps, model, plan.decision, worstCaseNano);
  if ('failure' in open) return notCalled(open.failure);

  const startedAt = clock.now();
  const end = await withinTime(call, request, policy.attempts.maxCallMs, model).catch((error: unknown) => ({ error }));
  const latencyMs = clock.now() - startedAt;
  if ('error' in end) return closeFailed(deps, open, end.error, latencyMs, signal);
  return { kind: 'answered', answer: end.answer, latencyMs, ...(await closeAnswered(deps, open, plan.planned, end, latencyMs)) };
}

/** A call whose money is reserved. */
interface OpenCall {
  readonly identity: CallIdentity;
  readonly model: Model;
  readonly reservedNano: NanoUsd;
}

/** Asks the breaker and reserves; says why, when the model is not to be called. */
async function openCall(
  { store, breaker, settings }: CallDeps,
  model: Model,
  { taskClass, tier }: Decision,
  reservedNano: NanoUsd,
): Promise<OpenCall | { readonly failure: CallFailure }> {
  const cooling = breaker.ask(model.id);
  if (cooling !== undefined) return { failure: cooling };
  const identity = { id: randomUUID(), model: model.id, taskClass, tier };
  const reservation = store.reserve(identity, reservedNano, settings.policy.attempts.maxCallMs + HOLD_MARGIN_MS);
  const reserved = await reservation.catch((error: unknown) => {
    breaker.failed(model.id, 'not-admissible'); // a probe that is not made is free for another call
    throw error;
  });
  if (reserved.ok) return { identity, model, reservedNano };
  const failureClass = reserved.mayFree ? 'budget-busy' : 'budget-exhausted';
  breaker.failed(model.id, failureClass);
  return { failure: { class: failureClass, message: shortageWords(reserved, settings.money.timeZone) } };
}

async function closeAnswered(
  { bookkeeper, breaker, settings }: CallDeps,
  { identity, model, reservedNano }: OpenCall,
  { estimatedOutputTokens }: Planned,
  { bill, quality }: { readonly bill: Bill; readonly quality: number | undefined },
  latencyMs: number,
): Promise<SettledCost> {
  breaker.answered(model.id);
  const { basis, costNano, inputTokens, outputTokens } = bill;
  const outputRatio = outputTokens === undefined ? undefined : Math.max(1, outputTokens) / estimatedOutputTokens;
  const end = { costBasis: basis, costNano, inputTokens, outputTokens, latencyMs, score: quality, outputRatio, learns: settings.learns };
  const settled = await bookkeeper.settle(identity.id, end, reservedNano);
  if (quality !== undefined && settings.learns) {
    // On the scale of ratings, 1 to 5. Under the call's own id: rated twice is rated once.
    await bookkeeper.rate({ ...identity, provider: model.provider, score: 1 + 4 * quality, source: 'grader' });
  }
  return settled;
}

async function closeFailed(
  { bookkeeper, breaker, settings }: CallDeps,
  { identity, model, reservedNano }: OpenCall,
  error: unknown,
  latencyMs: number,
  signal: AbortSignal,
): Promise<CallResult<never>> {
  const failed = signal.aborted ? cancelled(error, model) : failedCallOf(error, model.id);
  const { failure, charged } = failed ?? OWN_ERROR;
  breaker.failed(model.id, failure.class);
  // That nobody wanted an answer says nothing of the model.
  const learns = settings.learns && failure.class !== 'cancelled';
  const end = { costBasis: charged === 'nothing' ? 'none' : 'reserved', failureClass: failure.class, latencyMs, learns } as const;
  const settled = await bookkeeper.settle(identity.id, end, reservedNano);
  if (failed === undefined) throw error;
  return { kind: 'failed', failure, latencyMs, ...settled };
}

/** An error of the caller's own: the provider may have been called before it. */
const OWN_ERROR: FailedCall = {
  failure: { class: 'cancelled', message: 'The calling function threw an error of its own.' },
  charged: 'reservation',
};

function cancelled(error: unknown, { id }: Model): FailedCall {
  return {
    failure: { class: 'cancelled', message: `The call of ${id} was cancelled.` },
    charged: error === NOT_BEGUN ? 'nothing' : 'reservation',
  };
}

function notCalled(failure: CallFailure): CallResult<never> {
  return { kind: 'failed', failure, costNano: 0, latencyMs: 0, isRecorded: true };
}

/** What the model is asked, and the most that it can cost; a price that is unknown and allowed by name reserves nothing. */
function requestTo(model: Model, { planned, decision, attempt }: CallPlan, signal: AbortSignal) {
  const { messages } = adaptPrompt(planned.prompt, model.promptTemplate);
  const system = messages.find(({ role }) => role === 'system');
  const asked = messages.findLast(({ role }) => role === 'user') as Message;
  const maxOutputTokens = decision.chain.find((link) => link.model === model.id)?.maxOutputTokens ?? decision.maxOutputTokens;
  const request: ModelRequest = {
    model: model.id,
    provider: model.provider,
    providerModel: model.providerModel,
    prompt: textOf(asked),
    ...(system === undefined ? {} : { system: textOf(system) }),
    maxOutputTokens,
    attempt,
    signal,
  };
  return { request, worstCaseNano: worstCaseCost(model, planned.promptBytes, messages.length, maxOutputTokens) ?? 0 };
}

/** Stands for the error of a call that was not wanted any more before it began. */
const NOT_BEGUN = new Error('not begun');

/** Runs the caller's function, and stops waiting for it when its time is over or nobody wants it, whether or not it listens. */
async function withinTime<T>(call: ModelCall<T>, request: ModelRequest, limitMs: number, model: Model) {
  if (request.signal.aborted) throw NOT_BEGUN;
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(new CallFailed('timeout-total', `${model.id} took longer than ${limitMs} ms.`)), limitMs);
  const signal = AbortSignal.any([request.signal, time.signal]);
  try {
    const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    const given = await Promise.race([call({ ...request, signal }), stopped]);
    const { usage, cost, quality } = parseOrRefuse(figuresDocument, given, 'What the calling function returned', 'bad_input');
    return { answer: given.answer, bill: billOf(model, usage, cost), quality };
  } catch (error) {
    // A client whose call was aborted throws an error of its own kind: what matters is why.
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
