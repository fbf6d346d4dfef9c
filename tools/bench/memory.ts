/** Whether a worker holds on to what it has done: its memory while thousands of tasks go through it. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { createClient } from '../../client';
import { dispatchQueueOf, type Servers, workerEnvironment } from './installation';
import { promptNumber, repeat } from './load';
import type { MemorySample } from './memory-worker';

export interface MemoryReport {
  readonly tasks: number;
  readonly tasksPerSecond: number;
  /** In the order of the run; `tasks` is how many had ended. */
  readonly samples: readonly ({ readonly tasks: number } & MemorySample)[];
  /** Least-squares slopes over the second half of the samples, in MB per 1,000 tasks. */
  readonly rssSlope: number;
  readonly heapSlope: number;
}

const SAMPLES = 10;
const IN_FLIGHT = 40;
const NAME = 'memory';

export async function memoryReport(servers: Servers, tasks: number, onProgress: (done: number) => void): Promise<MemoryReport> {
  const worker = fork(join(__dirname, 'memory-worker.js'), {
    execArgv: ['--expose-gc'],
    env: { ...process.env, ...workerEnvironment(servers, servers.databaseUrl, NAME) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await said(worker);
    return await run(servers, worker, tasks, onProgress);
  } finally {
    if (worker.connected) worker.disconnect();
    if (worker.exitCode === null) await once(worker, 'exit');
  }
}

async function run(
  { databaseUrl, temporalAddress }: Servers,
  worker: ChildProcess,
  tasks: number,
  onProgress: (done: number) => void,
): Promise<MemoryReport> {
  const connection = await Connection.connect({ address: temporalAddress });
  const client = createClient({ databaseUrl, connection, dispatchQueue: dispatchQueueOf(NAME), owner: 'bench' });
  const samples: ({ tasks: number } & MemorySample)[] = [];
  const perSample = Math.ceil(tasks / SAMPLES);
  const startedAt = performance.now();
  try {
    for (let done = 0; done < tasks; done += perSample) {
      await repeat(perSample, IN_FLIGHT, async (at) => {
        const { taskId } = await client.submit({ prompt: promptNumber(done + at) });
        await client.result(taskId);
      });
      worker.send('sample');
      samples.push({ tasks: done + perSample, ...((await said(worker)) as MemorySample) });
      onProgress(done + perSample);
    }
  } finally {
    await client.close();
    await connection.close();
  }
  const settled = samples.slice(samples.length / 2);
  return {
    tasks: perSample * samples.length,
    tasksPerSecond: (perSample * samples.length) / ((performance.now() - startedAt) / 1000),
    samples,
    rssSlope: slope(settled.map(({ tasks: at, rss }) => [at, rss])),
    heapSlope: slope(settled.map(({ tasks: at, heap }) => [at, heap])),
  };
}

/** The next message of the worker. */
async function said(worker: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(worker, 'message', { signal: ended.signal }).then(([message]) => message as unknown),
      once(worker, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`The measured worker ended with code ${code}.`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}

const MB = 1024 * 1024;

/** Least squares; bytes per task in, MB per 1,000 tasks out. */
function slope(points: readonly (readonly [tasks: number, bytes: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return ((covariance / variance) * 1000) / MB;
}

export function renderMemoryReport({ tasks, tasksPerSecond, samples, rssSlope, heapSlope }: MemoryReport): string {
  const mb = (bytes: number): string => (bytes / MB).toFixed(0).padStart(7);
  return [
    `${tasks} tasks through one worker process, ${IN_FLIGHT} in flight, ${tasksPerSecond.toFixed(0)}/s`,
    `  tasks     ${samples.map(({ tasks: at }) => String(at).padStart(7)).join('')}`,
    `  RSS, MB   ${samples.map(({ rss }) => mb(rss)).join('')}`,
    `  heap, MB  ${samples.map(({ heap }) => mb(heap)).join('')}`,
    `slope over the second half, MB per 1,000 tasks: RSS ${rssSlope.toFixed(2)}, heap ${heapSlope.toFixed(3)}`,
  ].join('\n');
}
