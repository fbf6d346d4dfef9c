/** The options of commands that may wait for what they began. */

import { RoutingError } from '../../../routing/errors';

export interface WaitOptions {
  readonly wait?: boolean;
  /** Longest wait, in milliseconds. */
  readonly timeout?: number;
}

/** @throws {RoutingError} `bad_argument` for a limit of a wait that nobody asked for */
export function checkWait({ wait, timeout }: WaitOptions): void {
  if (timeout === undefined || wait) return;
  throw new RoutingError('bad_argument', '--timeout says how long --wait waits. Add --wait, or leave --timeout out.');
}
