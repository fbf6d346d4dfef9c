/**
 * The ways a call can end without an answer. `nextStep` in fallback.ts decides what follows from each.
 */

export const FAILURE_CLASSES = [
  'rate-limited',
  'quota-exhausted',
  'overloaded',
  'server-error',
  'timeout-connect',
  'timeout-headers',
  'timeout-idle',
  'timeout-total',
  'connection-lost',
  'bad-request',
  'context-too-long',
  'content-refused',
  'authentication',
  'not-found',
  'malformed-answer',
  'empty-answer',
  'answer-cut-short',
  /** A worker died with the call in flight: nobody knows whether the provider answered. */
  'in-doubt',
  /** The filter that runs right before the call closed the model (status, privacy, residency, capability). */
  'not-admissible',
  /** The model is cooling down and another call holds the probe. */
  'cooling-down',
  /** The reservation found no room: `budget-busy` may free, `budget-exhausted` will not before the period renews. */
  'budget-busy',
  'budget-exhausted',
  /** The program that was to be called is not there or did not start. */
  'not-configured',
  'cancelled',
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** A call that ended without an answer. Carries no prompt, answer, key or provider body. */
export interface CallFailure {
  readonly class: FailureClass;
  /** For people; short and safe to store and show. */
  readonly message: string;
  /** How long the provider asks to wait, in milliseconds, from any form of Retry-After. */
  readonly retryAfterMs?: number;
  /** HTTP status, where there was one. */
  readonly status?: number;
}

/** One failed attempt, as `nextStep` sees it. */
export interface FailedAttempt {
  readonly model: string;
  readonly failure: CallFailure;
}

/** The failure that an HTTP status alone tells of: 400 and above, some of them by how providers of models use them. */
export function failureClassOfStatus(status: number): FailureClass {
  switch (status) {
    case 401:
    case 403:
      return 'authentication';
    case 402:
      return 'quota-exhausted';
    case 404:
    case 410:
      return 'not-found';
    case 408:
    case 504:
      return 'timeout-total';
    case 413:
      return 'context-too-long';
    case 409:
    case 425:
    case 429:
      return 'rate-limited';
    case 503:
    case 529:
      return 'overloaded';
    default:
      return status >= 500 || status === 424 ? 'server-error' : 'bad-request';
  }
}
