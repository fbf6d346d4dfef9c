/** Whose fault a failed call is, for judging a candidate by its calls. */

import { FAILURE_CLASSES, type FailureClass } from '../../decision/failure';

/**
 * - `model`: of its own making. Counts against it.
 * - `provider`: out of order, overloaded or out of quota. Passes, and says nothing of the model.
 * - `breach`: it was, or would have been, called where the task's constraints forbid it.
 * - `nobody`: nothing reached it, or nobody knows.
 */
export type Blame = 'model' | 'provider' | 'breach' | 'nobody';

const BLAME: Readonly<Record<FailureClass, Blame>> = {
  'rate-limited': 'provider',
  'quota-exhausted': 'provider',
  overloaded: 'provider',
  'server-error': 'provider',
  'timeout-connect': 'provider',
  'timeout-headers': 'model',
  'timeout-idle': 'model',
  'timeout-total': 'model',
  'connection-lost': 'provider',
  'bad-request': 'model',
  'context-too-long': 'model',
  'content-refused': 'model',
  authentication: 'provider',
  'not-found': 'model',
  'malformed-answer': 'model',
  'empty-answer': 'model',
  'answer-cut-short': 'model',
  'in-doubt': 'nobody',
  'not-admissible': 'breach',
  'cooling-down': 'nobody',
  'budget-busy': 'nobody',
  'budget-exhausted': 'nobody',
  'not-configured': 'provider',
  cancelled: 'nobody',
};

/** The failure classes that are blamed so. */
export function failuresBlamedOn(blame: Blame): readonly FailureClass[] {
  return FAILURE_CLASSES.filter((failure) => BLAME[failure] === blame);
}
