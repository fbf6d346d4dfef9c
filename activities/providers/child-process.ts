/**
 * Running one program for one purpose, without trusting it: no shell, its own process group, an environment of named
 * variables, an empty working folder, limits on time and output, and nothing of it left when this returns.
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

export interface ChildLimits {
  readonly timeoutMs: number;
  /** Of standard output and, apart from that, of standard error. */
  readonly maxOutputBytes: number;
}

export interface ChildInput extends ChildLimits {
  /** Absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
}

export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** It did not run: `code` is the system's error code. */
  | { readonly kind: 'not-started'; readonly code: string }
  /** It was ended before its time, by us or, with `signal`, by someone else. */
  | { readonly kind: 'ended'; readonly why: 'cancelled' | 'timeout' | 'output' | 'signal'; readonly stdout: string };

/** How long a program has between being asked to end and being ended, in milliseconds. */
const GRACE_MS = 2_000;

/** How long the pipes of an ended program may stay open, in milliseconds; a descendant that left its group can hold them. */
const PIPES_MS = 500;

/** Runs a program to its end. Resolves on every path, after the whole process group is gone. */
export async function runChild(input: ChildInput, signal: AbortSignal): Promise<ChildEnd> {
  if (signal.aborted) return { kind: 'ended', why: 'cancelled', stdout: '' };
  const cwd = await mkdtemp(join(tmpdir(), 'signalbox-'));
  try {
    return await runIn(cwd, input, signal);
  } finally {
    await rm(cwd, { recursive: true, force: true, maxRetries: 3 });
  }
}

function runIn(cwd: string, input: ChildInput, signal: AbortSignal): Promise<ChildEnd> {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(input.program, input.args, {
      cwd,
      env: input.env,
      shell: false,
      detached: true, // its own process group, so that what it starts can be ended with it
      stdio: 'pipe',
      windowsHide: true,
    });
  } catch (error) {
    return Promise.resolve({ kind: 'not-started', code: codeOf(error) });
  }
  const output = { stdout: new Gatherer(input.maxOutputBytes), stderr: new Gatherer(input.maxOutputBytes) };
  let why: Exclude<Extract<ChildEnd, { kind: 'ended' }>['why'], 'signal'> | undefined;
  let killTimer: NodeJS.Timeout | undefined;

  const endEarly = (reason: typeof why): void => {
    if (why) return;
    why = reason;
    killGroup(child.pid, 'SIGTERM');
    killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  const onAbort = (): void => endEarly('cancelled');
  const timeoutTimer = setTimeout(() => endEarly('timeout'), input.timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort(); // while the folder was made

  child.stdout.on('data', (piece: Buffer) => output.stdout.add(piece) || endEarly('output'));
  child.stderr.on('data', (piece: Buffer) => output.stderr.add(piece)); // what is too much of it is dropped
  child.stdin.on('error', () => {}); // a program need not read its input
  child.stdin.end(input.stdin);

  return new Promise<ChildEnd>((resolve) => {
    const finish = (end: ChildEnd): void => {
      clearTimeout(timeoutTimer);
      clearTimeout(killTimer);
      signal.removeEventListener('abort', onAbort);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(end);
    };
    child.once('error', (error) => {
      // With a pid it did start, and this is about something else (a signal that could not be sent).
      if (child.pid === undefined) finish({ kind: 'not-started', code: codeOf(error) });
    });
    child.once('exit', (code) => {
      killGroup(child.pid, 'SIGKILL'); // what it started and did not end
      const conclude = (): void => {
        clearTimeout(pipesTimer);
        const [stdout, stderr] = [output.stdout.text(), output.stderr.text()];
        if (why !== undefined) finish({ kind: 'ended', why, stdout });
        else finish(code === null ? { kind: 'ended', why: 'signal', stdout } : { kind: 'exited', code, stdout, stderr });
      };
      const pipesTimer = setTimeout(conclude, PIPES_MS);
      child.once('close', conclude);
    });
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN';
}

function killGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty: all of it has ended by itself.
  }
}

/** Keeps the first bytes of a stream, up to a limit. */
class Gatherer {
  private readonly pieces: Buffer[] = [];
  private bytes = 0;
  constructor(private readonly limit: number) {}

  /** False when the limit is passed; the piece is dropped then. */
  add(piece: Buffer): boolean {
    this.bytes += piece.length;
    if (this.bytes > this.limit) return false;
    this.pieces.push(piece);
    return true;
  }

  text(): string {
    return Buffer.concat(this.pieces).toString();
  }
}

/**
 * The absolute path of a program: itself when it is one, else the first executable file of that name in PATH. Relative
 * entries of PATH are passed over, because they would be looked up in whatever folder this process is in.
 */
export async function resolveProgram(program: string, path: string): Promise<string | undefined> {
  if (isAbsolute(program)) return (await isExecutable(program)) ? program : undefined;
  if (program.includes('/')) return undefined;
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const candidate = join(folder, program);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Variables that any program may see: where programs, its user's files and temporary files are, and the locale. */
const COMMON_VARIABLES = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TMPDIR', 'TZ'] as const;

/** An environment of the common variables and the named ones, as far as they are set. */
export function childEnvironment(names: readonly string[], read: (name: string) => string | undefined): Record<string, string> {
  const set = [...COMMON_VARIABLES, ...names].map((name) => [name, read(name)] as const);
  return Object.fromEntries(set.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
