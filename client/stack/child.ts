/**
 * Child processes: started, watched and ended.
 *
 * Children get a process group of their own, so that Ctrl-C in the terminal reaches only the supervisor, which then stops
 * them in order; and they write to log files rather than to us, so that they outlive our death without a broken pipe.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Resolves when the process is gone. Never rejects. */
  readonly ended: Promise<Ended>;
  readonly process: ChildProcess;
  readonly logFile: string;
  /** Length of the log when the process started; what comes after is its own. */
  readonly logStart: number;
}

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  readonly cwd?: string;
  /** Run as this user; only root may ask for another. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Opens a channel for `process.send`. */
  readonly ipc?: boolean;
}

/** One try to end a process: what to send, and how long to wait for it to work. */
export interface EndStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** A log that has grown beyond this many bytes is put aside when its process starts again. */
const LOG_LIMIT = 10_000_000;

/**
 * Starts a program.
 *
 * @throws the system's error (`ENOENT`, `EACCES`) when it cannot be started
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { logFile } = options;
  putAsideWhenLarge(logFile);
  const log = openSync(logFile, 'a', 0o600);
  const logStart = fstatSync(log).size;
  try {
    const child = spawn(options.program, options.args, {
      stdio: ['ignore', log, log, ...(options.ipc ? (['ipc'] as const) : [])],
      env: options.env,
      cwd: options.cwd,
      detached: true,
      ...options.user,
    });
    const ended = new Promise<Ended>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await once(child, 'spawn');
    child.on('error', () => {}); // a signal or message that came too late; its end is known by "exit"
    return { pid: child.pid as number, ended, process: child, logFile, logStart };
  } finally {
    closeSync(log);
  }
}

function putAsideWhenLarge(logFile: string): void {
  try {
    if (statSync(logFile).size > LOG_LIMIT) renameSync(logFile, `${logFile}.1`);
  } catch {
    // No log yet.
  }
}

/** Ends a child, trying each step in turn until it is gone. The last step should be SIGKILL. */
export async function endChild(child: Child, steps: readonly EndStep[], hurry?: AbortSignal): Promise<void> {
  for (const step of steps) {
    child.process.kill(step.signal);
    if (await within(child.ended, step.waitMs, hurry)) return;
  }
}

/** Whether the promise resolved within the time, and before `hurry`. */
async function within(done: Promise<unknown>, ms: number, hurry?: AbortSignal): Promise<boolean> {
  const timer = new AbortController();
  const patience = hurry === undefined ? timer.signal : AbortSignal.any([timer.signal, hurry]);
  const gaveUp = sleep(ms, false, { signal: patience }).catch(() => false);
  const result = await Promise.race([done.then(() => true), gaveUp]);
  timer.abort();
  return result;
}

/** How a server that a killed supervisor left running is recognised. Pids are used again, so a pid alone is not enough. */
export interface LeftOver {
  /** Its data folder, which is also its working folder. */
  readonly folder: string;
  /** As its pid file says. */
  readonly pid: number | undefined;
  /** A part of its command line that no other process has. */
  readonly marker: string;
  /** What the command line of its own children in that folder begins with. */
  readonly childTitle?: string;
}

/**
 * Ends a left-over server in its own manner, then what it left behind.
 *
 * @returns the process that is still there after the last step, if any
 */
export async function endLeftOver({ folder, pid, marker, childTitle }: LeftOver, steps: readonly EndStep[]): Promise<number | undefined> {
  const isOurs = async (candidate: number) => {
    const line = await commandLineOf(candidate);
    return line.includes(marker) || (childTitle !== undefined && line.startsWith(childTitle) && processesIn(folder).includes(candidate));
  };
  if (pid !== undefined && !(await endStranger(pid, isOurs, steps))) return pid;
  for (const other of processesIn(folder)) {
    if (!(await endStranger(other, isOurs, steps))) return other;
  }
  return undefined;
}

/** Ends a process that is not our child. False when it is still there after the last step. */
async function endStranger(pid: number, isOurs: (pid: number) => Promise<boolean>, steps: readonly EndStep[]): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    const deadline = Date.now() + waitMs;
    if (!(await isOurs(pid))) return true; // asked before every signal, because pids are used again
    try {
      process.kill(pid, signal);
    } catch {
      continue; // just gone, or not ours to end
    }
    while (Date.now() < deadline) {
      if (!(await isOurs(pid))) return true;
      await sleep(20); // the end of a process that is not our child cannot be waited for
    }
  }
  return !(await isOurs(pid));
}

/** The pid that a file begins with. */
export function pidIn(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** The command line of a live process; empty when there is none, or it is a zombie. */
async function commandLineOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { timeout: 5_000 });
    return stdout.trim();
  } catch {
    return '';
  }
}

/** Live processes whose working folder is `folder`, as servers make their data folder. Known on Linux only; empty elsewhere. */
function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false; // gone, or not ours to look at
      }
    });
}

/** What a process has written to its log, at most the last 8,000 characters. */
export function saidBy({ logFile, logStart }: Child): string {
  try {
    return readFileSync(logFile).subarray(logStart).toString('utf8').slice(-8_000);
  } catch {
    return ''; // the log was removed while it ran
  }
}

/** The last lines of what it said, for an error message: on one line, at most 400 characters. */
export function lastWords(child: Child): string {
  return saidBy(child).trim().split('\n').slice(-3).join(' | ').slice(-400) || 'nothing';
}

/** "exit code 1" or "killed by SIGKILL". */
export function describeEnd({ code, signal }: Ended): string {
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}
