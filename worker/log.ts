/** The log of a worker: JSON lines on standard error. Temporal's own messages go through it too. */

import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import pino from 'pino';

/** Parts of a message's metadata that may be written. Everything else could carry content or a key. */
const WRITTEN = [
  'namespace',
  'taskQueue',
  'workflowId',
  'runId',
  'workflowType',
  'activityId',
  'activityType',
  'attempt',
  'sdkComponent',
  'code',
  'error',
];

export function createLogger(level: string): Logger {
  const out = pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
  const write = (as: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: LogMetadata) =>
    out[as](safe(meta), message);
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    log: (as: LogLevel, message: string, meta?: LogMetadata) => write(as.toLowerCase() as 'info')(message, meta),
  };
}

/** Allow-listed metadata; of an error, its type and message, which our failures keep safe. */
function safe(meta: LogMetadata = {}): Record<string, unknown> {
  return Object.fromEntries(
    WRITTEN.filter((key) => meta[key] !== undefined).map((key) => {
      const value: unknown = meta[key];
      return [key, value instanceof Error ? `${value.name}: ${value.message}` : value];
    }),
  );
}
