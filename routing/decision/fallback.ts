/**
 * What follows from a failed call: wait, try again, fall back, or give up. The only place where that is decided.
 *
 * A pure function of the chain and of all that has failed so far, so that a workflow that is replayed, and a worker that takes
 * over from a dead one, go on exactly as before. Changing what it returns changes running workflows.
 */

import type { ChainLink } from './decision';
import type { CallFailure, FailedAttempt, FailureClass } from './failure';
import type { AttemptLimits } from './policy';
import { seededFraction } from './seeded-fraction';

/** A failed attempt with the time at which it failed. */
export interface TimedFailure extends FailedAttempt {
  /** Milliseconds after the task's decision. */
  readonly failedAtMs: number;
}

/** How far a task has come. */
export interface TaskProgress {
  readonly chain: readonly ChainLink[];
  readonly limits: AttemptLimits;
  /** Spreads the waits of tasks that failed together; a task keeps its seed. */
  readonly seed: string;
  /** Every step taken so far, in order; each one failed, or there would be no next. */
  readonly failed: readonly TimedFailure[];
  /** Milliseconds since the task's decision, waiting included. */
  readonly elapsedMs: number;
}

export type NextStep =
  | {
      readonly kind: 'call';
      readonly model: string;
      /** Number of this step in the task, 1 for the first; unique, also when a step ends before the provider is reached. */
      readonly attempt: number;
      /** Number of this call among the calls of this model, 1 for the first. */
      readonly tryOfModel: number;
      /** How long to wait before the step, in milliseconds. */
      readonly afterMs: number;
    }
  | {
      readonly kind: 'give-up';
      /** The failure that ended the task. */
      readonly failure: CallFailure;
      /** For people: what was tried, and why there is nothing more to try. */
      readonly why: string;
    };

/**
 * What a failure means for what comes next.
 * - `stop`: the task ends. A bad request is ours and any model would say the same; a cancelled task is not wanted.
 * - `retry`: the same model again after an exponential wait, or after the time that the provider asks for.
 * - `retry-once`: the same, one time.
 * - `retry-now`: the same model at once; the trouble was ours (a worker that died).
 * - `next`: this model is done for this task.
 * - `later`: others first; this model when there are none, after its wait.
 * - `larger-window`, `larger-output`, `cheaper`: done, and so is every model that is no better in that respect.
 * - `other-provider`: done, and so is every model of its provider, whose rules it applied; only one other is asked, because
 *   passing refused content around until someone takes it is not what a refusal is for.
 * - `wait-for-budget`: nothing was called; the same model again while other tasks may free their reservations.
 */
type Consequence =
  | 'stop'
  | 'retry'
  | 'retry-once'
  | 'retry-now'
  | 'next'
  | 'later'
  | 'larger-window'
  | 'larger-output'
  | 'cheaper'
  | 'other-provider'
  | 'wait-for-budget';

const CONSEQUENCE: Readonly<Record<FailureClass, Consequence>> = {
  'rate-limited': 'retry',
  overloaded: 'retry',
  'server-error': 'retry',
  'timeout-connect': 'retry',
  'timeout-headers': 'retry',
  'timeout-idle': 'retry',
  'timeout-total': 'retry',
  'connection-lost': 'retry',
  'malformed-answer': 'retry-once',
  'empty-answer': 'retry-once',
  'in-doubt': 'retry-now',
  'quota-exhausted': 'next',
  authentication: 'next',
  'not-found': 'next',
  'not-configured': 'next',
  'not-admissible': 'next',
  'cooling-down': 'later',
  'context-too-long': 'larger-window',
  'answer-cut-short': 'larger-output',
  'content-refused': 'other-provider',
  'budget-busy': 'wait-for-budget',
  'budget-exhausted': 'cheaper',
  'bad-request': 'stop',
  cancelled: 'stop',
};

/** Steps that end before the provider is reached; they are not calls and use up no tries. */
const NOT_CALLED: ReadonlySet<FailureClass> = new Set([
  'budget-busy',
  'budget-exhausted',
  'cooling-down',
  'not-admissible',
  'not-configured',
]);

