/** kill -9 of a worker between and within the steps of cascades: nothing is paid for twice, and no recorded result is made again. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Blockade } from '../support/blockade';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, endSoundly, LIMITS, MODELS, NORTH, SOUTH, SOUTH_NAME, WORK } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

let box: Installation;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-checks-'));
  // Fails every answer, and writes down that it was run.
  const script = `require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'runs'))}, 'x'); process.exit(1)`;
  const check = { kind: 'command', program: process.execPath, args: ['-e', script], timeoutMs: 20_000, minScore: 0.5 } as const;
  const steps = [{ model: NORTH.id, check }, { model: SOUTH.id }];
  const route = { kind: 'cascade', steps, stream: 'checked' } as const;
  box = await install({ models: MODELS, policy: { classes: { work: { route, tolerance: 0.05 } }, attempts: LIMITS } });
});

afterEach(async () => {
  await endWorkerProcesses();
  rmSync(folder, { recursive: true, force: true });
  await endSoundly(box);
});

function runsOfCheck(): number {
  try {
    return readFileSync(join(folder, 'runs'), 'utf8').length;
  } catch {
    return 0; // it was not run yet
  }
}

function billsOf(model: string): number {
  return box.billed().filter((call) => call.model === model).length;
}

test('killed while the result of a check is being recorded: the check is made again, and its step is not called again', async () => {
  const worker = await startWorkerProcess(box.environment);
  const beforeRecord = await Blockade.ofTable(box.db, 'cascade_steps');
  const { taskId } = await box.client.submit(WORK);
  const lost = await beforeRecord.waitForBlocked(1);
  expect(runsOfCheck()).toBe(1);
  await worker.kill();
  await beforeRecord.cutOff(lost);
  await beforeRecord.lift();
  await startWorkerProcess(box.environment);
  const result = await box.client.result(taskId, { timeoutMs: 45_000 });
  expect(result).toMatchObject({ outcome: 'completed', model: SOUTH.id, attempts: 2 });
  expect(await attemptsOf(box, taskId)).toEqual(['north/small answered usage', 'south/middle answered usage']);
  expect([billsOf(NORTH.id), billsOf(SOUTH.id), runsOfCheck()]).toEqual([1, 1, 2]);
}, 120_000);

test('killed during the second step: the first is neither called nor checked again, and the second is paid for twice and says so', async () => {
  box.script({
    models: {
      [SOUTH_NAME]: [
        { kind: 'answer', latencyMs: 1 },
        { kind: 'answer', latencyMs: 60_000 },
        { kind: 'answer', latencyMs: 1 },
      ],
    },
  });
  const worker = await startWorkerProcess(box.environment);
  const { taskId } = await box.client.submit(WORK);
  await until(() => billsOf(SOUTH.id) === 1, 'the second step has begun');
  await worker.kill();
  await startWorkerProcess(box.environment);
  const result = await box.client.result(taskId, { timeoutMs: 45_000 });
  expect(result).toMatchObject({ outcome: 'completed', model: SOUTH.id });
  expect(await attemptsOf(box, taskId)).toEqual([
    'north/small answered usage',
    'south/middle in_doubt in-doubt reserved',
    'south/middle answered usage',
  ]);
  expect([billsOf(NORTH.id), runsOfCheck()]).toEqual([1, 1]);
}, 120_000);
