/** What the stack does when its processes are killed. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { readRunningStack } from '../../client/stack/state';
import { isAlive, killHard, untilGone } from '../support/processes';
import { endStackProcesses, type StackProcess, startStackProcess } from '../support/stack-process';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-kill-')));
const stateDir = join(folder, 'state');

afterAll(async () => {
  await endStackProcesses();
  rmSync(folder, { recursive: true, force: true });
});

/** Leaves a mark in both servers; given a mark, first finds it there. */
async function useBoth(stack: StackProcess, mark: string, earlier: readonly string[]): Promise<void> {
  const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => {} });
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    await sql`CREATE TABLE IF NOT EXISTS marks (mark text PRIMARY KEY)`;
    await sql`INSERT INTO marks VALUES (${mark})`;
    expect((await sql<{ mark: string }[]>`SELECT mark FROM marks`).map((row) => row.mark).sort()).toEqual([...earlier, mark].sort());
    const client = new Client({ connection });
    await client.workflow.start('any', { workflowId: mark, taskQueue: 'none' });
    for (const workflowId of [...earlier, mark]) {
      expect((await client.workflow.getHandle(workflowId).describe()).status.name).toBe('RUNNING');
    }
  } finally {
    await connection.close();
    await sql.end();
  }
}

test('a killed Postgres, Temporal or worker is started again on the same port with the same data', async () => {
  const stack = await startStackProcess(stateDir, { workers: 1 });
  await useBoth(stack, 'before', []);
  const readyAgain = [stack.event('postgres', 'ready'), stack.event('temporal', 'ready'), stack.event('worker 1', 'ready')];
  for (const pid of [stack.pids.postgres, stack.pids.temporal, stack.pids.workers[0]]) await killHard(pid as number);
  await Promise.all(readyAgain);
  await useBoth(stack, 'after', ['before']);
  expect((await readRunningStack(stateDir))?.pids.workers).not.toEqual(stack.pids.workers);
  await stack.stop();
});

test('a new start takes over the data from what a killed supervisor left running, and its workers end by themselves', async () => {
  const first = await startStackProcess(stateDir, { workers: 1 });
  await first.killSupervisor();
  await untilGone(first.pids.workers[0] as number);
  expect(isAlive(first.pids.postgres as number)).toBe(true);
  expect(isAlive(first.pids.temporal as number)).toBe(true);

  const second = await startStackProcess(stateDir);
  expect(isAlive(first.pids.postgres as number)).toBe(false);
  expect(isAlive(first.pids.temporal as number)).toBe(false);
  await useBoth(second, 'second', ['before', 'after']);
  await second.stop();
});

test('a new start works when everything was killed at once, also a server process that was busy', async () => {
  const first = await startStackProcess(stateDir);
  const sql = postgres(first.databaseUrl, { max: 1, onnotice: () => {} });
  const [backend] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  const busy = sql`SELECT count(*) FROM generate_series(1, 1e12::bigint)`.catch(() => 'lost');
  await killHard(first.pid);
  await killHard(first.pids.postgres as number);
  await killHard(first.pids.temporal as number);

  const second = await startStackProcess(stateDir);
  expect(isAlive(backend?.pid as number)).toBe(false);
  await expect(busy).resolves.toBe('lost');
  await sql.end({ timeout: 0 });
  await useBoth(second, 'third', ['before', 'after', 'second']);
  await second.stop();
});
