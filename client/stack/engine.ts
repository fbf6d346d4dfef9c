/**
 * Where the Temporal engine comes from.
 *
 * No npm package ships it. It is looked for, downloaded or built, once per machine; when nothing works, the error names every
 * way that was tried, why it failed, and what to do.
 */

import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isRoutingError, RoutingError } from '../../routing/errors';
import { type BuildProgress, buildProgram, moduleFolder } from './engine-build';
import { cachedProgram, type Environment, isExecutable, placeInCache } from './engine-cache';
import { downloadTemporal } from './engine-download';
import { isAtLeast, LEAST_SERVER_VERSION } from './engine-version';

/** The release that is downloaded or built; the same as in tools/temporal/go.mod. */
export const CLI_VERSION = '1.8.2';
/** The server in that release. */
export const SERVER_VERSION = '1.31.2';

export interface Engine {
  readonly path: string;
  readonly serverVersion: string;
  /** How it was found. */
  readonly via: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'source';
}

export interface EngineSearch {
  readonly env: Environment;
  /** Called often while something takes long. */
  readonly onProgress?: (message: string) => void;
  /** Gives up what takes long. */
  readonly signal?: AbortSignal;
  /** Address of the releases; the official one by default. */
  readonly releases?: string;
}

interface Tried {
  readonly way: string;
  readonly failure: string;
}

/**
 * The engine, from the first of: `TEMPORAL_CLI_PATH`, the PATH, the cache, the official download, the source.
 *
 * @throws {RoutingError} `engine_missing`; `bad_config` when TEMPORAL_CLI_PATH is set and is no engine that can be used
 */
export async function findEngine(search: EngineSearch): Promise<Engine> {
  const { env } = search;
  const present = await presentEngine(env);
  if (present.engine !== undefined) return present.engine;
  const tried = [...present.tried];
  const path = cachedProgram(`temporal-${CLI_VERSION}`, env);
  let via: Engine['via'] = 'cache'; // stays so when another process puts it there meanwhile
  try {
    await placeInCache(
      path,
      async (temporary) => {
        via = await obtain(temporary, search, tried);
      },
      (pid) => search.onProgress?.(`another process (pid ${pid ?? 'unknown'}) is getting Temporal; waiting for it`),
    );
    return { path, serverVersion: SERVER_VERSION, via };
  } catch (cause) {
    search.signal?.throwIfAborted();
    if (isRoutingError(cause)) throw cause;
    throw engineMissing([...tried, { way: 'writing to the cache', failure: (cause as Error).message }]);
  }
}

/** Downloads or else builds the engine. Adds to `tried` what failed. */
async function obtain(target: string, search: EngineSearch, tried: Tried[]): Promise<'download' | 'source'> {
  const { env, onProgress: say = () => {}, signal, releases } = search;
  try {
    say(`downloading Temporal ${CLI_VERSION}`);
    await downloadTemporal(CLI_VERSION, target, { onProgress: (bytes, of) => say(downloadMessage(bytes, of)), signal, releases });
    return 'download';
  } catch (error) {
    signal?.throwIfAborted();
    tried.push({ way: 'the official download', failure: (error as Error).message });
  }
  try {
    await buildProgram('github.com/temporalio/cli/cmd/temporal', target, {
      env,
      signal,
      onProgress: (progress) => say(buildMessage('Temporal', progress)),
    });
    return 'source';
  } catch (error) {
    signal?.throwIfAborted();
    tried.push({ way: 'building from source', failure: (error as Error).message });
    throw engineMissing(tried);
  }
}

function engineMissing(tried: readonly Tried[]): RoutingError {
  return new RoutingError(
    'engine_missing',
    [
      'Temporal, the engine that runs the tasks, was not found and could not be made:',
      ...tried.map(({ way, failure }) => `  - ${way}: ${failure}`),
      `Do one of these: install the Temporal CLI ${CLI_VERSION} or newer (https://docs.temporal.io/cli) and set TEMPORAL_CLI_PATH to it;`,
      'install Go 1.26 or newer (https://go.dev/dl) and start again; or set TEMPORAL_ADDRESS to a Temporal server of your own.',
    ].join('\n'),
  );
}

