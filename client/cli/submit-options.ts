/** Options of `signalbox submit`, for one task or many. */

import type { StackCommandOptions } from './cli';
import type { TaskOptions } from './input/task-options';

export interface SubmitOptions extends StackCommandOptions, TaskOptions {
  readonly file?: string;
  /** A file of JSON Lines, or `-`. */
  readonly jsonl?: string;
  readonly wait?: boolean;
  /** Longest wait, in milliseconds; absent: until the task has ended. */
  readonly timeout?: number;
  readonly concurrency: number;
  readonly grader?: string;
  readonly idempotencyKey?: string;
  readonly externalId?: string;
  readonly dryRun?: boolean;
}
