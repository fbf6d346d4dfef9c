/**
 * An installation of its own for one test: a database, a task queue, scripted models, and workers in this process.
 *
 * Nothing in it is shared with another test but the two servers, so that breakers, budgets and averages begin empty.
 */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { BilledCall, ScriptFile } from '../../activities/providers/scripted';
import { createClient, type SignalboxClient, type Submission, type TaskResult } from '../../client';
import { connect, type Database } from '../../db/connect';
import { REVIEW_ROLE } from '../../db/server';
import type { Model } from '../../routing/catalogue';
import type { Policy } from '../../routing/decision/policy';
import type { SlotSettings } from '../../routing/slots/settings';
import { readWorkerConfig } from '../../worker/config';
import { type RunningWorkers, startWorkers } from '../../worker/worker';
import { dispatchWorkflowId, reviewScheduleId, upkeepWorkflowId, WHOLE_SCOPE } from '../../workflows/messages';
import { createTestDatabase } from './database';
import { quietRuntime } from './quiet-runtime';
import { applyTestRules, type TestBudget } from './rules';
import { testServer } from './servers';

export interface InstallationOptions {
  readonly models: readonly Model[];
  readonly policy?: Partial<Policy>;
  readonly budgets?: readonly TestBudget[];
  readonly slots?: SlotSettings;
  /** Settings of the workers. */
  readonly settings?: Readonly<Record<string, string>>;
  /** By provider, the environment variable that its key is in; such a provider is a real one and must not be called. */
  readonly keys?: { readonly [provider: string]: string };
}

export interface Installation {
  readonly databaseUrl: string;
  readonly db: Database;
  /** The same database, with the rights of a review. */
  readonly reviewDb: Database;
  readonly client: SignalboxClient;
  readonly engine: Client;
  /** Task queue of its workflows. */
  readonly queue: string;
  /** Environment of a worker of this installation. */
  readonly environment: Readonly<Record<string, string>>;
  /** Says what the models do from now on. */
  script(file: ScriptFile): void;
  /** The file that says it; a test may put something in its place. */
  readonly scriptFile: string;
  /** What the models have billed so far. */
  billed(): readonly BilledCall[];
  /** Submits a task and waits for its outcome. */
  run(submission: Submission): Promise<TaskResult>;
  /** The workflow of a task. */
  workflow(taskId: string): WorkflowHandle;
  /** Puts other rules into force. */
  apply(changes: Partial<Pick<InstallationOptions, 'models' | 'policy' | 'budgets' | 'slots'>>): Promise<void>;
  /** Starts workers in this process, with these environment variables; they end with the installation. */
  work(secrets?: Readonly<Record<string, string>>): Promise<RunningWorkers>;
  /** Ends everything. */
  end(): Promise<void>;
}

/** Settings that make a test quick: what takes seconds in production takes as long as it must here. */
const QUICK = { HEARTBEAT_SECONDS: '2', UPKEEP_SECONDS: '0.5', SHUTDOWN_GRACE_SECONDS: '5', LOG_LEVEL: 'error', DATABASE_CONNECTIONS: '8' };

/** No task of a test takes longer, in milliseconds, unless something is broken. */
export const PATIENCE_MS = 30_000;

/** Where an installation lives. */
export interface InstallationServers {
  /** A database with the schema and nothing in it. */
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
}

/** Makes one without workers on the servers that all tests share: tasks are accepted and wait. */
export async function install(options: InstallationOptions): Promise<Installation> {
  const [database, temporal] = await Promise.all([createTestDatabase(), testServer('temporal')]);
  const installation = await installOn({ databaseUrl: database.url, temporal }, options);
  return {
    ...installation,
    async end() {
      await installation.end();
      await database.drop();
    },
  };
}

/** Makes one without workers on servers of the test's own. */
export async function installOn({ databaseUrl, temporal }: InstallationServers, options: InstallationOptions): Promise<Installation> {
  const { codePath } = await testServer('workflows');
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-scripted-'));
  const scripted = { script: join(folder, 'script.json'), ledger: join(folder, 'billed.jsonl') };
  const queue = `t${randomBytes(6).toString('hex')}.dispatch`;
  const db = connect(databaseUrl, { maxConnections: 4 });
  const reviewDb = connect(databaseUrl, { maxConnections: 2, role: REVIEW_ROLE });
  const connection = await Connection.connect({ address: temporal.address });
  const engine = new Client({ connection, namespace: temporal.namespace });
  const client = createClient({ databaseUrl, connection, namespace: temporal.namespace, dispatchQueue: queue });
  const environment = {
    ...QUICK,
    ...options.settings,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DISPATCH_QUEUE: queue,
  };
  let rules = options;
  const running: RunningWorkers[] = [];

  const installation: Installation = {
    databaseUrl,
    db,
    reviewDb,
    client,
    engine,
    queue,
    environment,
    scriptFile: scripted.script,
    script(file) {
      // Workers read it at every call: they must never see half of it.
      writeFileSync(`${scripted.script}.new`, JSON.stringify(file));
      renameSync(`${scripted.script}.new`, scripted.script);
    },
    billed: () => linesOf(scripted.ledger).map((line) => JSON.parse(line) as BilledCall),
    async run(submission) {
      const { taskId } = await client.submit(submission);
      return client.result(taskId, { timeoutMs: PATIENCE_MS });
    },
    workflow: (taskId) => engine.workflow.getHandle(dispatchWorkflowId(taskId)),
    async apply(changes) {
      rules = { ...rules, ...changes };
      await applyTestRules(db, { ...rules, scripted });
    },
    async work(secrets = {}) {
      quietRuntime();
      const workers = await startWorkers({
        config: readWorkerConfig(environment),
        secret: (name) => secrets[name],
        workflowBundle: { codePath },
      });
      running.push(workers);
      return workers;
    },
    async end() {
      await engine.workflow
        .getHandle(upkeepWorkflowId(queue))
        .terminate('the test has ended')
        .catch(() => {}); // no worker ever started it
      await engine.schedule
        .getHandle(reviewScheduleId(queue, WHOLE_SCOPE))
        .delete()
        .catch(() => {});
      await Promise.all(running.map((workers) => workers.drain()));
      await client.close();
      await reviewDb.close();
      await db.close();
      await connection.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  installation.script({});
  await installation.apply({});
  return installation;
}

/** Makes one with workers. */
export async function installWithWorkers(options: InstallationOptions): Promise<Installation> {
  const installation = await install(options);
  await installation.work();
  return installation;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return []; // nothing was billed yet
  }
}
