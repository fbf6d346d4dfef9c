/** kill -9 of the process that submits: what was committed is worked on, what was not never was. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Blockade } from '../support/blockade';
import { type Installation, install } from '../support/installation';
import { killHard, until } from '../support/processes';
import { endSoundly, MODELS, workPolicy } from '../support/scenario';

let box: Installation;
let deafTemporal: Server;
let submitter: ChildProcess;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  // Takes connections and never answers, so that the submitter is caught between its commit and the start of the workflow.
  deafTemporal = createServer().listen(0, '127.0.0.1');
  await once(deafTemporal, 'listening');
});

afterEach(async () => {
  submitter.kill('SIGKILL');
  deafTemporal.close();
  await endSoundly(box);
});

function submitElsewhere(): void {
  const { port } = deafTemporal.address() as AddressInfo;
  submitter = fork(join(__dirname, 'processes', 'submit.ts'), [box.databaseUrl, `127.0.0.1:${port}`], {
    execArgv: ['--require', join(__dirname, '..', 'support', 'typescript.js')],
  });
}

async function taskIds(): Promise<string[]> {
  return (await box.db.sql<{ id: string }[]>`SELECT id FROM tasks`).map(({ id }) => id);
}

test('a task whose submitter is killed right after the commit, before it could start anything, is worked on', async () => {
  await box.work();
  submitElsewhere();
  await until(async () => (await taskIds()).length === 1, 'the task is committed', 20_000);
  await killHard(submitter.pid as number);
  const [taskId = ''] = await taskIds();
  expect(await box.client.result(taskId, { timeoutMs: 20_000 })).toMatchObject({ outcome: 'completed', attempts: 1 });
});

test('a task whose submitter is killed before the commit does not exist', async () => {
  const blockade = await Blockade.ofTable(box.db, 'tasks');
  submitElsewhere();
  const [backend] = await blockade.waitForBlocked(1);
  await killHard(submitter.pid as number);
  await blockade.cutOff([backend as number]);
  await blockade.lift();
  expect(await taskIds()).toEqual([]);
  const keys = await box.db.sql`SELECT FROM idempotency_keys`;
  expect(keys).toHaveLength(0);
});

test('a submitter is acknowledged though Temporal does not answer, and upkeep starts its task', async () => {
  submitElsewhere();
  const [submitted] = (await once(submitter, 'message')) as [{ taskId: string; isStarted: boolean }];
  expect(submitted).toMatchObject({ isExisting: false, isStarted: false });
  await box.work();
  expect(await box.client.result(submitted.taskId, { timeoutMs: 20_000 })).toMatchObject({ outcome: 'completed' });
});
