/** The `signalbox` command as people run it: the built program in a process of its own. */

import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testServer } from './servers';

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The current folder; one without any files unless given. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
}

/** No command of a test takes longer, in milliseconds, unless something is broken. */
const PATIENCE_MS = 60_000;

const home = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
process.once('exit', () => rmSync(home, { recursive: true, force: true }));

/** A folder with these files, gone when the test file ends. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(home, 'folder-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Environment of somebody who has set nothing: no keys, no addresses. */
export function bareEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home };
}

/** Path of the built program. */
export async function commandPath(): Promise<string> {
  return join((await testServer('dist')).folder, 'client', 'cli', 'main.js');
}

/** A command that runs. */
export interface Launched {
  readonly pid: number;
  /** Resolves when it has said something that matches, on either stream. */
  says(pattern: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ran>;
}

/** Starts a command. */
export async function launch(words: readonly string[], { cwd, env = {}, stdin = '' }: RunOptions = {}): Promise<Launched> {
  const child = spawn(process.execPath, [await commandPath(), ...words], {
    cwd: cwd ?? folderWith({}),
    env: { ...bareEnvironment(), ...env },
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {}); // it need not read what it does not want
  child.stdin.end(stdin);
  const said = { stdout: '', stderr: '' };
  const heard = new EventEmitter().setMaxListeners(0);
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      heard.emit('more');
    });
  }
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...said }));
  });
  return {
    pid: child.pid as number,
    async says(pattern) {
      let isOver = false;
      void ended.then(() => {
        isOver = true;
        heard.emit('more');
      });
      while (!pattern.test(said.stdout) && !pattern.test(said.stderr)) {
        if (isOver) throw new Error(`It ended without saying ${pattern}. It said: ${said.stdout}${said.stderr}`);
        await once(heard, 'more');
      }
    },
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

/** Runs a command to its end. */
export async function signalbox(words: readonly string[], options?: RunOptions): Promise<Ran> {
  return (await launch(words, options)).ended;
}

/** The one JSON value that a command printed. */
export function jsonOf<T = Record<string, unknown>>({ stdout, stderr }: Ran): T {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`This is not one JSON value: ${stdout.slice(0, 500)}\nIt said: ${stderr.slice(0, 500)}`);
  }
}
