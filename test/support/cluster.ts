/**
 * A Temporal cluster as a company runs it: the full server with its own databases on Postgres.
 *
 * All four services run in one process here; in a company each has its own. The client's view is the same.
 */

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time';
import { stringify } from 'yaml';
import { describeEnd, endChild, lastWords, startChild } from '../../client/stack/child';
import { type ServerBinaries, temporalServerBinaries } from '../../client/stack/engine';
import { choosePort } from '../../client/stack/ports';
import { POSTGRES_END, startPostgres } from '../../client/stack/postgres';
import { SEARCH_ATTRIBUTES, TEMPORAL_END } from '../../client/stack/temporal';
import { temporalFacts, waitUntilServing } from '../../client/stack/temporal-connection';

export interface TestCluster {
  readonly address: string;
  readonly namespace: string;
  readonly serverVersion: string;
  /** The application's database, on the same Postgres as Temporal's. Has no tables yet. */
  readonly databaseUrl: string;
  readonly serverPid: number;
  stop(): Promise<void>;
}

const NAMESPACE = 'signalbox';
const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
/** The API's number of the type Keyword. */
const KEYWORD = 2;

/** Builds what is missing and starts the cluster with a namespace and our search attributes. */
export async function startTestCluster(onProgress: (message: string) => void): Promise<TestCluster> {
  const binaries = await temporalServerBinaries({ env: process.env, onProgress });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-cluster-')));
  chmodSync(folder, 0o711); // run by root, Postgres is another user
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), durable: false });
  const stopPostgres = () => endChild(postgres.child, POSTGRES_END);
  try {
    await createSchema(binaries, postgres.adminUrl);
    const server = await startServer(binaries, folder, postgres.adminUrl);
    await registerNamespace(server.address);
    const where = { address: server.address, namespace: NAMESPACE };
    return {
      ...where,
      serverVersion: (await temporalFacts(where)).serverVersion,
      databaseUrl: postgres.url,
      serverPid: server.child.pid,
      async stop() {
        await endChild(server.child, TEMPORAL_END);
        await stopPostgres();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stopPostgres();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function createSchema({ sqlTool, schemaDir }: ServerBinaries, adminUrl: string): Promise<void> {
  const { hostname, port, username, password } = new URL(adminUrl);
  for (const [database, schema] of [
    ['temporal', 'temporal'],
    ['temporal_visibility', 'visibility'],
  ] as const) {
    const at = ['--plugin', 'postgres12', '--endpoint', hostname, '--port', port, '--user', username, '--database', database];
    for (const command of [
      ['create-database'],
      ['setup-schema', '-v', '0.0'],
      ['update-schema', '--schema-dir', join(schemaDir, schema, 'versioned')],
    ]) {
      await promisify(execFile)(sqlTool, [...at, ...command], { env: { SQL_PASSWORD: password }, timeout: 120_000 });
    }
  }
}

async function startServer({ server }: ServerBinaries, folder: string, adminUrl: string) {
  const config = await serverConfig(adminUrl);
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config', 'signalbox.yaml'), stringify(config), { mode: 0o600 });
  const logFile = join(folder, 'server.log');
  const args = ['--root', folder, '--config', 'config', '--env', 'signalbox', '--allow-no-auth', 'start'];
  const child = await startChild({ program: server, args, env: { HOME: folder }, logFile, cwd: folder });
  const address = `127.0.0.1:${config.services.frontend?.rpc.grpcPort}`;
  let end: string | undefined;
  void child.ended.then((ended) => {
    end = describeEnd(ended);
  });
  if (await waitUntilServing({ address, namespace: 'temporal-system' }, 60_000, () => end !== undefined)) return { child, address };
  await endChild(child, TEMPORAL_END);
  throw new Error(`temporal-server did not start (${end ?? 'not ready'}): ${lastWords(child)}`);
}

async function serverConfig(adminUrl: string) {
  const { host, username: user, password } = new URL(adminUrl);
  const store = (databaseName: string) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: host,
      connectProtocol: 'tcp',
      user,
      password,
      maxConns: 20,
      maxIdleConns: 20,
    },
  });
  const services: Record<string, { rpc: { grpcPort: number; membershipPort: number; bindOnLocalHost: boolean; httpPort?: number } }> = {};
  for (const name of SERVICES) {
    services[name] = { rpc: { grpcPort: await choosePort(), membershipPort: await membershipPort(), bindOnLocalHost: true } };
  }
  const rpcAddress = `127.0.0.1:${services.frontend?.rpc.grpcPort}`;
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 4,
      datastores: { default: store('temporal'), visibility: store('temporal_visibility') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services,
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: { active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress } },
    },
    dcRedirectionPolicy: { policy: 'noop' },
  };
}

/** Temporal keeps the ports of its members in a signed 16-bit column, so the ones that the system gives are too high. */
async function membershipPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(12_000 * Math.random());
    if ((await choosePort(port)) === port) return port;
  }
}

/** Every service reads a new namespace and its search attributes only when it refreshes its caches, after some seconds. */
async function registerNamespace(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const { workflowService, operatorService } = connection;
    await workflowService.registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod: msToTs('1 day') });
    const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD]));
    await untilItWorks(() => operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes }));
    const { workflow } = new Client({ connection, namespace: NAMESPACE });
    const typedSearchAttributes = SEARCH_ATTRIBUTES.map((name) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value: 'probe' }));
    const probe = { workflowId: 'probe', taskQueue: 'nobody', typedSearchAttributes };
    await untilItWorks(async () => (await workflow.start('probe', probe)).terminate());
  } finally {
    await connection.close();
  }
}

async function untilItWorks(work: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(250);
    }
  }
}