/** The engine as far as it is on this machine already, and why each way did not give one. Downloads and builds nothing. */
export async function presentEngine(env: Environment): Promise<{ engine?: Engine; tried: readonly Tried[] }> {
  if (env.TEMPORAL_CLI_PATH) {
    const version = await usableVersion(env.TEMPORAL_CLI_PATH);
    if (version.usable)
      return { engine: { path: env.TEMPORAL_CLI_PATH, serverVersion: version.server, via: 'TEMPORAL_CLI_PATH' }, tried: [] };
    // Whoever names a program wants that one, and would be surprised by another.
    throw new RoutingError(
      'bad_config',
      `TEMPORAL_CLI_PATH names "${env.TEMPORAL_CLI_PATH}", which ${version.failure}. Correct it, or unset it to have Temporal found, downloaded or built.`,
    );
  }
  const tried: Tried[] = [{ way: 'TEMPORAL_CLI_PATH', failure: 'not set' }];
  const onPath = onThePath('temporal', env);
  if (onPath === undefined) tried.push({ way: 'temporal on the PATH', failure: 'none there' });
  else {
    const version = await usableVersion(onPath);
    if (version.usable) return { engine: { path: onPath, serverVersion: version.server, via: 'PATH' }, tried };
    tried.push({ way: 'temporal on the PATH', failure: `${onPath} ${version.failure}` });
  }
  const cached = cachedProgram(`temporal-${CLI_VERSION}`, env);
  if (isExecutable(cached)) return { engine: { path: cached, serverVersion: SERVER_VERSION, via: 'cache' }, tried };
  tried.push({ way: 'the cache', failure: `no ${cached}` });
  return { tried };
}

export interface ServerBinaries {
  /** `temporal-server`, which runs all services of a cluster. */
  readonly server: string;
  /** The tool that sets up the schema of Temporal's own databases. */
  readonly sqlTool: string;
  /** Folder of the schema for Postgres, with `temporal` and `visibility` below. */
  readonly schemaDir: string;
}

/**
 * The full server for Postgres, built from the same module into the same cache.
 *
 * @throws {RoutingError} `engine_missing` saying why
 */
export async function temporalServerBinaries({ env, signal, onProgress: say = () => {} }: EngineSearch): Promise<ServerBinaries> {
  const place = async (program: string, goPackage: string) => {
    const path = cachedProgram(`${program}-${SERVER_VERSION}`, env);
    await placeInCache(
      path,
      (temporary) => buildProgram(goPackage, temporary, { env, signal, onProgress: (progress) => say(buildMessage(program, progress)) }),
      (pid) => say(`another process (pid ${pid ?? 'unknown'}) is building ${program}; waiting for it`),
    );
    return path;
  };
  try {
    return {
      server: await place('temporal-server', 'go.temporal.io/server/cmd/server'),
      sqlTool: await place('temporal-sql-tool', 'go.temporal.io/server/cmd/tools/sql'),
      schemaDir: join(await moduleFolder('go.temporal.io/server', { env, signal }), 'schema', 'postgresql', 'v12'),
    };
  } catch (error) {
    throw new RoutingError(
      'engine_missing',
      `The full Temporal server could not be built: ${(error as Error).message}. It needs Go 1.26 or newer (https://go.dev/dl) and a Go module proxy.`,
    );
  }
}

type Version = { readonly usable: true; readonly server: string } | { readonly usable: false; readonly failure: string };

/** Builds from source call themselves 0.0.0-DEV, so it is the server's version that counts. */
async function usableVersion(path: string): Promise<Version> {
  if (!isExecutable(path)) return { usable: false, failure: 'is no program that can be run' };
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    const server = /Server (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
    if (server === undefined) return { usable: false, failure: 'does not say which server it contains' };
    if (!isAtLeast(server, LEAST_SERVER_VERSION))
      return { usable: false, failure: `contains server ${server}, older than ${LEAST_SERVER_VERSION}` };
    return { usable: true, server };
  } catch {
    return { usable: false, failure: 'does not answer to --version' };
  }
}

function onThePath(program: string, env: Environment): string | undefined {
  const names = process.platform === 'win32' ? [`${program}.exe`] : [program];
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);
}

function downloadMessage(bytes: number, ofBytes: number | undefined): string {
  const megabytes = (value: number) => `${(value / 1e6).toFixed(0)} MB`;
  return `downloading Temporal ${CLI_VERSION}: ${megabytes(bytes)}${ofBytes === undefined ? '' : ` of ${megabytes(ofBytes)}`}`;
}

function buildMessage(program: string, { step, done, of, elapsedMs }: BuildProgress): string {
  const soFar = step === 'fetching modules' ? `${done} so far` : `${done} of at most ${of} packages`;
  return `building ${program} from source, once, about 4 minutes: ${step}, ${soFar}, ${Math.round(elapsedMs / 1000)} s`;
}
