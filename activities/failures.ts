/**
 * Turns our errors into Temporal failures. Only a code and a short safe message cross: no stack, no cause, no parameters.
 */

import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { isRoutingError, type RoutingErrorCode } from '../routing/errors';

/** Errors that pass by themselves. Everything else would fail the same way again. */
const TRANSIENT: ReadonlySet<RoutingErrorCode> = new Set(['database_unreachable', 'database_full', 'engine_unreachable']);

/** The failure that Temporal is told. */
export function toTemporalFailure(error: unknown): Error {
  if (error instanceof CancelledFailure) return error;
  if (isRoutingError(error)) return failureOf(error.code, error.message, !TRANSIENT.has(error.code));
  const name = error instanceof Error ? error.name : typeof error;
  return failureOf('internal', `A step failed with an unexpected ${name}.`, true);
}

function failureOf(type: RoutingErrorCode, message: string, nonRetryable: boolean): ApplicationFailure {
  const failure = ApplicationFailure.create({ message, type, nonRetryable });
  failure.stack = ''; // would tell the paths of this machine
  return failure;
}
