/** Settings of a worker process, from its environment. Read once, in main.ts. */

import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { RoutingError } from '../routing/errors';
import { DISPATCH_QUEUE } from '../workflows/messages';

const workerEnvironment = z.object({
  /** Postgres, `postgres://user:password@host:port/database`. Required. */
  DATABASE_URL: z.string().min(1, 'is required: postgres://user:password@host:port/database'),
  /** Task queue of workflows; ends in `dispatch`. A prefix such as `blue.` keeps two installations apart in one namespace. */
  DISPATCH_QUEUE: z.string().endsWith(DISPATCH_QUEUE, `must end in "${DISPATCH_QUEUE}"`).default(DISPATCH_QUEUE),
  /** How long a stopping worker waits for calls to end, in seconds. Keep it above the longest call, `attempts.max_call_ms`. */
  SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(200),
  /** A call whose worker is silent for this long is given to another, in seconds. */
  HEARTBEAT_SECONDS: z.coerce.number().min(0.5).max(600).default(15),
  /** Time between two rounds of upkeep, in seconds. */
  UPKEEP_SECONDS: z.coerce.number().min(0.1).max(600).default(10),
  /** Workflows kept in memory; a larger cache replays less and holds more, about 1 MB each. */
  MAX_CACHED_WORKFLOWS: z.coerce.number().int().min(10).max(10_000).default(200),
  /** Connections to Postgres that this process may open. */
  DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(200).default(20),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

export type WorkerConfig = ReturnType<typeof readWorkerConfig>;

/**
 * Reads and checks the environment, with the TEMPORAL_* variables in the meaning they have for Temporal's own tools
 * (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_*).
 *
 * @throws {RoutingError} `bad_config` naming every bad variable
 */
export function readWorkerConfig(env: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== '')) as Record<
    string,
    string
  >;
  const parsed = workerEnvironment.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new RoutingError('bad_config', `The environment of this worker is not usable: ${problems.join('; ')}.`);
  }
  const { connectionOptions, namespace } = loadClientConnectConfig({ disableFile: true, overrideEnvVars: given });
  return {
    databaseUrl: parsed.data.DATABASE_URL,
    databaseConnections: parsed.data.DATABASE_CONNECTIONS,
    temporal: { connection: connectionOptions, namespace: namespace ?? 'default' },
    dispatchQueue: parsed.data.DISPATCH_QUEUE,
    shutdownGraceMs: parsed.data.SHUTDOWN_GRACE_SECONDS * 1_000,
    heartbeatMs: parsed.data.HEARTBEAT_SECONDS * 1_000,
    upkeepMs: parsed.data.UPKEEP_SECONDS * 1_000,
    maxCachedWorkflows: parsed.data.MAX_CACHED_WORKFLOWS,
    logLevel: parsed.data.LOG_LEVEL,
  };
}
