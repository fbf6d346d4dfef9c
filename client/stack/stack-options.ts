/** What a stack is started with. */

import type { StackConfig } from './config';
import type { Environment } from './engine-cache';
import type { PartEvent } from './part';

export type StackEvent = PartEvent;

export interface StackOptions {
  readonly stateDir: string;
  readonly config: StackConfig;
  /** The whole environment: for finding the engine, and passed on to workers. */
  readonly env: Environment;
  /** Brings the schema up to date. */
  readonly migrate: (databaseUrl: string) => Promise<void>;
  /** Worker processes; a count of 0 is a stack without workers. */
  readonly workers: WorkerOptions;
  readonly onEvent?: (event: StackEvent) => void;
  /** Gives up starting, and ends what was started. Has no effect on a stack that runs. */
  readonly signal?: AbortSignal;
  /** Ports that are taken when they are free; 0 for any. */
  readonly usualPorts?: { readonly postgres: number; readonly temporal: number };
}

export interface WorkerOptions {
  readonly count: number;
  /** Arguments of Node: the worker's main file, then its own. It says `process.send({kind: 'ready'})` when it polls. */
  readonly args: readonly string[];
  /** How long a stopping worker may take to end its calls, in milliseconds. Keep it above the worker's own grace period. */
  readonly graceMs: number;
}
