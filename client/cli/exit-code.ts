/** What the exit code of a command tells the program that called it. Documented in docs/cli.md. */

import { isRoutingError, type RoutingErrorCode } from '../../routing/errors';

export const EXIT = {
  /** Done as asked. */
  ok: 0,
  /** It was tried and did not work out: a task without an answer, no model that may take it, a ledger that does not add up. */
  failed: 1,
  /** Nothing was tried: the command line, a file or a text is wrong. */
  badInput: 2,
  /** Nothing was tried: the stack, the database or Temporal cannot be used. */
  unreachable: 3,
  /** The wait is over and the task is not; it goes on. */
  timedOut: 4,
  /** A defect of ours. */
  defect: 70,
  /** Stopped by Ctrl-C or a signal. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const OF_ERROR: Readonly<Record<RoutingErrorCode, ExitCode>> = {
  bad_amount: EXIT.badInput,
  bad_argument: EXIT.badInput,
  bad_config: EXIT.badInput,
  bad_input: EXIT.badInput,
  budget_exhausted: EXIT.failed,
  config_not_found: EXIT.badInput,
  conflict: EXIT.badInput,
  database_full: EXIT.unreachable,
  database_unreachable: EXIT.unreachable,
  engine_missing: EXIT.unreachable,
  engine_unreachable: EXIT.unreachable,
  idempotency_conflict: EXIT.badInput,
  input_too_large: EXIT.badInput,
  internal: EXIT.defect,
  no_active_policy: EXIT.unreachable,
  not_admissible: EXIT.failed,
  not_approved: EXIT.failed,
  provider_busy: EXIT.failed,
  provider_not_configured: EXIT.failed,
  schema_out_of_date: EXIT.unreachable,
  schema_too_new: EXIT.unreachable,
  set_by_environment: EXIT.badInput,
  stack_busy: EXIT.unreachable,
  stack_not_running: EXIT.unreachable,
  timed_out: EXIT.timedOut,
  too_late: EXIT.failed,
  unanswered: EXIT.failed,
  unknown_model: EXIT.badInput,
  unknown_policy: EXIT.badInput,
  unknown_proposal: EXIT.badInput,
  unknown_provider: EXIT.badInput,
  unknown_review: EXIT.badInput,
  unknown_rollout: EXIT.badInput,
  unknown_task: EXIT.badInput,
  verdict_refused: EXIT.failed,
};

export function exitCodeOf(error: unknown): ExitCode {
  return isRoutingError(error) ? OF_ERROR[error.code] : EXIT.defect;
}
