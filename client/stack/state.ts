/**
 * The state folder: everything of one embedded stack, held by one process at a time.
 *
 * `stack.json` in it tells other commands how to reach what runs. It is believed only while the process that wrote it still
 * holds the folder, so that nothing is left to clean up after a kill.
 */

import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RoutingError } from '../../routing/errors';
import { type Hold, hold, holderOf } from './exclusive';

export interface StatePaths {
  /** Absolute, without symbolic links. */
  readonly root: string;
  readonly postgresDir: string;
  readonly temporalDir: string;
  readonly logsDir: string;
  readonly stackFile: string;
}

/** What other commands need to use a running stack. The file is readable by its owner only: URLs carry passwords. */
export interface RunningStack {
  /** Of the supervisor. */
  readonly pid: number;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly databaseUrl: string;
  /** Of a server of the user's own, TLS and keys come from the environment, as they did for the stack. */
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** When it was last published: a part that was restarted since has another. */
  readonly pids: { readonly postgres?: number | undefined; readonly temporal?: number | undefined; readonly workers: readonly number[] };
  readonly logsDir: string;
}

export interface HeldState {
  readonly paths: StatePaths;
  /** Tells other commands, and whoever finds the state taken, what runs. */
  publish(stack: Omit<RunningStack, 'pid' | 'startedAt' | 'logsDir'>): void;
  release(): Promise<void>;
}

/**
 * Makes the folder where needed and holds it.
 *
 * @throws {RoutingError} `stack_busy` naming the holder; `bad_config` when the folder cannot be written
 */
export async function holdState(stateDir: string): Promise<HeldState> {
  const paths = makeFolders(stateDir);
  const startedAt = new Date().toISOString();
  let published: RunningStack | undefined;
  const held = await hold(paths.root, () => ({ pid: process.pid, startedAt, ...portsOf(published) }));
  if (held === undefined) throw busy(paths.root, await holderOf(paths.root));
  return {
    paths,
    publish(stack) {
      published = { ...stack, pid: process.pid, startedAt, logsDir: paths.logsDir };
      writeWhole(paths.stackFile, JSON.stringify(published, null, 2));
    },
    release: () => release(paths, held),
  };
}

/** With less free disk than this many bytes, no server starts: Postgres alone needs 40 MB at first, and 16 MB at a time later. */
const NEARLY_FULL_BYTES = 64_000_000;

/** Free disk where a folder is, in bytes. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Whether a server may have failed for lack of room. Asked after a failure, because a full disk takes no log either. */
export function isNearlyFull(folder: string): boolean {
  return freeBytes(folder) < NEARLY_FULL_BYTES;
}

/** Writes a file for its owner only, so that there is never half of it: not for a reader, not after a crash, not on a full disk. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  renameSync(temporary, file);
}

async function release(paths: StatePaths, held: Hold): Promise<void> {
  rmSync(paths.stackFile, { force: true });
  await held.release();
}

function makeFolders(stateDir: string): StatePaths {
  try {
    // Run by root, Postgres is another user, who must be able to pass through; what is inside protects itself.
    mkdirSync(stateDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    const paths = pathsOf(realpathSync(stateDir));
    mkdirSync(paths.logsDir, { recursive: true, mode: 0o700 });
    return paths;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new RoutingError(
      'bad_config',
      `The state folder ${resolve(stateDir)} cannot be written (${code}). Free or unlock it, or choose another with --state.`,
      {
        cause,
      },
    );
  }
}

function pathsOf(root: string): StatePaths {
  return {
    root,
    postgresDir: join(root, 'postgres'),
    temporalDir: join(root, 'temporal'),
    logsDir: join(root, 'logs'),
    stackFile: join(root, 'stack.json'),
  };
}

interface HolderFacts {
  readonly pid?: number;
  readonly startedAt?: string;
  readonly postgres?: string;
  readonly temporal?: string;
}

/** Addresses without passwords: the holder tells them to everybody who asks. */
function portsOf(stack: RunningStack | undefined): HolderFacts {
  return stack === undefined ? {} : { postgres: new URL(stack.databaseUrl).host, temporal: stack.temporal.address };
}

function busy(root: string, holder: HolderFacts | undefined): RoutingError {
  const { pid, startedAt, postgres, temporal } = holder ?? {};
  const where = postgres === undefined ? 'still starting' : `Postgres at ${postgres}, Temporal at ${temporal}`;
  return new RoutingError(
    'stack_busy',
    `The state ${root} is in use by process ${pid ?? 'unknown'}, since ${startedAt ?? 'an unknown time'} (${where}). Use that stack, stop it with "kill ${pid ?? 'PID'}", or start another with --state FOLDER.`,
  );
}

/** The stack that runs on this state; undefined when none does or it is still starting. */
export async function readRunningStack(stateDir: string): Promise<RunningStack | undefined> {
  try {
    const paths = pathsOf(realpathSync(stateDir));
    const holder: HolderFacts | undefined = await holderOf(paths.root);
    const stack = JSON.parse(readFileSync(paths.stackFile, 'utf8')) as RunningStack;
    return holder?.pid === stack.pid ? stack : undefined;
  } catch {
    return undefined; // no folder, or nothing published yet
  }
}

/**
 * As `readRunningStack`, for commands that cannot do without.
 *
 * @throws {RoutingError} `stack_not_running`
 */
export async function requireRunningStack(stateDir: string): Promise<RunningStack> {
  const stack = await readRunningStack(stateDir);
  if (stack !== undefined) return stack;
  throw new RoutingError(
    'stack_not_running',
    `No stack runs on ${resolve(stateDir)}. Start one with "signalbox up", name another state with --state FOLDER, or set DATABASE_URL and TEMPORAL_ADDRESS.`,
  );
}
