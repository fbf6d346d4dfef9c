/**
 * The embedded servers, and workers in this process, for what is measured end to end. Everything is in a folder of its own and
 * gone afterwards.
 */

import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type SignalboxClient } from '../../client';
import { type Stack, startStack } from '../../client/stack/supervisor';
import { connect, type Database } from '../../db/connect';
import { catalogueOf, storedCatalogueToJson } from '../../db/documents/catalogue-document';
import { policySha256, policyToJson } from '../../db/documents/policy-document';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { migrate } from '../../db/migrate';
import { applyBudgets, applyCatalogue, applyPolicy, type BudgetRow, loadPolicy } from '../../db/queries/rules';
import type { Model } from '../../routing/catalogue';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { readWorkerConfig } from '../../worker/config';
import { type RunningWorkers, startWorkers } from '../../worker/worker';

export interface Servers {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly db: Database;
  stop(): Promise<void>;
}

/** Postgres and Temporal as `signalbox up` starts them, with rules in force and without workers. */
export async function startServers(budgets: readonly BudgetRow[] = []): Promise<Servers> {
  const folder = temporaryFolder();
  const stack: Stack = await startStack({
    stateDir: folder,
    config: {},
    env: process.env,
    migrate,
    workers: { count: 0, args: [], graceMs: 0 },
    usualPorts: { postgres: 0, temporal: 0 },
  });
  const db = connect(stack.databaseUrl, { maxConnections: 4, applicationName: 'signalbox-bench' });
  await applyInstantRules(db, budgets);
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

/** A folder that a Postgres run by another user can pass through. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-bench-')));
  chmodSync(folder, 0o711);
  return folder;
}

export const MODELS = 20;

/** The first 20 models of the starting catalogue, answered at once by a script. */
export function instantModels(): Model[] {
  const { catalogue } = loadStartingCatalogue();
  return [...catalogue.models.values()].slice(0, MODELS).map((model) => ({
    ...model,
    id: `instant/${model.id.replaceAll('/', '-')}`,
    provider: 'instant',
    pool: 'calls',
  }));
}

async function applyInstantRules(db: Database, budgets: readonly BudgetRow[]): Promise<void> {
  const models = instantModels();
  const provider = { name: 'instant', kind: 'scripted', allowPrivateNetwork: false, options: {} } as const;
  const stored = catalogueOf(models, new Map(), [provider], [{ name: 'calls', concurrency: 60 }]);
  const guarded = models.map(({ id, status, privacyTiers, regions }) => ({ id, provider: 'instant', status: status.kind, privacyTiers, regions }));
  await applyCatalogue(db, { version: stored.catalogue.version, body: storedCatalogueToJson(stored), models: guarded }, 'bench');
  const base = (await loadPolicy(db))?.version;
  await applyPolicy(db, { body: policyToJson(DEFAULT_POLICY), sha256: policySha256(DEFAULT_POLICY), base }, 'bench', []);
  await applyBudgets(db, budgets, 'bench');
}

/** Workers in this process, and a client on their connection, so that tasks start eagerly. */
export interface Installation {
  readonly workers: RunningWorkers;
  readonly client: SignalboxClient;
  stop(): Promise<void>;
}

/** @param queue prefix of its task queues, to keep two installations apart on one server */
export async function startInstallation(
  { temporalAddress }: Servers,
  databaseUrl: string,
  queue: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const config = readWorkerConfig({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    DISPATCH_QUEUE: `${queue}.dispatch`,
    LOG_LEVEL: 'warn',
    SHUTDOWN_GRACE_SECONDS: '5',
    ...settings,
  });
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
