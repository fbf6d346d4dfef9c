/** kill -9 of Postgres, of Temporal, and of everything at once, while tasks run; the same data afterwards. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, startStack } from '../../client/stack/supervisor';
import { migrate } from '../../db/migrate';
import { type Installation, installOn } from '../support/installation';
import { killHard, until } from '../support/processes';
import { endSoundly, MODELS, NORTH_NAME, WORK, workPolicy } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess, type WorkerProcess } from '../support/worker-process';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-faults-')));
let stack: Stack;
let box: Installation;
let worker: WorkerProcess;

const TASKS = 24;

beforeAll(async () => {
  stack = await startStack({
    stateDir: join(folder, 'state'),
    config: {},
    env: process.env,
    migrate,
    workers: { count: 0, args: [], graceMs: 0 },
    usualPorts: { postgres: 0, temporal: 0 },
  });
  box = await installOn(stack, { models: MODELS, policy: workPolicy({ attempts: { ...workPolicy().attempts!, maxTaskMs: 120_000 } }) });
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 500 }] } });
  worker = await startWorkerProcess(box.environment);
}, 90_000);

afterAll(async () => {
  await endWorkerProcesses();
  try {
    await endSoundly(box);
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

/** Submits tasks, does harm while some have ended and others are being called, and waits for every outcome. */
async function expectAllToEndOnceDespite(harm: () => Promise<void>): Promise<void> {
  const before = box.billed().length;
  const submitted = await Promise.all(Array.from({ length: TASKS }, () => box.client.submit(WORK)));
  await until(() => box.billed().length >= before + 2, 'models have begun', 30_000);
  await harm();
  await until(haveAllEnded, 'every task has ended', 90_000);
  const results = await Promise.all(submitted.map(({ taskId }) => box.client.result(taskId)));
  expect(results.filter(({ outcome }) => outcome === 'completed')).toHaveLength(TASKS);
}

async function haveAllEnded(): Promise<boolean> {
  try {
    const [open] = await box.db.sql`SELECT FROM tasks WHERE ended_at IS NULL LIMIT 1`;
    return open === undefined;
  } catch {
    return false; // the database is still away
  }
}

/** Kills a server; returns the process that it was. */
async function killed(part: 'postgres' | 'temporal'): Promise<number> {
  const pid = stack.pids()[part] as number;
  await killHard(pid);
  return pid;
}

test('Postgres is killed while calls are in flight: every task ends once, and what was answered meanwhile is kept', async () => {
  await expectAllToEndOnceDespite(async () => {
    await killed('postgres');
  });
}, 120_000);

test('Temporal is killed while calls are in flight: every task ends once', async () => {
  await expectAllToEndOnceDespite(async () => {
    await killed('temporal');
  });
}, 120_000);

test('Postgres, Temporal and the worker are killed together: every task ends once after they are back', async () => {
  await expectAllToEndOnceDespite(async () => {
    const [postgres, temporal] = await Promise.all([killed('postgres'), killed('temporal'), worker.kill()]);
    const isBack = (part: 'postgres' | 'temporal', old: number) => ![undefined, old].includes(stack.pids()[part]);
    await until(() => isBack('postgres', postgres) && isBack('temporal', temporal), 'both servers are back', 60_000);
    worker = await startWorkerProcess(box.environment);
  });
}, 180_000);
