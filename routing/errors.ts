/**
 * Errors that people read.
 *
 * A code is a promise to programs; the message says what happened, to which thing, and what to do. Expected ends of a task
 * (a refusal, a failed call) are values, not errors.
 */

/** Stable codes. Branch on these: `instanceof` fails across the workflow sandbox, the wire and test realms. */
export type RoutingErrorCode =
  | 'bad_amount'
  | 'bad_argument'
  | 'bad_config'
  | 'bad_input'
  | 'budget_exhausted'
  | 'config_not_found'
  | 'conflict'
  | 'database_full'
  | 'database_unreachable'
  | 'engine_missing'
  | 'engine_unreachable'
  | 'idempotency_conflict'
  | 'input_too_large'
  | 'internal'
  | 'no_active_policy'
  | 'not_admissible'
  | 'not_approved'
  | 'provider_busy'
  | 'provider_not_configured'
  | 'schema_out_of_date'
  | 'schema_too_new'
  | 'set_by_environment'
  | 'stack_busy'
  | 'stack_not_running'
  | 'verdict_refused'
  | 'timed_out'
  | 'too_late'
  | 'unanswered'
  | 'unknown_model'
  | 'unknown_policy'
  | 'unknown_proposal'
  | 'unknown_provider'
  | 'unknown_review'
  | 'unknown_rollout'
  | 'unknown_task';

export class RoutingError extends Error {
  override readonly name = 'RoutingError';
  /** When it is worth trying again, in milliseconds from now; absent: nobody knows. */
  readonly retryAfterMs: number | undefined;

  /**
   * @param code    for programs
   * @param message for people: what happened, to which thing, what to do; never a prompt, key, or SQL parameter
   */
  constructor(
    readonly code: RoutingErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True for a RoutingError from this or any other realm. */
export function isRoutingError(error: unknown): error is RoutingError {
  return error instanceof Error && error.name === 'RoutingError' && 'code' in error;
}