/**
 * Waits without a call (for a budget, for a model to cool down) that one task may have. Waits grow to `maxWaitMs`, so the
 * task's time ends first under any sensible limits; this holds under all others.
 */
const MAX_WAITS_WITHOUT_CALL = 40;

/**
 * The next step of a task.
 *
 * Bounds, whatever fails: at most min(`maxAttempts`, models × `triesPerModel`) calls; at most that, plus two steps per model
 * and 40 waits, steps in all; no step begins at or after `maxTaskMs`, so all waiting together is shorter than that.
 *
 * Preference: the model that failed last, when it may be tried again and its wait is within `maxWaitMs`; then the models
 * after it in the chain, then those before it. When all that is left asks for longer, the one that is ready first, if the
 * task has the time.
 */
export function nextStep(progress: TaskProgress): NextStep {
  const { limits, failed, elapsedMs } = progress;
  const last = failed.at(-1);
  if (last !== undefined && CONSEQUENCE[last.failure.class] === 'stop') {
    return giveUp(progress, last.failure.class === 'cancelled' ? 'the task was cancelled' : 'another model would refuse this request too');
  }
  if (elapsedMs >= limits.maxTaskMs) return giveUp(progress, `the task's ${limits.maxTaskMs / 1000} s are used up`);
  if (callsIn(failed) >= limits.maxAttempts) return giveUp(progress, `the task's ${limits.maxAttempts} calls are used up`);

  const ready = openLinks(progress);
  if (ready.length === 0) return giveUp(progress, last === undefined ? 'the chain is empty' : whyNoneIsOpen(last.failure.class));
  const affordable = ready.filter(({ waitMs }) => elapsedMs + waitMs < limits.maxTaskMs);
  const chosen = affordable.find(({ waitMs, isLastResort }) => waitMs <= limits.maxWaitMs && !isLastResort) ?? soonest(affordable);
  if (chosen === undefined) return giveUp(progress, 'what is left asks for a longer wait than the task has time for');
  return {
    kind: 'call',
    model: chosen.link.model,
    attempt: failed.length + 1,
    tryOfModel: callsIn(failed.filter(({ model }) => model === chosen.link.model)) + 1,
    afterMs: chosen.waitMs,
  };
}

/** The link that is ready first, the preferred one among equals. */
function soonest(links: readonly OpenLink[]): OpenLink | undefined {
  return links.reduce<OpenLink | undefined>((best, link) => (best === undefined || link.waitMs < best.waitMs ? link : best), undefined);
}

/** A model that may be called, and when. */
interface OpenLink {
  readonly link: ChainLink;
  readonly waitMs: number;
  /** Cooling down: others are asked first, whatever their place in the chain. */
  readonly isLastResort: boolean;
}

/** The models that are still worth a call, in the order of preference. */
function openLinks(progress: TaskProgress): readonly OpenLink[] {
  const { chain, failed } = progress;
  const isRuledOut = ruledOutBy(progress);
  const current = Math.max(
    0,
    chain.findIndex(({ model }) => model === failed.at(-1)?.model),
  );
  const inOrder = [...chain.slice(current), ...chain.slice(0, current)];
  return inOrder.filter((link) => !isRuledOut(link)).map((link) => opening(link, progress));
}

