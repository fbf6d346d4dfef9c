/** Where the engine comes from, with programs and folders made for the purpose: nothing here is the user's. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CLI_VERSION, type Engine, findEngine, presentEngine, SERVER_VERSION } from '../../client/stack/engine';
import { cachedProgram, placeInCache } from '../../client/stack/engine-cache';
import { isAtLeast, isVulnerable, LEAST_SERVER_VERSION } from '../../client/stack/engine-version';
import { hold } from '../../client/stack/exclusive';

const NOWHERE = 'http://127.0.0.1:9'; // the discard port: nothing listens
let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-engine-'));
  mkdirSync(join(folder, 'bin'));
  env = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), PATH: join(folder, 'bin') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says which server it contains. */
function fakeEngine(path: string, serverVersion: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho 'temporal version 0.0.0-DEV (Server ${serverVersion}, UI 2.50.1)'\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A `go` that does what the script says. */
function fakeGo(script: string): void {
  writeFileSync(join(folder, 'bin', 'go'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', 'go'), 0o755);
}

test('takes TEMPORAL_CLI_PATH before the PATH, the PATH before the cache, and the cache before anything is fetched', async () => {
  const cached = fakeEngine(cachedProgram(`temporal-${CLI_VERSION}`, env), SERVER_VERSION);
  expect(await findEngine({ env, releases: NOWHERE })).toEqual({ path: cached, serverVersion: SERVER_VERSION, via: 'cache' });
  const onPath = fakeEngine(join(folder, 'bin', 'temporal'), '1.32.0');
  expect(await findEngine({ env, releases: NOWHERE })).toEqual({ path: onPath, serverVersion: '1.32.0', via: 'PATH' });
  const named = fakeEngine(join(folder, 'mine'), '1.31.2');
  expect(await findEngine({ env: { ...env, TEMPORAL_CLI_PATH: named }, releases: NOWHERE })).toMatchObject({
    path: named,
    via: 'TEMPORAL_CLI_PATH',
  });
});

test('passes over a temporal on the PATH whose server is too old, and says so', async () => {
  fakeEngine(join(folder, 'bin', 'temporal'), '1.30.1');
  const { engine, tried } = await presentEngine(env);
  expect(engine).toBeUndefined();
  expect(tried).toContainEqual({
    way: 'temporal on the PATH',
    failure: `${join(folder, 'bin', 'temporal')} contains server 1.30.1, older than ${LEAST_SERVER_VERSION}`,
  });
});

test('refuses a TEMPORAL_CLI_PATH that is no engine rather than taking another', async () => {
  fakeEngine(join(folder, 'bin', 'temporal'), '1.31.2');
  const missing = join(folder, 'none');
  await expect(findEngine({ env: { ...env, TEMPORAL_CLI_PATH: missing } })).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringContaining(missing),
  });
});

test('names every way it tried, why each failed and what to do, when there is no engine', async () => {
  fakeGo('echo "go: updates to go.mod needed" >&2; exit 1');
  const failed = findEngine({ env, releases: NOWHERE });
  await expect(failed).rejects.toMatchObject({ code: 'engine_missing' });
  const { message } = (await failed.catch((error) => error)) as Error;
  for (const part of [
    'TEMPORAL_CLI_PATH: not set',
    'temporal on the PATH: none there',
    `the cache: no ${cachedProgram(`temporal-${CLI_VERSION}`, env)}`,
    'the official download: 127.0.0.1:9 did not answer',
    'building from source: "go list" failed: go: updates to go.mod needed',
    'TEMPORAL_ADDRESS',
  ]) {
    expect(message).toContain(part);
  }
});

test('builds from source when the download fails, says how far it is, and finds the result in the cache next time', async () => {
  fakeGo(`
    case "$1" in
      list) echo 'go: downloading example.com/a v1.0.0' >&2; printf 'a\\nb\\nc\\n';;
      build) echo a >&2; echo b >&2; while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\n' > "$2";;
    esac`);
  const messages: string[] = [];
  const engine = await findEngine({ env, releases: NOWHERE, onProgress: (message) => messages.push(message) });
  expect(engine.via).toBe('source');
  expect(messages.join('\n')).toMatch(/fetching modules, 1 so far, \d+ s[\s\S]*compiling, 2 of at most 3 packages, \d+ s/);
  expect((await findEngine({ env, releases: NOWHERE })).via).toBe('cache');
});

describe('the official download', () => {
  const archiveName = `temporal_cli_${CLI_VERSION}_${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}.tar.gz`;
  let archive: Buffer;
  let checksum: string;
  const server = createServer((request, response) => {
    if (request.url === `/v${CLI_VERSION}/checksums.txt`) response.end(`${checksum}  ${archiveName}\n`);
    else if (request.url === `/v${CLI_VERSION}/${archiveName}`) response.end(archive);
    else response.writeHead(404).end();
  });
  let releases: string;

  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    fakeEngine(join(folder, 'temporal'), SERVER_VERSION);
    execFileSync('tar', ['-czf', 'archive.tar.gz', 'temporal'], { cwd: folder });
    archive = readFileSync(join(folder, 'archive.tar.gz'));
    checksum = createHash('sha256').update(archive).digest('hex');
  });

  test('is kept when its checksum is the published one', async () => {
    const engine = await findEngine({ env, releases });
    expect(engine.via).toBe('download');
    expect(execFileSync(engine.path, { encoding: 'utf8' })).toContain(SERVER_VERSION);
  });

  test('is thrown away when its checksum is another', async () => {
    checksum = '0'.repeat(64);
    fakeGo('exit 1');
    await expect(findEngine({ env, releases })).rejects.toMatchObject({ message: expect.stringContaining('it was thrown away') });
    expect(existsSync(cachedProgram(`temporal-${CLI_VERSION}`, env))).toBe(false);
  });
});

