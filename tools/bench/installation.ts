/**
 * The embedded servers, and workers in this process, for what is measured end to end. Everything is in a folder of its own and
 * gone afterwards.
 */

import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type SignalboxClient } from '../../client';
import { startStack } from '../../client/stack/supervisor';
import { connect, type Database } from '../../db/connect';
import { migrate } from '../../db/migrate';
import { readWorkerConfig } from '../../worker/config';
import { type RunningWorkers, startWorkers } from '../../worker/worker';
import { applyInstantRules } from './instant-rules';

export interface Servers {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly db: Database;
  stop(): Promise<void>;
}

/** Postgres and Temporal as `signalbox up` starts them, with rules in force and without workers. */
export async function startServers(): Promise<Servers> {
  const folder = temporaryFolder();
  const stack = await startStack({
    stateDir: folder,
    config: {},
    env: process.env,
    migrate,
    workers: { count: 0, args: [], graceMs: 0 },
    usualPorts: { postgres: 0, temporal: 0 },
  });
  const db = connect(stack.databaseUrl, { maxConnections: 4, applicationName: 'signalbox-bench' });
  await applyInstantRules(db);
  return {
    databaseUrl: stack.databaseUrl,
    temporalAddress: stack.temporal.address,
    db,
    async stop() {
      await db.close();
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An empty folder for a state; run by root, Postgres is another user, who must be able to pass through. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-bench-')));
  chmodSync(folder, 0o711);
  return folder;
}

/** Environment of a worker of the benchmark. */
export function workerEnvironment({ temporalAddress }: Servers, databaseUrl: string, name: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    DISPATCH_QUEUE: dispatchQueueOf(name),
    LOG_LEVEL: 'error',
    SHUTDOWN_GRACE_SECONDS: '5',
  };
}

export function dispatchQueueOf(name: string): string {
  return `${name}.dispatch`;
}

/** Workers in this process, and a client on their connection, so that tasks start eagerly. */
export interface Installation {
  readonly workers: RunningWorkers;
  readonly client: SignalboxClient;
  stop(): Promise<void>;
}

/**
 * @param databaseUrl how the workers and the client reach Postgres: directly, or through something that watches
 * @param name        keeps the task queues of two installations on one server apart
 */
export async function startInstallation(servers: Servers, databaseUrl: string, name: string): Promise<Installation> {
  const config = readWorkerConfig(workerEnvironment(servers, databaseUrl, name));
  const workers = await startWorkers({
    config,
    secret: () => undefined,
    workflowBundle: { codePath: join(__dirname, '..', '..', 'workflow-bundle.js') },
  });
  const client = createClient({
    databaseUrl,
    connection: workers.client.connection,
    dispatchQueue: config.dispatchQueue,
    eager: true,
    owner: 'bench',
  });
  return {
    workers,
    client,
    async stop() {
      await client.close();
      await workers.drain();
    },
  };
}
