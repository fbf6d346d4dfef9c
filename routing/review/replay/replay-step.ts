/**
 * What follows from a failed call of a replay, and what a replay says of its model in the end.
 *
 * A model's own failures count against it, as they would in traffic: a candidate that refuses is not saved by leaving its refusals
 * out. Failures of the provider, of our own money and of the grader say nothing of the model: they exclude the pair, and are counted.
 */

import type { CallFailure, FailureClass } from '../../decision/failure';
import type { AttemptLimits } from '../../decision/policy';
import { seededFraction } from '../../decision/seeded-fraction';

/**
 * Whose failure each is.
 * - `model`: its own. Score 0, for baseline and candidate alike.
 * - `provider`: the model was not to be had; tried again.
 * - `none`: it may not be called, or nothing to call it with. Never tried again.
 */
const BLAME: Readonly<Record<FailureClass, 'model' | 'provider' | 'none'>> = {
  // A model may think for as long as a call lasts, so silence to the end of it is the model's.
  'timeout-headers': 'model',
  'timeout-idle': 'model',
  'timeout-total': 'model',
  'bad-request': 'model',
  'context-too-long': 'model',
  'content-refused': 'model',
  'malformed-answer': 'model',
  'empty-answer': 'model',
  'answer-cut-short': 'model',
  'rate-limited': 'provider',
  overloaded: 'provider',
  'server-error': 'provider',
  'timeout-connect': 'provider',
  'connection-lost': 'provider',
  'cooling-down': 'provider',
  'budget-busy': 'provider',
  'in-doubt': 'provider',
  'quota-exhausted': 'none',
  authentication: 'none',
  'not-found': 'none',
  'not-admissible': 'none',
  'budget-exhausted': 'none',
  'not-configured': 'none',
  cancelled: 'none',
};

/** Shortest wait for something that says nothing of how long it takes, in milliseconds. */
const SHORTEST_WAIT_MS = 100;

/** How far a replay has come when a call of it has failed. */
export interface FailedReplay {
  readonly failure: CallFailure;
  /** Calls so far; a step that ended before the provider was reached is none. */
  readonly calls: number;
  /** Calls that it may have. */
  readonly tries: number;
  /** Since the failure, in milliseconds. */
  readonly sinceMs: number;
  /** Since the replay was begun, in milliseconds. */
  readonly elapsedMs: number;
  readonly limits: Pick<AttemptLimits, 'backoffMs' | 'maxWaitMs' | 'maxTaskMs'>;
  /** Spreads the waits of replays that failed together. */
  readonly seed: string;
}

/** Another call after a while, or the end. */
export type ReplayStep = { readonly kind: 'call'; readonly afterMs: number } | { readonly kind: 'end' };

/**
 * The next step of a replay. At most `tries` calls; none begins after `maxTaskMs`.
 *
 * Waits as long as the provider asks for. Where it does not say, between half of and the whole of the time that the replay has
 * taken until then, from `backoffMs` to `maxWaitMs`: so waits grow exponentially, whoever remembers nothing of those before.
 */
export function nextReplayStep({ failure, calls, tries, sinceMs, elapsedMs, limits, seed }: FailedReplay): ReplayStep {
  if (BLAME[failure.class] !== 'provider' || calls >= tries) return { kind: 'end' };
  const afterMs = Math.max(0, Math.ceil(pauseMs() - sinceMs));
  return elapsedMs + afterMs < limits.maxTaskMs ? { kind: 'call', afterMs } : { kind: 'end' };

  function pauseMs(): number {
    if (failure.class === 'in-doubt') return 0; // the trouble was ours
    const { retryAfterMs } = failure;
    if (retryAfterMs !== undefined && retryAfterMs > 0) return retryAfterMs;
    const fullMs = Math.min(Math.max(elapsedMs - sinceMs, limits.backoffMs, SHORTEST_WAIT_MS), limits.maxWaitMs);
    return (fullMs * (1 + seededFraction(seed, calls))) / 2;
  }
}

/** What a replay says of its model. */
export type ReplayResult =
  /** Score in [0, 1]. */
  | { readonly outcome: 'scored'; readonly score: number; readonly why?: undefined; readonly latencyMs?: number }
  /** `why`: a failure class, `grader`, `no-grader`, `spend-cap` or `gone`. */
  | { readonly outcome: 'failed' | 'excluded'; readonly score?: undefined; readonly why: string; readonly latencyMs?: undefined };

/** How the task of a replay ended. */
export interface ReplayEnd {
  readonly kind: string;
  /** Of a task that was not answered: a failure class, or `spend-cap`. */
  readonly code: string;
  readonly score: number | null;
  /** Something looked at the answer, whether or not it came to a score. */
  readonly isGraded: boolean;
  readonly latencyMs: number | null;
}

/** The result that follows from an end. An answer without a score, or with an impossible one, is never counted. */
export function replayResult({ kind, code, score, isGraded, latencyMs }: ReplayEnd): ReplayResult {
  if (kind === 'completed') {
    if (score === null) return { outcome: 'excluded', why: isGraded ? 'grader' : 'no-grader' };
    if (!(score >= 0 && score <= 1)) return { outcome: 'excluded', why: 'grader' };
    return { outcome: 'scored', score, ...(latencyMs === null ? {} : { latencyMs }) };
  }
  return { outcome: isOwnFailure(code) ? 'failed' : 'excluded', why: code };
}

/** Whether a failure is the model's own, and counts against it. */
export function isOwnFailure(code: string): boolean {
  return Object.hasOwn(BLAME, code) && BLAME[code as FailureClass] === 'model';
}
