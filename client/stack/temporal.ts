/**
 * The embedded Temporal: its own development server, with a database file in the state folder, on loopback.
 *
 * A power failure may take the last moments of that file with it (it is not synced on every commit). That loses no task:
 * tasks are in Postgres, and the sweeper starts what has no workflow.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RoutingError } from '../../routing/errors';
import { type Child, describeEnd, type EndStep, endChild, endLeftOver, lastWords, pidIn, saidBy, startChild } from './child';
import { choosePort } from './ports';
import { isNearlyFull } from './state';
import { type TemporalAddress, waitUntilServing } from './temporal-connection';

export interface TemporalOptions {
  /** Path of the Temporal command-line tool. */
  readonly engine: string;
  /** Folder of its database, absolute; made when it does not exist. Absent: in memory, gone with the process. */
  readonly dataDir?: string;
  readonly logFile: string;
  /** Taken when it is free; another otherwise. 0 for any. */
  readonly port?: number;
  /** Fails rather than taking another port: for a restart, when others know the port. */
  readonly mustUsePort?: boolean;
}

export interface RunningTemporal {
  readonly child: Child;
  readonly port: number;
  readonly where: TemporalAddress;
}

const READY_MS = 45_000;

export const TEMPORAL_END: readonly EndStep[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

const SQLITE = ['journal_mode=WAL', 'synchronous=NORMAL'];

/** What workflows may be searched by; all of type Keyword. */
export const SEARCH_ATTRIBUTES = ['TaskClass', 'ModelId', 'ReviewState'] as const;

const DYNAMIC_CONFIG = [
  // The server polls its own queues 20 times a second by default, and every step of a workflow waits for the next time.
  'history.transferProcessorMaxPollRPS=200',
  // One partition: with several, priority and rate limits hold per partition only.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'system.enableActivityEagerExecution=true',
];

/**
 * Starts the server and waits until its namespace can be used.
 *
 * @throws {RoutingError} `engine_unreachable` with the end of its log
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  if (options.dataDir !== undefined) await takeOver(options.dataDir);
  const { port: usual = 0, mustUsePort = false } = options;
  let failure: RoutingError | undefined;
  // A port may be taken between choosing and listening, so a failed start is tried once more on another.
  for (const port of mustUsePort ? [usual] : [await choosePort(usual), await choosePort()]) {
    const child = await launch(options, port);
    let end: string | undefined;
    void child.ended.then((ended) => {
      end = describeEnd(ended);
    });
    const where = { address: `127.0.0.1:${port}`, namespace: 'default' };
    if (await waitUntilServing(where, READY_MS, () => end !== undefined)) return { child, port, where };
    await endChild(child, TEMPORAL_END);
    failure = startFailure(end ?? `not ready after ${READY_MS / 1000} s`, child);
  }
  throw failure;
}

function startFailure(what: string, child: Child): RoutingError {
  if (/disk is full|no space left/i.test(saidBy(child)) || isNearlyFull(dirname(child.logFile))) {
    return new RoutingError(
      'engine_unreachable',
      `Temporal cannot start (${what}): its disk is full, or nearly. Free space and start again; no task is lost. Log: ${child.logFile}`,
    );
  }
  return new RoutingError(
    'engine_unreachable',
    `Temporal did not start (${what}). It said: ${lastWords(child)}. The whole log is ${child.logFile}; TEMPORAL_ADDRESS can name a server of your own instead.`,
  );
}

async function launch({ engine, dataDir, logFile }: TemporalOptions, port: number): Promise<Child> {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const args = [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...(dataDir === undefined ? [] : ['--db-filename', dbFile(dataDir), ...each('--sqlite-pragma', SQLITE)]),
    ...each('--dynamic-config-value', DYNAMIC_CONFIG),
    ...each(
      '--search-attribute',
      SEARCH_ATTRIBUTES.map((name) => `${name}=Keyword`),
    ),
    // Nothing that the user has set for another server may change this one.
    ...['--disable-config-file', '--disable-config-env'],
  ];
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' };
  const child = await startChild({ program: engine, args, env, logFile, cwd: dataDir ?? '/' });
  if (dataDir !== undefined) writeFileSync(pidFile(dataDir), `${child.pid}\n`, { mode: 0o600 });
  return child;
}

function dbFile(dataDir: string): string {
  return join(dataDir, 'temporal.db');
}

function pidFile(dataDir: string): string {
  return join(dataDir, 'temporal.pid');
}

/** Makes the folder ours: two servers on one database file would corrupt it. */
async function takeOver(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const still = await endLeftOver(
    { folder: dataDir, pid: pidIn(pidFile(dataDir)), marker: `--db-filename ${dbFile(dataDir)} ` },
    TEMPORAL_END,
  );
  if (still === undefined) return;
  throw new RoutingError(
    'engine_unreachable',
    `Temporal (pid ${still}) still works on ${dataDir} and cannot be ended. End it by hand and start again.`,
  );
}
