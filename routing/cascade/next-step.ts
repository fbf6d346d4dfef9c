/**
 * What a cascade does next: call a step, call the model of its check, check its answer, give an answer, or give up. The only place
 * where that is decided.
 *
 * A pure function of the plan and of all that has happened, as `nextStep` in decision/fallback.ts is, and with its rules for calls that
 * fail. Changing what it returns changes running workflows.
 */

import type { ChainLink } from '../decision/decision';
import type { CallFailure } from '../decision/failure';
import { isCall, type NextStep, nextStep, type TimedFailure } from '../decision/fallback';
import type { AttemptLimits } from '../decision/policy';
import { formatUsd, type NanoUsd } from '../units';
import type { CheckResult } from './check';

/** Tries of a check's own call, whatever fails: a check that is hard to reach is dearer than the next step. */
export const TRIES_OF_CHECK = 2;

/** A step as far as its order of events needs it. */
export interface StepOutline {
  /** Place in the policy's route, 1 for the first; names the step in rows and words. */
  readonly place: number;
  readonly link: ChainLink;
  /** Absent: its answer is given as it is. */
  readonly check?: {
    readonly kind: string;
    /** The model that it asks; absent: it asks none. */
    readonly link?: ChainLink;
  };
}

export type CallPart = 'answer' | 'check';

/** One thing that has happened, in its order. */
export type CascadeEvent =
  | {
      readonly kind: 'failed';
      /** Index in the steps. */
      readonly step: number;
      readonly part: CallPart;
      readonly failed: TimedFailure;
      readonly costNanoUsd: NanoUsd;
    }
  | {
      readonly kind: 'answered';
      readonly step: number;
      readonly part: CallPart;
      /** Number of the attempt. */
      readonly number: number;
      readonly costNanoUsd: NanoUsd;
    }
  /** `unchecked`: the step has no check. */
  | { readonly kind: 'checked'; readonly step: number; readonly result: CheckResult | 'unchecked' };

export interface CascadeProgress {
  readonly steps: readonly StepOutline[];
  readonly limits: AttemptLimits;
  /** The most that all calls together may cost; absent: no limit of the task's own. */
  readonly costCeilingNanoUsd?: NanoUsd;
  /** Spreads the waits of tasks that failed together. */
  readonly seed: string;
  readonly events: readonly CascadeEvent[];
  /** Milliseconds since the decision, waiting included. */
  readonly elapsedMs: number;
}

/** How far an answer that is given is vouched for. Codes of outcomes: a contract with programs. */
export type GivenAs = 'answered' | 'answered_failed_check' | 'answered_unchecked';

export type CascadeStep =
  | {
      readonly kind: 'call';
      readonly step: number;
      readonly part: CallPart;
      readonly model: string;
      /** Number of the attempt in the task, 1 for the first; unique. */
      readonly number: number;
      /** How long to wait before the call, in milliseconds. */
      readonly afterMs: number;
    }
  | {
      readonly kind: 'check';
      readonly step: number;
      /** Attempt that answered. */
      readonly answer: number;
      /** Attempt that the check's own model answered. */
      readonly asked?: number;
      /** The check cannot be made: it counts as crashed, for this reason. */
      readonly crashed?: string;
    }
  | {
      readonly kind: 'give';
      readonly step: number;
      readonly as: GivenAs;
      /** For people: why this answer. */
      readonly why: string;
    }
  | { readonly kind: 'give-up'; readonly failure: CallFailure; readonly why: string };

/**
 * The next step of a cascade.
 *
 * Bounds, whatever fails: at most min(`maxAttempts`, steps × `triesPerModel` + checks that ask a model × 2) calls; each answer is
 * checked once; no call begins at or after `maxTaskMs`, nor when what was spent and its worst case are more than the task may cost.
 *
 * - An answer that passed its check, or has none, is given.
 * - After a check that failed or crashed, and after a step whose calls are used up, comes the next step. A call that failed in a way
 *   that any model would fail is the last one.
 * - A check's call is tried twice, and not waited for longer than `maxWaitMs`; then the check has crashed.
 * - When there is no next step, or limits do not allow it, the answer of the last step that answered is given, and said to be
 *   unchecked or failed. Without any answer the cascade gives up.
 */
export function nextCascadeStep(progress: CascadeProgress): CascadeStep {
  const { steps, events } = progress;
  const reached = events.reduce((most, { step }) => Math.max(most, step), 0);
  const answer = answeredBy(events, reached, 'answer');
  const result = resultOf(events, reached);
  if (answer === undefined) return callFrom(progress, reached);
  if (result === undefined) return checkOf(progress, reached, answer.number);
  if (result === 'passed' || result === 'unchecked') {
    const why = result === 'passed' ? `its check (${steps[reached]?.check?.kind}) passed` : lastWords(progress, reached);
    return { kind: 'give', step: reached, as: 'answered', why: `S${named(progress, reached).slice(1)} answered; ${why}.` };
  }
  return callFrom(progress, reached + 1);
}

/** Calls so far that reached a provider, of steps and of checks. */
function callsIn(events: readonly CascadeEvent[]): number {
  return events.filter((event) => event.kind === 'answered' || (event.kind === 'failed' && isCall(event.failed.failure))).length;
}

