/** What `signalbox doctor` finds, on parts that are well and parts that are not. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { type Check, checkStack, type Examination } from '../../client/stack/doctor';
import { createTestDatabase } from '../support/database';
import { testServer } from '../support/servers';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function examination(overrides: Partial<Examination> = {}): Examination {
  return {
    stateDir: join(folder, 'state'),
    config: {},
    env: process.env,
    nodeVersion: process.versions.node,
    queues: [],
    checkSchema: async () => ({ ok: true, detail: 'current' }),
    checkProviders: async () => [],
    ...overrides,
  };
}

async function findings(overrides: Partial<Examination>): Promise<Record<string, Check>> {
  return Object.fromEntries((await checkStack(examination(overrides))).map((check) => [check.name, check]));
}

test('finds every part of a healthy stack well, with the workers on its queues', async () => {
  const database = await createTestDatabase();
  const temporal = await testServer('temporal');
  const connection = await NativeConnection.connect({ address: temporal.address });
  const worker = await Worker.create({ connection, taskQueue: 'doctor-polled', activities: { nothing: async () => {} } });
  const running = worker.run();
  const queues = [
    { name: 'doctor-polled', kind: 'activity' },
    { name: 'doctor-forgotten', kind: 'activity' },
  ] as const;
  let found = await findings({ config: { databaseUrl: database.url, temporal }, queues });
  while (!found['queue doctor-polled']?.ok) found = await findings({ config: { databaseUrl: database.url, temporal }, queues });
  worker.shutdown();
  await running;
  await connection.close();
  await database.drop();

  expect(found.postgres).toMatchObject({ ok: true, detail: expect.stringMatching(/^version 18\.\d+/) });
  expect(found.schema).toEqual({ name: 'schema', ok: true, detail: 'current' });
  expect(found.clock).toMatchObject({ ok: true });
  expect(found.temporal).toMatchObject({ ok: true, detail: expect.stringMatching(/^server 1\.\d+\.\d+ at .*, namespace default$/) });
  expect(found['state folder']).toMatchObject({ ok: true, detail: expect.stringContaining('not made yet') });
  expect(found['queue doctor-forgotten']).toMatchObject({ ok: false, remedy: expect.stringContaining('signalbox worker') });
});

test('says which part does not answer and what to do, and still looks at the others', async () => {
  const silent = createServer((socket) => visitors.push(socket)); // accepts, and says nothing
  const visitors: Socket[] = [];
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const found = await findings({
    config: { databaseUrl: `postgres://u:secret@${address}/x`, temporal: { address, namespace: 'default' } },
  });
  for (const visitor of visitors) visitor.destroy();
  silent.close();
  expect(found.postgres).toMatchObject({ ok: false, remedy: expect.stringContaining('DATABASE_URL') });
  expect(found.temporal).toMatchObject({
    ok: false,
    detail: expect.stringContaining(address),
    remedy: expect.stringContaining('TEMPORAL_ADDRESS'),
  });
  expect(found.node).toMatchObject({ ok: true });
  expect(JSON.stringify(found)).not.toContain('secret');
});

test('without a running stack it says how to start one', async () => {
  const found = await findings({});
  for (const part of ['postgres', 'temporal'])
    expect(found[part]).toMatchObject({ ok: false, remedy: expect.stringContaining('signalbox up') });
});

test('finds an old Node, a state folder that cannot be, an engine that is not there, and a broken catalogue', async () => {
  writeFileSync(join(folder, 'file'), '');
  const found = await findings({
    nodeVersion: '20.1.0',
    stateDir: join(folder, 'file', 'state'),
    env: { HOME: folder, XDG_CACHE_HOME: folder, PATH: folder },
    checkProviders: () => Promise.reject(new Error('line 3: no such provider')),
  });
  expect(found.node).toMatchObject({ ok: false, detail: expect.stringContaining('older') });
  expect(found['state folder']).toMatchObject({ ok: false });
  expect(found['temporal engine']).toMatchObject({ ok: false, detail: expect.stringContaining('temporal on the PATH: none there') });
  expect(found.providers).toMatchObject({ ok: false, detail: 'line 3: no such provider' });
});
