/**
 * The demonstration: recorded tasks through the real stack, with faults and a killed worker. Answers are recorded, everything
 * else is real: Postgres, Temporal, worker processes, the ledger.
 */

import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { connect, type Database } from '../../db/connect';
import { packageRoot } from '../../db/documents/package-root';
import { type RecordedTask, readRecording } from '../../db/documents/recording';
import { migrate } from '../../db/migrate';
import { type AuditReport, auditLedger } from '../../db/queries/audit-ledger';
import { callsOfWorker, type RunReport, runReport } from '../../db/queries/run-report';
import { countTasks } from '../../db/queries/tasks';
import { RoutingError } from '../../routing/errors';
import { readRulesFiles } from '../cli/input/rules-files';
import { createClient } from '../index';
import { applyRules } from '../stack/apply-rules';
import { type Stack, type StackEvent, startStack } from '../stack/supervisor';
import { demoCatalogueYaml, demoPolicyYaml, type ModelRecord, recordsOf } from './rules';
import { drawSample, type Sample } from './sample';
import { emptyDemoState } from './state';

export interface DemoOptions {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly tasks: number;
  readonly onStack: (event: StackEvent) => void;
  readonly onProgress: (progress: { readonly accepted: number; readonly ended: number; readonly of: number }) => void;
  readonly onKill: (pid: number) => void;
  readonly signal: AbortSignal;
}

export interface DemoReport {
  readonly tasks: number;
  readonly stackReadyMs: number;
  /** From the first submission to the last outcome. */
  readonly runMs: number;
  readonly run: RunReport;
  /** The same tasks, all on the model that was best over the history. */
  readonly best: ModelRecord & { readonly totalCostUsd: number };
  /** The worker that was ended, its calls at that moment, and those of them that left nothing behind. */
  readonly kill: { readonly pid: number; readonly inFlight: number; readonly inDoubt: number; readonly inDoubtNano: number };
  readonly audit: AuditReport;
  /** How many distinct routes the policy has, by class. */
  readonly classes: number;
  readonly stateDir: string;
}

const SEED = 'demo';
const WORKERS = 2;

/** Runs it, from an empty state to the figures of its last page, and stops everything it started. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const dataFile = join(packageRoot(), 'data', 'recorded', 'llmrouter.dev.jsonl.gz');
  const sample = drawSample(await readRecording(dataFile), options.tasks, SEED);
  await emptyDemoState(options.stateDir);
  writeFileSync(join(options.stateDir, 'signalbox.yaml'), demoCatalogueYaml(sample.history, dataFile));
  writeFileSync(join(options.stateDir, 'policy.yaml'), demoPolicyYaml(sample.history));
  const rules = await readRulesFiles(options.stateDir);

  const stack = await startStack({
    stateDir: options.stateDir,
    config: {},
    // A killed worker is noticed after this time; the default suits calls of minutes, and these take milliseconds.
    env: { ...options.env, HEARTBEAT_SECONDS: '3', UPKEEP_SECONDS: '5', LOG_LEVEL: 'warn' },
    async migrate(databaseUrl) {
      await migrate(databaseUrl);
      const db = connect(databaseUrl, { maxConnections: 1 });
      await applyRules(db, rules, 'demo').finally(() => db.close());
    },
    workers: { count: WORKERS, args: [join(packageRoot(), 'dist', 'worker', 'main.js')], graceMs: 10_000 },
    onEvent: options.onStack,
    signal: options.signal,
    usualPorts: { postgres: 0, temporal: 0 },
  });
  const db = connect(stack.databaseUrl, { maxConnections: 4 });
  try {
    return await watch(options, sample, stack, db);
  } finally {
    await db.close();
    await stack.stop();
  }
}

async function watch(given: DemoOptions, sample: Sample, stack: Stack, db: Database): Promise<DemoReport> {
  const startedAt = performance.now();
  const failing = new AbortController();
  const options = { ...given, signal: AbortSignal.any([given.signal, failing.signal]) };
  const submitting = submitAll(options, sample.tasks, stack);
  submitting.catch((error) => failing.abort(error)); // nobody waits for tasks that were not accepted
  const kill = await killHalfWay(options, stack, db);
  await submitting;
  await allEnded(options, db, sample.tasks.length);
  const runMs = performance.now() - startedAt;

  const [best] = recordsOf(sample.history);
  const onBest = recordsOf(sample.tasks).find(({ model }) => model === best!.model)!;
  const { inDoubt, inDoubtNano } = await callsOfWorker(db, `${hostname()}:${kill.pid}`);
  return {
    tasks: sample.tasks.length,
    stackReadyMs: stack.readyMs,
    runMs,
    run: await runReport(db),
    best: { ...onBest, totalCostUsd: onBest.meanCostUsd * sample.tasks.length },
    kill: { ...kill, inDoubt, inDoubtNano },
    audit: await auditLedger(db),
    classes: new Set(sample.tasks.map(({ task_class }) => task_class)).size,
    stateDir: options.stateDir,
  };
}

/** Submissions on their way at a time. */
const SUBMITTERS = 8;

async function submitAll({ signal }: DemoOptions, tasks: readonly RecordedTask[], stack: Stack): Promise<void> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = createClient({ databaseUrl: stack.databaseUrl, connection, namespace: stack.temporal.namespace, owner: 'demo' });
  const waiting = [...tasks];
  const submitter = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      signal.throwIfAborted();
      await client.submit({
        prompt: task.prompt,
        externalId: task.id,
        type: task.task_type,
        taskClass: task.task_class,
        idempotencyKey: task.id,
        maxOutputTokens: 400,
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
  } finally {
    await client.close();
    await connection.close();
  }
}

/** Longest time for one half of the tasks, in milliseconds: several times what they need. */
const PATIENCE_MS = 120_000;

/** Kills a worker as `kill -9` does, once half of the tasks have ended and it has calls in flight. */
async function killHalfWay(options: DemoOptions, stack: Stack, db: Database): Promise<{ readonly pid: number; readonly inFlight: number }> {
  for (const until = performance.now() + PATIENCE_MS; ; ) {
    const ended = await progress(options, db);
    const pid = stack.pids().workers[0];
    if (ended >= options.tasks / 2 && pid !== undefined) {
      const { running } = await callsOfWorker(db, `${hostname()}:${pid}`);
      if (running > 0 || ended >= options.tasks * 0.9) {
        process.kill(pid, 'SIGKILL');
        options.onKill(pid);
        return { pid, inFlight: running };
      }
    }
    if (performance.now() > until) throw tooSlow(options);
    await delay(20);
  }
}

async function allEnded(options: DemoOptions, db: Database, tasks: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while ((await progress(options, db)) < tasks) {
    if (performance.now() > until) throw tooSlow(options);
    await delay(100);
  }
}

function tooSlow({ stateDir }: DemoOptions): RoutingError {
  const logs = join(stateDir, 'logs');
  return new RoutingError('timed_out', `The tasks did not end within ${PATIENCE_MS / 1000} s. The logs of the workers are in ${logs}.`);
}

async function progress({ tasks, onProgress, signal }: DemoOptions, db: Database): Promise<number> {
  signal.throwIfAborted();
  const { accepted, running, ...ended } = await countTasks(db);
  const done = Object.values(ended).reduce((sum, count) => sum + count, 0);
  onProgress({ accepted: accepted + running + done, ended: done, of: tasks });
  return done;
}
