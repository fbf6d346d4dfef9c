/**
 * Records real histories of workflows into test/histories, one per scenario, for test/workflows/replay.test.ts.
 *
 * Run it after adding a scenario: `npm run jest -- --testMatch '<rootDir>/test/support/record-histories.ts'`. It never writes over
 * a history: a change of a workflow that does not replay one needs `patched`, not another recording.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { upkeepWorkflowId } from '../../workflows/messages';
import { fetchHistory, HISTORIES } from './histories';
import { type Installation, type InstallationOptions, install } from './installation';
import { until } from './processes';
import { DEAREST, LIMITS, MODELS, NORTH, NORTH_NAME, RESERVED, routeOver, WORK, workPolicy } from './scenario';
import { endWorkerProcesses, startWorkerProcess } from './worker-process';

const base: InstallationOptions = { models: MODELS, policy: workPolicy() };

/** A budget for one task, and patience for it. */
const ONE_AT_A_TIME: InstallationOptions = {
  models: [NORTH],
  policy: workPolicy({ classes: { work: routeOver([NORTH]) }, attempts: { ...LIMITS, backoffMs: 400, maxWaitMs: 500 } }),
  budgets: [{ period: 'day', limitNano: RESERVED }],
};

/** Records what `story` leads to, unless it is recorded. */
function record(
  workflow: string,
  scenario: string,
  options: InstallationOptions,
  story: (box: Installation) => Promise<WorkflowHandle>,
): void {
  const file = join(HISTORIES, workflow, `${scenario}.json`);
  const recordNew = existsSync(file) ? test.skip : test;
  recordNew(`${workflow}/${scenario}`, async () => {
    const box = await install(options);
    try {
      const history = await fetchHistory(await story(box));
      mkdirSync(join(HISTORIES, workflow), { recursive: true });
      writeFileSync(file, `${JSON.stringify(history, undefined, 1)}\n`, { flag: 'wx' });
    } finally {
      await endWorkerProcesses();
      await box.end();
    }
  });
}

/** A task that runs to its end with one worker. */
function task(
  scenario: string,
  options: Partial<InstallationOptions>,
  script: Parameters<Installation['script']>[0],
  submission: object = {},
): void {
  record('dispatch-task', scenario, { ...base, ...options }, async (box) => {
    box.script(script);
    await box.work();
    const { taskId } = await box.run({ ...WORK, ...submission });
    await box.workflow(taskId).result();
    return box.workflow(taskId);
  });
}

task('happy', {}, {});
task('dry-run', {}, {}, { dryRun: true });
task('fallback', {}, { models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'server-error' }] } });
task('rate-limited', {}, { models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 1_000 }, { kind: 'answer' }] } });
task('all-failed', {}, { models: { '*': [{ kind: 'fault', fault: 'overloaded' }] } });
task('refused-by-privacy', { models: MODELS.map((model) => ({ ...model, privacyTiers: ['public'] })) }, {}, { privacyTier: 'restricted' });
task('refused-by-budget', { budgets: [{ period: 'day', limitNano: 1 }] }, {});

record('dispatch-task', 'cancelled', base, async (box) => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 15_000 }] } });
  await box.work();
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await box.client.cancel(taskId);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'cancelled-before-start', base, async (box) => {
  const { taskId } = await box.client.submit(WORK);
  await box.client.cancel(taskId);
  await box.work();
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'budget-busy-then-exhausted', ONE_AT_A_TIME, async (box) => {
  box.script({ models: { '*': [{ ...DEAREST, latencyMs: 1_500 }] } });
  await box.work();
  await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the first task holds all the money');
  const { taskId } = await box.run(WORK);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'in-doubt', base, async (box) => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 30_000 }, { kind: 'answer' }] } });
  const worker = await startWorkerProcess(box.environment);
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await worker.kill();
  await box.work();
  await box.client.result(taskId, { timeoutMs: 60_000 });
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

/** The upkeep of an installation after some rounds; it never ends, so its history is one of a running workflow. */
async function upkeepAfterRounds(box: Installation): Promise<WorkflowHandle> {
  const handle = box.engine.workflow.getHandle(upkeepWorkflowId(box.queue));
  await until(async () => (await handle.describe()).historyLength > 20, 'some rounds are done', 30_000);
  return handle;
}

record('upkeep', 'rounds', base, async (box) => {
  await box.work();
  return upkeepAfterRounds(box);
});

record('upkeep', 'failing-rounds', base, async (box) => {
  await box.work();
  await box.db.sql`ALTER TABLE reservations RENAME COLUMN expires_at TO misplaced`;
  return upkeepAfterRounds(box);
});
