/** The floor under a dispatch: what Temporal alone needs, on the same server and over the same connection. */

import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { v7 as newId } from 'uuid';
import { silentLogger } from './silent-logger';
import type { bareDispatchShape, bareWorkflow } from './workflows/bare';

export interface BareActivities {
  nothing(): Promise<void>;
}

export interface Floor {
  /** One bare workflow with one empty activity, started eagerly, until its result is back. Gives its workflow id. */
  run(): Promise<string>;
  /** A workflow of the shape of a dispatch whose steps are empty. */
  runShape(): Promise<string>;
  stop(): Promise<void>;
}

const QUEUE = 'bare';
const ACTIVITY_QUEUE = 'bare-activities';

/** @param client on the native connection of the workers that the floor is compared with */
export async function startFloor(client: Client): Promise<Floor> {
  const { connection } = client;
  if (!(connection instanceof NativeConnection)) throw new Error('An eager start needs a client on a native connection.');
  const { code } = await bundleWorkflowCode({ workflowsPath: join(__dirname, 'workflows', 'bare.js'), logger: silentLogger });
  const activities: BareActivities = { nothing: async () => {} };
  const shared = { connection, namespace: client.options.namespace, activities };
  const workers = [
    await Worker.create({ ...shared, taskQueue: QUEUE, workflowBundle: { code } }),
    await Worker.create({ ...shared, taskQueue: ACTIVITY_QUEUE }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const options = () => ({ taskQueue: QUEUE, requestEagerStart: true, workflowId: `bare:${newId()}` });
  return {
    async run() {
      const handle = await client.workflow.start<typeof bareWorkflow>('bareWorkflow', { ...options(), args: [] });
      await handle.result();
      return handle.workflowId;
    },
    async runShape() {
      const handle = await client.workflow.start<typeof bareDispatchShape>('bareDispatchShape', { ...options(), args: [ACTIVITY_QUEUE] });
      await handle.result();
      return handle.workflowId;
    },
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
    },
  };
}
