/** The stack as a whole: who holds it, where it listens, how it starts and ends. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { readRunningStack, requireRunningStack } from '../../client/stack/state';
import { type StackEvent, type StackOptions, startStack } from '../../client/stack/supervisor';
import { createTestDatabase } from '../support/database';
import { isAlive, until } from '../support/processes';
import { testServer } from '../support/servers';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-stack-')));
const stateDir = join(folder, 'state');
const worker = join(__dirname, 'processes', 'worker.ts');
const loader = join(__dirname, '..', 'support', 'typescript.js');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function options(overrides: Partial<StackOptions> = {}): StackOptions {
  return {
    stateDir,
    config: {},
    env: process.env,
    migrate: async () => {},
    workers: { count: 0, args: ['--require', loader, worker], graceMs: 10_000 },
    usualPorts: { postgres: 0, temporal: 0 },
    ...overrides,
  };
}

/** Listens on a port for the length of a test. */
async function occupiedPort(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

test('starts everything, publishes it to its owner only, and leaves no process behind', async () => {
  const events: StackEvent[] = [];
  const stack = await startStack(options({ workers: { ...options().workers, count: 2 }, onEvent: (event) => events.push(event) }));
  const { postgres: postgresPid, temporal: temporalPid, workers } = stack.pids();
  expect(workers).toHaveLength(2);

  expect(await requireRunningStack(stateDir)).toMatchObject({ pid: process.pid, databaseUrl: stack.databaseUrl, temporal: stack.temporal });
  for (const secret of ['stack.json', 'postgres.credentials.json']) expect(statSync(join(stateDir, secret)).mode & 0o777).toBe(0o600);
  expect(new URL(stack.databaseUrl).hostname).toBe('127.0.0.1');

  await stack.stop();
  for (const pid of [postgresPid, temporalPid, ...workers]) expect(isAlive(pid as number)).toBe(false);
  expect(await readRunningStack(stateDir)).toBeUndefined();
  await expect(requireRunningStack(stateDir)).rejects.toMatchObject({ code: 'stack_not_running' });
  const stopped = events.filter((event) => event.state === 'stopped').map((event) => event.part);
  expect(stopped.slice(-2)).toEqual(['temporal', 'postgres']);
  expect(events.map((event) => `${event.part} ${event.state}`)).toEqual(
    expect.arrayContaining(['postgres ready', 'temporal ready', 'migrations ready', 'worker 1 ready']),
  );
});

test('the application owns its database and is no superuser, and texts are UTF-8 in C order', async () => {
  const stack = await startStack(options());
  const sql = postgres(stack.databaseUrl, { max: 1 });
  const [row] =
    await sql`SELECT rolsuper, pg_encoding_to_char(encoding) AS encoding, datcollate, pg_get_userbyid(datdba) AS owner, current_setting('fsync') AS fsync
    FROM pg_database JOIN pg_roles ON rolname = current_user WHERE datname = current_database()`;
  expect(row).toEqual({ rolsuper: false, encoding: 'UTF8', datcollate: 'C', owner: 'signalbox', fsync: 'on' });
  await sql.end();
  await stack.stop();
});

test('a second start on the same state is refused, naming the holder, however the folder is called', async () => {
  const stack = await startStack(options());
  const other = join(folder, 'same');
  symlinkSync(stateDir, other);
  for (const path of [stateDir, other]) {
    await expect(startStack(options({ stateDir: path }))).rejects.toMatchObject({
      code: 'stack_busy',
      message: expect.stringMatching(
        new RegExp(`process ${process.pid}, since .*Postgres at 127.0.0.1:\\d+, Temporal at ${stack.temporal.address}`),
      ),
    });
  }
  expect(await readRunningStack(stateDir)).toBeDefined();
  await stack.stop();
});

test('takes the usual ports when they are free and others when they are taken', async () => {
  const taken = await Promise.all([occupiedPort(), occupiedPort()]);
  const usualPorts = { postgres: taken[0].port, temporal: taken[1].port };
  const first = await startStack(options({ usualPorts }));
  expect(new URL(first.databaseUrl).port).not.toBe(String(usualPorts.postgres));
  expect(first.temporal.address).not.toBe(`127.0.0.1:${usualPorts.temporal}`);
  await first.stop();
  for (const { server } of taken) await new Promise((resolve) => server.close(resolve));
  const second = await startStack(options({ usualPorts }));
  expect(new URL(second.databaseUrl).port).toBe(String(usualPorts.postgres));
  expect(second.temporal.address).toBe(`127.0.0.1:${usualPorts.temporal}`);
  await second.stop();
});

test('waits for a worker that is busy, and a second stop does not', async () => {
  const stack = await startStack(
    options({ workers: { ...options().workers, count: 1, graceMs: 60_000 }, env: { ...process.env, STUBBORN: 'yes' } }),
  );
  const [pid] = stack.pids().workers;
  const stopped = stack.stop();
  expect(isAlive(pid as number)).toBe(true);
  await Promise.all([stopped, stack.stop()]);
  expect(isAlive(pid as number)).toBe(false);
});

test('ends what it has started when a worker cannot start, and says what the worker said', async () => {
  const broken = join(folder, 'broken.js');
  writeFileSync(broken, "console.error('no such provider'); process.exit(3);");
  const pids: number[] = [];
  const onEvent = ({ state, detail }: StackEvent) => {
    if (state === 'ready' && detail?.startsWith('pid ')) pids.push(Number(detail.slice(4)));
  };
  const failed = startStack(options({ workers: { count: 1, args: [broken], graceMs: 1_000 }, onEvent }));
  await expect(failed).rejects.toMatchObject({ code: 'internal', message: expect.stringMatching(/exit code 3.*no such provider/) });
  expect(pids).toHaveLength(2);
  await until(() => pids.every((pid) => !isAlive(pid)), 'both servers are gone');
  expect(await readRunningStack(stateDir)).toBeUndefined();
});

test('ends what it has started when the migrations fail', async () => {
  const failed = startStack(
    options({ migrate: () => Promise.reject(Object.assign(new Error('newer schema'), { code: 'schema_too_new' })) }),
  );
  await expect(failed).rejects.toMatchObject({ code: 'schema_too_new' });
  await (await startStack(options())).stop();
});

test('uses a Postgres and a Temporal of the user, starting neither', async () => {
  const database = await createTestDatabase();
  const temporal = await testServer('temporal');
  const migrated: string[] = [];
  const stack = await startStack(
    options({
      stateDir: join(folder, 'external'),
      config: { databaseUrl: database.url, temporal },
      migrate: async (url) => {
        migrated.push(url);
      },
    }),
  );
  expect(stack.pids()).toEqual({ postgres: undefined, temporal: undefined, workers: [] });
  expect(stack.temporal).toEqual(temporal);
  expect(migrated).toEqual([database.url]);
  expect(existsSync(join(folder, 'external', 'postgres'))).toBe(false);
  await stack.stop();
  await database.drop();
});

test('says so when the Postgres or the Temporal of the user does not answer', async () => {
  const temporal = { address: '127.0.0.1:9', namespace: 'default' };
  const state = { stateDir: join(folder, 'unreachable') };
  await expect(
    startStack(options({ ...state, config: { databaseUrl: 'postgres://u:secret@127.0.0.1:9/x', temporal: await testServer('temporal') } })),
  ).rejects.toMatchObject({
    code: 'database_unreachable',
    message: expect.not.stringContaining('secret'),
  });
  const database = await createTestDatabase();
  await expect(startStack(options({ ...state, config: { databaseUrl: database.url, temporal } }))).rejects.toMatchObject({
    code: 'engine_unreachable',
    message: expect.stringContaining('127.0.0.1:9'),
  });
  await expect(
    startStack(
      options({ ...state, config: { databaseUrl: database.url, temporal: { ...(await testServer('temporal')), namespace: 'nope' } } }),
    ),
  ).rejects.toMatchObject({
    code: 'engine_unreachable',
    message: expect.stringContaining('no namespace "nope"'),
  });
  await database.drop();
});

test('a database that does not answer is not waited out while the engine is being built', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'go'), '#!/bin/sh\nexec sleep 300\n', { mode: 0o755 });
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, XDG_CACHE_HOME: join(folder, 'empty-cache') };
  const config = { databaseUrl: 'postgres://u:p@127.0.0.1:9/x' };
  await expect(startStack(options({ stateDir: join(folder, 'impatient'), config, env }))).rejects.toMatchObject({
    code: 'database_unreachable',
  });
}, 20_000);

test('says so when the state folder cannot be written', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  await expect(startStack(options({ stateDir: join(file, 'state') }))).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringContaining('--state'),
  });
});

test('an initialisation that was cut short is done again', async () => {
  const cut = join(folder, 'cut');
  mkdirSync(join(cut, 'postgres.new'), { recursive: true });
  writeFileSync(join(cut, 'postgres.new', 'PG_VERSION'), 'rubbish');
  const stack = await startStack(options({ stateDir: cut }));
  await stack.stop();
  expect(readFileSync(join(cut, 'postgres', 'PG_VERSION'), 'utf8')).toBe('18\n');
});
