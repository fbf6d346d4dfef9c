/** A logger of Temporal's that says only what went wrong: a report should not drown in starts and stops. */

import type { Logger } from '@temporalio/worker';

export const silentLogger: Logger = {
  log(level, message, meta) {
    if (level === 'ERROR') console.error(message, meta ?? '');
  },
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error: (message, meta) => console.error(message, meta ?? ''),
};
