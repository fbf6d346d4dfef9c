/** A worker in a process of its own, as `signalbox worker` starts it, so that a test can kill it. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilGone } from './processes';
import { testServer } from './servers';

export interface WorkerProcess {
  readonly pid: number;
  /** As a crash or a pulled plug. Resolves when it is gone. */
  kill(): Promise<void>;
  /** As an orderly stop. Resolves with its exit code when it has drained. */
  stop(): Promise<number | null>;
}

const running = new Set<WorkerProcess>();

/** What the workers of this test file say; shown when one does not start. */
const logFile = join(tmpdir(), `signalbox-worker-${process.pid}.log`);

/**
 * Starts one; resolves when it polls its queues.
 *
 * @param environment of the worker, beside PATH; nothing of the test's own gets through
 */
export async function startWorkerProcess(environment: Readonly<Record<string, string>>): Promise<WorkerProcess> {
  const { folder } = await testServer('dist');
  const log = openSync(logFile, 'a');
  const child = fork(join(folder, 'worker', 'main.js'), [], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: [],
  });
  closeSync(log);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const failed = ended.then(([code]) => {
    throw new Error(`The worker ended while starting (exit code ${code}). It said: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
  });
  failed.catch(() => {}); // heard only while it starts
  await Promise.race([once(child, 'message'), failed]);
  const pid = child.pid as number;
  const worker: WorkerProcess = {
    pid,
    async kill() {
      child.kill('SIGKILL');
      await untilGone(pid);
      running.delete(worker);
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      running.delete(worker);
      return code;
    },
  };
  running.add(worker);
  return worker;
}

/** Ends what a test has left running. For `afterEach`. */
export async function endWorkerProcesses(): Promise<void> {
  await Promise.all([...running].map((worker) => worker.kill()));
  rmSync(logFile, { force: true });
}