test('waits for another process that is getting the engine, and uses what that one got', async () => {
  const path = cachedProgram(`temporal-${CLI_VERSION}`, env);
  const other = await hold(path, () => ({ pid: 4711 }));
  let engine: Promise<Engine> | undefined;
  const waiting = await new Promise<string>((resolve) => {
    engine = findEngine({ env, releases: NOWHERE, onProgress: resolve });
  });
  expect(waiting).toContain('another process (pid 4711) is getting Temporal');
  fakeEngine(path, SERVER_VERSION);
  await other?.release();
  expect((await engine)?.via).toBe('cache');
});

test('never leaves half a program in the cache', async () => {
  const path = cachedProgram('temporal-0', env);
  const broken = placeInCache(
    path,
    async (temporary) => {
      writeFileSync(temporary, 'half');
      throw new Error('power cut');
    },
    () => {},
  );
  await expect(broken).rejects.toThrow('power cut');
  expect(existsSync(path)).toBe(false);
});

test('keeps programs where the platform keeps caches', () => {
  const home = { HOME: '/home/ada' };
  expect(cachedProgram('temporal-1', home, 'linux')).toBe(`/home/ada/.cache/signalbox/temporal-1-linux-${process.arch}`);
  expect(cachedProgram('temporal-1', home, 'darwin')).toBe(`/home/ada/Library/Caches/signalbox/temporal-1-darwin-${process.arch}`);
  expect(cachedProgram('temporal-1', { ...home, XDG_CACHE_HOME: '/cache' }, 'linux')).toContain('/cache/signalbox/');
  expect(cachedProgram('temporal-1', { ...home, LOCALAPPDATA: '/local' }, 'win32')).toBe(
    `/local/signalbox/temporal-1-win32-${process.arch}.exe`,
  );
});

test('builds and downloads the versions that tools/temporal/go.mod pins', () => {
  const pinned = readFileSync(join(__dirname, '..', '..', 'tools', 'temporal', 'go.mod'), 'utf8');
  expect(pinned).toContain(`github.com/temporalio/cli v${CLI_VERSION} `);
  expect(pinned).toContain(`go.temporal.io/server v${SERVER_VERSION} `);
  expect(isAtLeast(SERVER_VERSION, LEAST_SERVER_VERSION)).toBe(true);
});

test('knows the servers of CVE-2026-5199, and compares versions by number', () => {
  for (const bad of ['1.29.0', '1.29.4', '1.30.0', '1.30.2', '1.30.2-rc.1']) expect(isVulnerable(bad)).toBe(true);
  for (const good of ['1.28.3', '1.29.5', '1.30.3', '1.31.0', '2.29.1']) expect(isVulnerable(good)).toBe(false);
  expect(isAtLeast('1.31.10', '1.31.2')).toBe(true);
  expect(isAtLeast('1.31.1', '1.31.2')).toBe(false);
  expect(isAtLeast('1.31.2-148.1', '1.31.2')).toBe(true);
});
