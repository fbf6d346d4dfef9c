/** The first part: tasks through the stack, with faults, and a worker that is killed in the middle of its calls. */

import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedTask } from '../../db/documents/recording';
import { callsOfWorker, type RunReport, runReport } from '../../db/queries/run-report';
import { RoutingError } from '../../routing/errors';
import { type Stage, submitAll, tally } from './stage';

export interface DispatchReport {
  readonly tasks: number;
  /** From the first submission to the last outcome. */
  readonly runMs: number;
  readonly run: RunReport;
  /** The worker that was ended, its calls at that moment, and those of them that left nothing behind. */
  readonly kill: { readonly pid: number; readonly inFlight: number; readonly inDoubt: number; readonly inDoubtNano: number };
}

/** Longest time without an end of a task, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Submits the tasks, kills a worker half way, and waits until every task has its outcome. */
export async function dispatchTasks(given: Stage, tasks: readonly RecordedTask[]): Promise<DispatchReport> {
  const startedAt = performance.now();
  const failing = new AbortController();
  const stage = { ...given, signal: AbortSignal.any([given.signal, failing.signal]) };
  const submitting = submitAll(stage, tasks);
  submitting.catch((error) => failing.abort(error)); // nobody waits for tasks that were not accepted
  const kill = await killHalfWay(stage, tasks.length);
  await submitting;
  await untilEnded(stage, tasks.length, ({ ended }) => ended >= tasks.length);
  const { inDoubt, inDoubtNano } = await callsOfWorker(stage.db, `${hostname()}:${kill.pid}`);
  return {
    tasks: tasks.length,
    runMs: performance.now() - startedAt,
    run: await runReport(stage.db),
    kill: { ...kill, inDoubt, inDoubtNano },
  };
}

/** Kills a worker as `kill -9` does, once half of the tasks have ended and it has calls in flight. */
async function killHalfWay(stage: Stage, of: number): Promise<{ readonly pid: number; readonly inFlight: number }> {
  for (;;) {
    const { ended } = await untilEnded(stage, of, (now) => now.ended >= of / 2, 20);
    const pid = stage.stack.pids().workers[0];
    if (pid === undefined) continue;
    const { running } = await callsOfWorker(stage.db, `${hostname()}:${pid}`);
    if (running === 0 && ended < of * 0.9) continue;
    process.kill(pid, 'SIGKILL');
    stage.say(`  kill -9 ${pid}   one of the two workers, in the middle of its calls`);
    return { pid, inFlight: running };
  }
}

/**
 * Waits until enough tasks have ended, and shows how many have.
 *
 * @throws {RoutingError} `timed_out` when for too long none did
 */
async function untilEnded(
  { db, onProgress, signal }: Stage,
  of: number,
  isEnough: (now: { readonly ended: number; readonly open: number }) => boolean,
  everyMs = 100,
): Promise<{ readonly ended: number; readonly open: number }> {
  let last = { ended: -1, at: performance.now() };
  for (;;) {
    signal.throwIfAborted();
    const now = await tally(db);
    onProgress('tasks ended', now.ended, of);
    if (isEnough(now)) return now;
    if (now.ended > last.ended) last = { ended: now.ended, at: performance.now() };
    if (performance.now() - last.at > PATIENCE_MS) {
      throw new RoutingError(
        'timed_out',
        `No task has ended for ${PATIENCE_MS / 1000} s. The logs of the workers are in the state folder.`,
      );
    }
    await delay(everyMs);
  }
}
