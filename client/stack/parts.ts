/** The parts of the stack, each started in its own way and then kept running, or found outside and checked. */

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverFacts } from '../../db/server';
import { RoutingError } from '../../routing/errors';
import { type Child, describeEnd, endChild, lastWords, startChild } from './child';
import { findEngine } from './engine';
import type { Environment } from './engine-cache';
import { keepRunning, type Part, type PartEvent } from './part';
import { POSTGRES_END, startPostgres } from './postgres';
import type { StackOptions } from './stack-options';
import type { StatePaths } from './state';
import { startTemporal, TEMPORAL_END } from './temporal';
import { type TemporalAddress, temporalFacts } from './temporal-connection';

const USUAL_PORTS = { postgres: 54329, temporal: 7233 };
/** A worker that is not ready after this long does not start. */
const WORKER_READY_MS = 60_000;

/**
 * Postgres with the schema of this version.
 *
 * @param onPart gets the part as soon as it runs, so that it can be ended when what follows fails
 * @returns the application's URL
 */
export async function startDatabase(options: StackOptions, paths: StatePaths, onPart: (part: Part) => void): Promise<string> {
  const onEvent = options.onEvent ?? (() => {});
  const databaseUrl = options.config.databaseUrl ?? (await embeddedPostgres(options, paths, onPart));
  if (options.config.databaseUrl !== undefined) {
    await reported(onEvent, 'postgres', async () => `yours, version ${(await serverFacts(databaseUrl)).version}`);
  }
  options.signal?.throwIfAborted();
  await reported(onEvent, 'migrations', async () => {
    await options.migrate(databaseUrl);
    return 'schema up to date';
  });
  return databaseUrl;
}

async function embeddedPostgres(
  { usualPorts = USUAL_PORTS, onEvent = () => {} }: StackOptions,
  paths: StatePaths,
  onPart: (part: Part) => void,
): Promise<string> {
  const logFile = join(paths.logsDir, 'postgres.log');
  let url = '';
  let port: number | undefined;
  const part = await keepRunning({
    name: 'postgres',
    end: POSTGRES_END,
    onEvent,
    async start() {
      const running = await startPostgres({
        dataDir: paths.postgresDir,
        logFile,
        port: port ?? usualPorts.postgres,
        mustUsePort: port !== undefined,
      });
      ({ url, port } = running);
      return running.child;
    },
  });
  onPart(part);
  return url;
}

/** Temporal with its namespace: found, started and kept running, or the user's own. Parameters as `startDatabase`. */
export async function startEngine(options: StackOptions, paths: StatePaths, onPart: (part: Part) => void): Promise<TemporalAddress> {
  const { config, env, signal, usualPorts = USUAL_PORTS, onEvent = () => {} } = options;
  const own = config.temporal;
  if (own !== undefined) {
    await reported(onEvent, 'temporal', async () => `yours, version ${(await temporalFacts(own)).serverVersion}`);
    return own;
  }
  const onProgress = (detail: string) => onEvent({ part: 'temporal', state: 'progress', detail });
  const engine = await findEngine({ env, onProgress, ...(signal === undefined ? {} : { signal }) });
  signal?.throwIfAborted();
  const logFile = join(paths.logsDir, 'temporal.log');
  let where: TemporalAddress = { address: '', namespace: '' };
  let port: number | undefined;
  const part = await keepRunning({
    name: 'temporal',
    end: TEMPORAL_END,
    onEvent,
    async start() {
      const place = { dataDir: paths.temporalDir, logFile, port: port ?? usualPorts.temporal, mustUsePort: port !== undefined };
      const running = await startTemporal({ engine: engine.path, ...place });
      ({ where, port } = running);
      return running.child;
    },
  });
  onPart(part);
  return where;
}

/**
 * One worker process, kept running.
 *
 * @param number from 1, for its name and log
 * @param onRestart called after each restart
 * @throws {RoutingError} `internal` with the end of its log, when it does not become ready the first time
 */
export function startWorker(
  number: number,
  { workers, onEvent = () => {} }: StackOptions,
  env: Environment,
  paths: StatePaths,
  onRestart: () => void,
): Promise<Part> {
  const logFile = join(paths.logsDir, `worker-${number}.log`);
  return keepRunning({
    name: `worker ${number}`,
    end: [
      { signal: 'SIGTERM', waitMs: workers.graceMs },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ],
    onEvent,
    onRestart,
    async start() {
      const child = await startChild({ program: process.execPath, args: workers.args, env, logFile, ipc: true });
      const problem = await Promise.race([
        readyMessage(child),
        child.ended.then(describeEnd),
        sleep(WORKER_READY_MS, `not ready after ${WORKER_READY_MS / 1000} s`, { ref: false }),
      ]);
      if (problem === undefined) return child;
      await endChild(child, [{ signal: 'SIGKILL', waitMs: 5_000 }]);
      throw new RoutingError(
        'internal',
        `Worker ${number} did not start (${problem}). It said: ${lastWords(child)}. The whole log is ${logFile}.`,
      );
    },
  });
}

/** Resolves to undefined, no problem, when the worker says that it polls. */
async function readyMessage(child: Child): Promise<undefined> {
  for (;;) {
    const [message] = (await once(child.process, 'message')) as [{ kind?: unknown } | null];
    if (message?.kind === 'ready') return undefined;
  }
}

async function reported(onEvent: (event: PartEvent) => void, part: string, work: () => Promise<string>): Promise<void> {
  const since = Date.now();
  onEvent({ part, state: 'starting' });
  const detail = await work();
  onEvent({ part, state: 'ready', ms: Date.now() - since, detail });
}
