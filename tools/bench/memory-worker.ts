/** The worker whose memory is measured: workers as in production, which say on request what they hold after a collection. */

import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import { readWorkerConfig } from '../../worker/config';
import { createLogger } from '../../worker/log';
import { startWorkers } from '../../worker/worker';

/** What the process holds, in bytes. */
export interface MemorySample {
  /** Resident, with the engine's native memory and the workflows' own heap. */
  readonly rss: number;
  /** JavaScript of the main thread, after a full collection. */
  readonly heap: number;
}

async function main(): Promise<void> {
  const config = readWorkerConfig(process.env);
  Runtime.install({ logger: createLogger(config.logLevel), shutdownSignals: [] });
  const workers = await startWorkers({
    config,
    secret: () => undefined,
    workflowBundle: { codePath: join(__dirname, '..', '..', 'workflow-bundle.js') },
  });
  process.on('message', () => {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({ rss, heap: heapUsed } satisfies MemorySample);
  });
  process.once('disconnect', () => void workers.drain());
  process.send?.('ready');
  await workers.done;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