/** Tells which links the failures so far have closed for good. */
function ruledOutBy({ chain, failed, limits }: TaskProgress): (link: ChainLink) => boolean {
  const links = new Map(chain.map((link) => [link.model, link]));
  const done = new Set<string>();
  const refusedBy = new Set<string>();
  let refusals = 0;
  let windowFloor = -1;
  let outputFloor = -1;
  let costCeiling = Infinity;
  let waitsWithoutCall = 0;
  for (const { model, failure } of failed) {
    const link = links.get(model);
    const consequence = CONSEQUENCE[failure.class];
    if (consequence === 'later' || consequence === 'wait-for-budget') waitsWithoutCall += 1;
    if (waitsWithoutCall > MAX_WAITS_WITHOUT_CALL) done.add(model);
    if (link === undefined || STAYS_OPEN.has(consequence)) continue;
    done.add(model);
    if (consequence === 'larger-window') windowFloor = Math.max(windowFloor, link.contextWindowTokens);
    if (consequence === 'larger-output') outputFloor = Math.max(outputFloor, link.maxOutputTokens);
    if (consequence === 'cheaper') costCeiling = Math.min(costCeiling, link.maxCostNanoUsd);
    if (consequence === 'other-provider') {
      refusedBy.add(link.provider);
      refusals += 1;
    }
  }
  return (link) => {
    const own = failed.filter(({ model }) => model === link.model);
    const unusable = own.filter(({ failure }) => CONSEQUENCE[failure.class] === 'retry-once').length;
    return (
      done.has(link.model) ||
      unusable > 1 ||
      callsIn(own) >= limits.triesPerModel ||
      link.contextWindowTokens <= windowFloor ||
      link.maxOutputTokens <= outputFloor ||
      link.maxCostNanoUsd >= costCeiling ||
      refusedBy.has(link.provider) ||
      refusals > 1
    );
  };
}

/** Consequences after which the same model may be called again. */
const STAYS_OPEN: ReadonlySet<Consequence> = new Set(['retry', 'retry-once', 'retry-now', 'later', 'wait-for-budget']);

/** When an open link may be called. */
function opening(link: ChainLink, { failed, limits, seed, elapsedMs }: TaskProgress): OpenLink {
  const index = failed.findLastIndex(({ model }) => model === link.model);
  const last = failed[index];
  if (last === undefined) return { link, waitMs: 0, isLastResort: false };
  const consequence = CONSEQUENCE[last.failure.class];
  const isLastResort = consequence === 'later';
  if (consequence === 'retry-now') return { link, waitMs: 0, isLastResort };
  const { retryAfterMs } = last.failure;
  const repeats = failed.filter(({ model, failure }) => model === link.model && CONSEQUENCE[failure.class] === consequence).length;
  const pauseMs = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : backoffMs(repeats, limits, seededFraction(seed, index));
  return { link, waitMs: Math.max(0, Math.ceil(last.failedAtMs + pauseMs - elapsedMs)), isLastResort };
}

/**
 * Exponential wait with jitter: between half of and the whole of `backoffMs × 2^(repeats − 1)`, at most `maxWaitMs`.
 *
 * @param fraction in [0, 1); tasks that failed together must not return together
 * @see "equal jitter" in Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015)
 */
function backoffMs(repeats: number, limits: AttemptLimits, fraction: number): number {
  const fullMs = Math.min(limits.backoffMs * 2 ** (repeats - 1), limits.maxWaitMs);
  return Math.round((fullMs * (1 + fraction)) / 2);
}

function callsIn(failed: readonly FailedAttempt[]): number {
  return failed.filter(({ failure }) => isCall(failure)).length;
}

/** Whether a step that failed so had reached its provider, and counts as a call. */
export function isCall(failure: CallFailure): boolean {
  return !NOT_CALLED.has(failure.class);
}

function giveUp({ failed }: TaskProgress, because: string): NextStep {
  const counts = new Map<string, number>();
  for (const { model, failure } of failed) counts.set(`${model}: ${failure.class}`, (counts.get(`${model}: ${failure.class}`) ?? 0) + 1);
  const tried = [...counts].map(([what, count]) => (count === 1 ? what : `${what} ${count} times`)).join('; ');
  const why = tried === '' ? `Nothing was called: ${because}.` : `${tried}. Given up: ${because}.`;
  return { kind: 'give-up', failure: failed.at(-1)?.failure ?? { class: 'timeout-total', message: because }, why };
}

function whyNoneIsOpen(last: FailureClass): string {
  switch (CONSEQUENCE[last]) {
    case 'larger-window':
      return 'no model of the chain has a larger context window';
    case 'larger-output':
      return 'no model of the chain may give a longer answer; allow more output tokens';
    case 'cheaper':
      return 'no model of the chain is cheap enough for what the budget has left';
    case 'other-provider':
      return 'the request was refused for its content, and no other provider is left to ask';
    default:
      return 'no model of the chain is left to try';
  }
}
