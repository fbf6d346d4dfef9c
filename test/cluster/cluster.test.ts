/** Signalbox on a Temporal cluster with its own databases on Postgres, rather than on the development server. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { createClient } from '../../client';
import { connect } from '../../db/connect';
import { packageRoot } from '../../db/documents/package-root';
import { migrate } from '../../db/migrate';
import { auditLedger } from '../../db/queries/audit-ledger';
import { callsOfWorker } from '../../db/queries/run-report';
import { countTasks } from '../../db/queries/stats';
import { startTestCluster, type TestCluster } from '../support/cluster';
import { until } from '../support/processes';
import { applyTestRules } from '../support/rules';
import { MODELS, WORK, workPolicy } from '../support/scenario';

let cluster: TestCluster;

beforeAll(async () => {
  let saidAt = 0;
  cluster = await startTestCluster((message) => {
    if (Date.now() - saidAt < 5_000) return;
    saidAt = Date.now();
    process.stderr.write(`${message}\n`);
  });
});
afterAll(() => cluster?.stop());

test('two worker processes, one of them killed during 50 tasks: every task has one outcome', async () => {
  await migrate(cluster.databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-cluster-work-'));
  const scripted = { script: join(folder, 'script.json'), ledger: join(folder, 'billed.jsonl') };
  writeFileSync(scripted.script, JSON.stringify({ models: { '*': [{ kind: 'answer', latencyMs: 300 }] } }));
  const db = connect(cluster.databaseUrl, { maxConnections: 4 });
  await applyTestRules(db, { models: MODELS, policy: workPolicy(), scripted });
  const workers = await Promise.all([startWorker(), startWorker()]);
  const connection = await Connection.connect({ address: cluster.address });
  const client = createClient({ databaseUrl: cluster.databaseUrl, connection, namespace: cluster.namespace });
  try {
    const submitted = await Promise.all(Array.from({ length: 50 }, (_, index) => client.submit({ ...WORK, prompt: `Task ${index}` })));
    const victim = `${hostname()}:${workers[0]!.pid}`;
    await until(async () => (await callsOfWorker(db, victim)).running > 0, 'the worker to be killed has calls in flight');
    process.kill(workers[0]!.pid!, 'SIGKILL');
    const results = await Promise.all(submitted.map(({ taskId }) => client.result(taskId, { timeoutMs: 90_000 })));
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(50).fill('completed'));
    expect((await callsOfWorker(db, victim)).inDoubt).toBeGreaterThan(0);
    expect((await auditLedger(db)).ok).toBe(true);
    expect(await countTasks(db)).toMatchObject({ accepted: 0, running: 0, completed: 50 });
  } finally {
    for (const worker of workers) if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGTERM');
    await Promise.all(workers.map((worker) => worker.signalCode ?? worker.exitCode ?? once(worker, 'exit')));
    await client.close();
    await connection.close();
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A worker as `signalbox worker` runs it; resolves when it polls. */
async function startWorker(): Promise<ChildProcess> {
  const worker = fork(join(packageRoot(), 'dist', 'worker', 'main.js'), {
    execPath: process.execPath,
    execArgv: [],
    env: {
      DATABASE_URL: cluster.databaseUrl,
      TEMPORAL_ADDRESS: cluster.address,
      TEMPORAL_NAMESPACE: cluster.namespace,
      HEARTBEAT_SECONDS: '2',
      SHUTDOWN_GRACE_SECONDS: '5',
      LOG_LEVEL: 'error',
    },
  });
  await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(([code]) => Promise.reject(new Error(`The worker ended with ${code}.`))),
  ]);
  return worker;
}
