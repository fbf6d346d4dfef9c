/** The worker process: `signalbox worker`, and the children of `signalbox up`. */

import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import { packageRoot } from '../db/documents/package-root';
import { isRoutingError } from '../routing/errors';
import { readWorkerConfig } from './config';
import { createLogger } from './log';
import { startWorkers } from './worker';

async function main(): Promise<void> {
  const config = readWorkerConfig(process.env);
  const logger = createLogger(config.logLevel);
  Runtime.install({ logger, shutdownSignals: [] });
  const workers = await startWorkers({
    config,
    secret: (name) => process.env[name] || undefined,
    workflowBundle: { codePath: join(packageRoot(), 'dist', 'workflow-bundle.js') },
  });
  const drain = (why: string) => {
    logger.info(`draining: ${why}`);
    void workers.drain();
  };
  process.once('SIGTERM', () => drain('SIGTERM'));
  process.once('SIGINT', () => drain('SIGINT'));
  // Started by a supervisor: without it nobody would ever end this process.
  process.once('disconnect', () => drain('the supervisor is gone'));
  logger.info(`polling ${workers.queues.join(', ')}`);
  process.send?.({ kind: 'ready', queues: workers.queues });
  await workers.done;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(isRoutingError(error) ? `${error.code}: ${error.message}` : error);
    process.exit(1);
  },
);
