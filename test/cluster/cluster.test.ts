/** Signalbox on a Temporal cluster with its own databases on Postgres, rather than on the development server. */

import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { startTestCluster, type TestCluster } from '../support/cluster';

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

test('a workflow with a timer, an activity and a search attribute runs on the full server', async () => {
  const connection = await Connection.connect({ address: cluster.address });
  const native = await NativeConnection.connect({ address: cluster.address });
  const worker = await Worker.create({
    connection: native,
    namespace: cluster.namespace,
    taskQueue: 'trivial',
    workflowsPath: require.resolve('./trivial-workflow'),
    activities: { double: async (value: number) => 2 * value },
  });
  const client = new Client({ connection, namespace: cluster.namespace });
  const result = await worker.runUntil(
    client.workflow.execute('doubleLater', {
      workflowId: 'trivial',
      taskQueue: 'trivial',
      args: [21],
      typedSearchAttributes: [{ key: defineSearchAttributeKey('TaskClass', 'KEYWORD'), value: 'factual/simple' }],
    }),
  );
  expect(result).toBe(42);
  await Promise.all([connection.close(), native.close()]);
});

// The work itself on this cluster: two worker processes, one of them killed during 50 tasks, every task with one outcome.
