/** What every command is given: the process as far as a command may see it. */

import type { Readable } from 'node:stream';
import type { Environment } from '../stack/engine-cache';
import type { ExitCode } from './exit-code';
import type { Output } from './terminal/output';

export interface Cli {
  readonly env: Environment;
  /** As `process.versions.node`. */
  readonly nodeVersion: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly output: Output;
  /** Who acts, for the audit log and for ratings. */
  readonly user: string;
}

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Options of every command that uses a stack. */
export interface StackCommandOptions extends CommonOptions {
  /** State folder of the stack. */
  readonly state: string;
}

/** Runs the action of a command and keeps its exit code. */
export type Run = (action: () => Promise<ExitCode>) => Promise<void>;
