/**
 * `signalbox worker`: one worker process in the foreground, for a stack of your own. Any number may run, on any number of
 * machines.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../db/documents/package-root';
import { workerEnvironment } from '../config/variables';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { onInterrupt } from './interrupts';
import { findDatabase, findTemporal } from './stack-address';

/** The program of a worker process. */
export function workerProgram(): string {
  return join(packageRoot(), 'dist', 'worker', 'main.js');
}

export async function runWorker(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const [databaseUrl, temporal] = await Promise.all([findDatabase(cli.env, options.state), findTemporal(cli.env, options.state)]);
  // A process group of its own, so that Ctrl-C reaches it through us alone, once; its channel tells it when we are gone.
  const child = spawn(process.execPath, [workerProgram()], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...workerEnvironment(cli.env),
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    },
    detached: true,
  });
  const forget = onInterrupt((count) => {
    cli.output.note(
      count === 1 ? 'Draining: running calls may end. Ctrl-C again ends them now.' : 'Ending now; calls in flight are settled in doubt.',
    );
    child.kill(count === 1 ? 'SIGTERM' : 'SIGKILL');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(forget);
  if (code === 0) return EXIT.ok;
  return code === null ? EXIT.interrupted : EXIT.failed;
}
