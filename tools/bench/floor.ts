/** The floor under a dispatch: a bare workflow with one empty activity, on the same server and the same connection. */

import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { v7 as newId } from 'uuid';
import { RoutingError } from '../../routing/errors';
import type { bareWorkflow, bareWorkflowAcrossQueues } from './workflows/bare';

export interface BareActivities {
  nothing(): Promise<void>;
}

export interface Floor {
  /** One bare workflow, started eagerly, until its result is back. Its activity is on the workflow's own queue. */
  run(): Promise<void>;
  /** The same with the activity on another queue. */
  runAcrossQueues(): Promise<void>;
  stop(): Promise<void>;
}

const QUEUE = 'bare';
const ACTIVITY_QUEUE = 'bare-activities';

/** @param client on the native connection of the workers that the floor is compared with */
export async function startFloor(client: Client): Promise<Floor> {
  const { connection } = client;
  if (!(connection instanceof NativeConnection)) throw new RoutingError('internal', 'The floor needs a native connection, to start eagerly.');
  const { code } = await bundleWorkflowCode({ workflowsPath: join(__dirname, 'workflows', 'bare.js'), logger: silent });
  const activities: BareActivities = { nothing: async () => {} };
  const shared = { connection, namespace: client.options.namespace, activities };
  const workers = [
    await Worker.create({ ...shared, taskQueue: QUEUE, workflowBundle: { code } }),
    await Worker.create({ ...shared, taskQueue: ACTIVITY_QUEUE, maxConcurrentActivityTaskExecutions: 60 }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const common = { taskQueue: QUEUE, requestEagerStart: true };
  return {
    async run() {
      const handle = await client.workflow.start<typeof bareWorkflow>('bareWorkflow', { ...common, workflowId: `bare:${newId()}`, args: [] });
      await handle.result();
    },
    async runAcrossQueues() {
      const handle = await client.workflow.start<typeof bareWorkflowAcrossQueues>('bareWorkflowAcrossQueues', {
        ...common,
        workflowId: `bare:${newId()}`,
        args: [ACTIVITY_QUEUE],
      });
      await handle.result();
    },
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
    },
  };
}

const silent = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
