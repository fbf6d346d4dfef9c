/**
 * Turns our errors into Temporal failures. Only a code and a short safe message cross: no stack, no cause, no parameters.
 */

import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { isRoutingError, type RoutingErrorCode } from '../routing/errors';

/** Errors that pass by themselves. Everything else would fail the same way again. */
const TRANSIENT: ReadonlySet<RoutingErrorCode> = new Set(['database_unreachable', 'database_full', 'engine_unreachable', 'provider_busy']);

/** The failure that Temporal is told. */
export function toTemporalFailure(error: unknown): Error {
  if (error instanceof CancelledFailure) return error;
  if (isRoutingError(error)) return failureOf(error.code, error.message, !TRANSIENT.has(error.code), error.retryAfterMs);
  const name = error instanceof Error ? error.name : typeof error;
  return failureOf('internal', `A step failed with an unexpected ${name}.`, true);
}

/**
 * The failure of a step that stopped because it was told to.
 *
 * @param isHandedOver its worker ends, and another one is to begin it again; else nobody wants it any more
 */
export function failureOfStopping(isHandedOver: boolean): Error {
  return isHandedOver
    ? failureOf('engine_unreachable', 'The worker of this step stopped before its end.', false)
    : new CancelledFailure('The step was cancelled.');
}

/** @param retryAfterMs when the step says so itself, which is no trouble: it gives its place to others meanwhile */
function failureOf(type: RoutingErrorCode, message: string, nonRetryable: boolean, retryAfterMs?: number): ApplicationFailure {
  const waiting = retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs, category: ApplicationFailureCategory.BENIGN };
  const failure = ApplicationFailure.create({ message, type, nonRetryable, ...waiting });
  failure.stack = ''; // would tell the paths of this machine
  return failure;
}
