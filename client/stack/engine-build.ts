/**
 * Temporal's programs, built from source.
 *
 * Every module comes through the Go module proxy, and `go.sum` in tools/temporal pins every byte of it. It takes minutes,
 * so it says where it is.
 */

import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../db/documents/package-root';
import { type Environment, isExecutable } from './engine-cache';

export interface BuildProgress {
  readonly step: 'fetching modules' | 'compiling';
  /** Modules fetched, or packages compiled; packages that Go has compiled before are not counted again. */
  readonly done: number;
  /** Packages in all; unknown while modules are fetched. */
  readonly of?: number;
  readonly elapsedMs: number;
}

export interface BuildOptions {
  readonly env: Environment;
  readonly onProgress?: (progress: BuildProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Bound of each step, in milliseconds. Compiling takes 4 minutes on 2 cores. */
const STEP_MS = 30 * 60_000;

/**
 * Builds one program of the module in tools/temporal.
 *
 * @param goPackage import path, e.g. `github.com/temporalio/cli/cmd/temporal`
 * @param target    file to write
 * @throws {Error} saying why, with the end of what Go said
 */
export async function buildProgram(goPackage: string, target: string, options: BuildOptions): Promise<void> {
  const startedAt = Date.now();
  let step: BuildProgress['step'] = 'fetching modules';
  let done = 0;
  let packages = 0;
  const report = () =>
    options.onProgress?.({ step, done, ...(step === 'compiling' ? { of: packages } : {}), elapsedMs: Date.now() - startedAt });
  const clock = setInterval(report, 1_000); // linking says nothing for half a minute
  try {
    await go(['list', '-deps', goPackage], options, {
      onOutput: () => {
        packages += 1;
      },
      onMessage: (line) => {
        if (line.startsWith('go: downloading')) done += 1;
        report();
      },
    });
    step = 'compiling';
    done = 0;
    await go(['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', target, goPackage], options, {
      onMessage: () => {
        done += 1;
        report();
      },
    });
  } finally {
    clearInterval(clock);
  }
}

/** Folder of a module's source, fetched when it is not there. */
export async function moduleFolder(modulePath: string, options: BuildOptions): Promise<string> {
  let folder = '';
  await go(['mod', 'download', modulePath], options, {});
  await go(['list', '-m', '-f', '{{.Dir}}', modulePath], options, {
    onOutput: (line) => {
      folder = line;
    },
  });
  return folder;
}

interface Listener {
  readonly onOutput?: (line: string) => void;
  readonly onMessage?: (line: string) => void;
}

function go(args: readonly string[], { env, signal }: BuildOptions, { onOutput, onMessage }: Listener): Promise<void> {
  // The installer of Go puts it here and leaves the PATH to the user.
  const program = isExecutable('/usr/local/go/bin/go') ? withUsualPlace(env) : env;
  const child = spawn('go', args, {
    cwd: join(packageRoot(), 'tools', 'temporal'),
    env: {
      ...program,
      HOME: env.HOME || homedir(),
      CGO_ENABLED: '0', // as the official builds: no C compiler needed, runs on any Linux
      GOFLAGS: '-mod=readonly -buildvcs=false',
      GOWORK: 'off',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: STEP_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => onOutput?.(line));
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    onMessage?.(line);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code === 'ENOENT' ? 'Go is not installed (no "go" on the PATH)' : `go did not start (${error.code})`)),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else if (signal !== null) reject(new Error(`"go ${args[0]}" was ended by ${signal}, by hand or after ${STEP_MS / 60_000} minutes`));
      else reject(new Error(`"go ${args[0]}" failed: ${said.slice(-3).join(' | ').slice(-400)}`));
    });
  });
}

function withUsualPlace(env: Environment): Environment {
  return { ...env, PATH: [env.PATH, '/usr/local/go/bin'].filter(Boolean).join(':') };
}
