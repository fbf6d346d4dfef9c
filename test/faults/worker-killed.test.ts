/** kill -9 of a worker process at every moment of a task's story, and an orderly stop. */

import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { Blockade } from '../support/blockade';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, endSoundly, MODELS, NORTH_NAME, WORK, workPolicy } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
});

afterEach(async () => {
  await endWorkerProcesses();
  await endSoundly(box);
});

async function submit(name: string): Promise<string> {
  return (await box.client.submit({ ...WORK, externalId: name })).taskId;
}

function billsOf(taskId: string): number {
  return box.billed().filter((call) => call.taskId === taskId).length;
}

/** Submits a task and waits until its model has begun. */
async function submitAndBegin(name: string): Promise<string> {
  const taskId = await submit(name);
  await until(() => billsOf(taskId) === 1, `the model of ${name} has begun`);
  return taskId;
}

/** Puts something in the place of the script that can be opened and never read: the next call stops right before its model. */
function stopBeforeModel(): void {
  execFileSync('mkfifo', [`${box.scriptFile}.pipe`]);
  renameSync(`${box.scriptFile}.pipe`, box.scriptFile);
}

test('a worker killed with tasks at every moment of their story loses none, and pays for none twice without saying so', async () => {
  const quick = { kind: 'answer' } as const;
  const script = {
    tasks: {
      calling: [{ ...quick, latencyMs: 60_000 }, quick],
      answered: [{ ...quick, latencyMs: 1_000 }, quick],
      settled: [{ ...quick, latencyMs: 1_000 }, quick],
    },
  };
  box.script(script);
  const worker = await startWorkerProcess(box.environment);

  const calling = await submitAndBegin('calling');
  const answered = await submitAndBegin('answered');
  const beforeSettlement = await Blockade.ofTask(box.db, answered);
  const lost = await beforeSettlement.waitForBlocked(1);
  const settled = await submitAndBegin('settled');
  const duringSettlement = await Blockade.ofTask(box.db, settled);
  await duringSettlement.waitForBlocked(1);
  stopBeforeModel();
  const opened = await submit('opened');
  await until(async () => (await attemptsOf(box, opened)).length === 1, 'the attempt is committed');
  const beforeDecision = await Blockade.ofTable(box.db, 'routing_decisions');
  const deciding = await submit('deciding');
  const undecided = await beforeDecision.waitForBlocked(1);

  await worker.kill();
  await beforeSettlement.cutOff([...lost, ...undecided]);
  for (const blockade of [beforeSettlement, duringSettlement, beforeDecision]) await blockade.lift();
  box.script(script);
  await startWorkerProcess(box.environment);

  const inDoubtThenAnswered = ['north/small in_doubt in-doubt reserved', 'north/small answered usage'];
  const story = async (taskId: string) => {
    const { outcome } = await box.client.result(taskId, { timeoutMs: 45_000 });
    return { outcome, attempts: await attemptsOf(box, taskId), bills: billsOf(taskId) };
  };
  expect({
    deciding: await story(deciding),
    opened: await story(opened),
    calling: await story(calling),
    answered: await story(answered),
    settled: await story(settled),
  }).toEqual({
    deciding: { outcome: 'completed', attempts: ['north/small answered usage'], bills: 1 },
    opened: { outcome: 'completed', attempts: inDoubtThenAnswered, bills: 1 },
    calling: { outcome: 'completed', attempts: inDoubtThenAnswered, bills: 2 },
    answered: { outcome: 'completed', attempts: inDoubtThenAnswered, bills: 2 },
    settled: { outcome: 'completed', attempts: ['north/small answered usage'], bills: 1 },
  });
}, 120_000);

test('of two workers one is killed again and again while 40 tasks run, and each task ends once', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 400 }] } });
  await startWorkerProcess(box.environment);
  const victim = { current: await startWorkerProcess(box.environment) };
  const submitted = await Promise.all(Array.from({ length: 40 }, (_, index) => submit(`task-${index}`)));
  const ended = async () => {
    const [row] = await box.db.sql<[{ tasks: number }]>`SELECT count(*)::integer AS tasks FROM routing_outcomes`;
    return row.tasks;
  };
  for (const share of [5, 15, 25]) {
    await until(async () => (await ended()) >= share, `${share} tasks have ended`, 60_000);
    await victim.current.kill();
    victim.current = await startWorkerProcess(box.environment);
  }
  const results = await Promise.all(submitted.map((taskId) => box.client.result(taskId, { timeoutMs: 60_000 })));
  expect(results.filter(({ outcome }) => outcome === 'completed')).toHaveLength(40);
}, 180_000);

test('a worker that is told to stop ends its call, settles it, and exits in order', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 2_000 }] } });
  const worker = await startWorkerProcess(box.environment);
  const taskId = await submitAndBegin('running');
  expect(await worker.stop()).toBe(0);
  expect(await box.client.result(taskId, { timeoutMs: 1_000 })).toMatchObject({ outcome: 'completed', attempts: 1 });
});