/** The call of a step, or of a later one where that step can do no more; else the best that there is. */
function callFrom(progress: CascadeProgress, from: number): CascadeStep {
  const { steps, limits, seed, events, elapsedMs, costCeilingNanoUsd } = progress;
  if (from >= steps.length) return bestOf(progress, 'no step is left');
  if (callsIn(events) >= limits.maxAttempts) return bestOf(progress, `the task's ${limits.maxAttempts} calls are used up`);
  const failed = events.flatMap((event) => (event.kind === 'failed' && event.part === 'answer' ? [event.failed] : []));
  const chain = steps.slice(from).map(({ link }) => link);
  const next: NextStep = nextStep({ chain, limits, seed, failed, elapsedMs });
  if (next.kind === 'give-up') return bestOf(progress, undefined, next);
  const step = from + chain.findIndex(({ model }) => model === next.model);
  const worst = chain[step - from]?.maxCostNanoUsd ?? 0;
  if (!fits(progress, worst)) {
    return bestOf(
      progress,
      `${next.model} may cost up to ${formatUsd(worst)}, more than is left of the task's ${formatUsd(costCeilingNanoUsd ?? 0)}`,
    );
  }
  return { kind: 'call', step, part: 'answer', model: next.model, number: numberOf(events), afterMs: next.afterMs };
}

/** The check of an answer, or the call that it needs first. */
function checkOf(progress: CascadeProgress, step: number, answer: number): CascadeStep {
  const { steps, limits, seed, events, elapsedMs } = progress;
  const link = steps[step]?.check?.link;
  if (link === undefined) return { kind: 'check', step, answer };
  const asked = answeredBy(events, step, 'check');
  if (asked !== undefined) return { kind: 'check', step, answer, asked: asked.number };
  const crashed = (why: string): CascadeStep => ({ kind: 'check', step, answer, crashed: why });
  const failed = events.flatMap((event) =>
    event.kind === 'failed' && event.part === 'check' && event.step === step ? [event.failed] : [],
  );
  if (failed.length >= TRIES_OF_CHECK) return crashed(`${link.model}: ${failed.at(-1)?.failure.class}`);
  if (callsIn(events) >= limits.maxAttempts) return crashed(`the task's ${limits.maxAttempts} calls are used up`);
  const next = nextStep({ chain: [link], limits: { ...limits, triesPerModel: TRIES_OF_CHECK }, seed, failed, elapsedMs });
  if (next.kind === 'give-up') return crashed(failed.length === 0 ? "the task's time is used up" : `${link.model}: ${next.failure.class}`);
  if (next.afterMs > limits.maxWaitMs) return crashed(`${link.model} asks for a longer wait than a check is worth`);
  if (!fits(progress, link.maxCostNanoUsd)) return crashed('the task may not cost as much as its check');
  return { kind: 'call', step, part: 'check', model: link.model, number: numberOf(events), afterMs: next.afterMs };
}

/** The answer of the last step that answered, or the end without one. */
function bestOf(progress: CascadeProgress, because: string | undefined, gaveUp?: Extract<NextStep, { kind: 'give-up' }>): CascadeStep {
  const { events } = progress;
  const best = events.findLast((event) => event.kind === 'answered' && event.part === 'answer')?.step;
  const why = because ?? gaveUp?.why ?? 'no step is left';
  if (best === undefined || gaveUp?.failure.class === 'cancelled') {
    const last = events.findLast((event) => event.kind === 'failed');
    const failure = gaveUp?.failure ?? last?.failed.failure ?? { class: 'not-admissible' as const, message: why };
    return { kind: 'give-up', failure, why: gaveUp?.why ?? `No step answered: ${why}.` };
  }
  const hasCrashed = resultOf(events, best) === 'crashed';
  const said = hasCrashed ? 'its check could not be made' : 'its check failed';
  const reason = `No answer passed a check. That of ${named(progress, best)}, the last that there is, is given though ${said}; it went no further because ${why}`;
  return { kind: 'give', step: best, as: hasCrashed ? 'answered_unchecked' : 'answered_failed_check', why: reason.replace(/\.?$/, '.') };
}

/** What is said of the answer of a step without a check. */
function lastWords({ events, steps }: CascadeProgress, step: number): string {
  const before = events.flatMap((event) => (event.kind === 'checked' && event.step < step ? [event] : []));
  const crashes = before.filter(({ result }) => result === 'crashed').length;
  const last = step === steps.length - 1 ? 'it is the last step, and has no check' : 'it has no check';
  if (crashes === 0) return last;
  return `${last}. ${crashes === before.length ? 'Every check before it crashed' : `${crashes} of ${before.length} checks before it crashed`}`;
}

function named({ steps }: CascadeProgress, step: number): string {
  return `step ${steps[step]?.place} (${steps[step]?.link.model})`;
}

function fits({ events, costCeilingNanoUsd }: CascadeProgress, worst: NanoUsd): boolean {
  if (costCeilingNanoUsd === undefined) return true;
  const spent = events.reduce((sum, event) => sum + (event.kind === 'checked' ? 0 : event.costNanoUsd), 0);
  return spent + worst <= costCeilingNanoUsd;
}

function numberOf(events: readonly CascadeEvent[]): number {
  return events.filter(({ kind }) => kind !== 'checked').length + 1;
}

function answeredBy(events: readonly CascadeEvent[], step: number, part: CallPart) {
  return events.find((event) => event.kind === 'answered' && event.step === step && event.part === part) as
    | Extract<CascadeEvent, { kind: 'answered' }>
    | undefined;
}

function resultOf(events: readonly CascadeEvent[], step: number): CheckResult | 'unchecked' | undefined {
  const found = events.find((event) => event.kind === 'checked' && event.step === step);
  return found?.kind === 'checked' ? found.result : undefined;
}
