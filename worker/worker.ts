/**
 * Wires and runs the workers of one process: one for workflows and their quick steps, one for each pool of calls.
 */

import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { v7 as newId } from 'uuid';
import { createActivities } from '../activities';
import type { Deps } from '../activities/deps';
import { createRules } from '../activities/rules';
import { connect, type Database } from '../db/connect';
import { type PoolConfig, storedCatalogueFromJson } from '../db/documents/catalogue-document';
import { activeCatalogue } from '../db/queries/rules';
import { REVIEW_ROLE } from '../db/server';
import { RoutingError } from '../routing/errors';
import { modelQueue, reviewQueue, type UpkeepInput, upkeepWorkflowId, WHOLE_SCOPE } from '../workflows/messages';
import { ensureReviewSchedule } from '../workflows/review-schedule';
import { cancelDispatch, reviveDispatch, tellSlotGranted } from '../workflows/start-dispatch';
import { reviveReview, startReviewTrigger } from '../workflows/start-review';
import { reviveRollout } from '../workflows/start-rollout';
import type { upkeep } from '../workflows/upkeep';
import type { WorkerConfig } from './config';
import { startDatabaseClock } from './database-clock';

export interface RunningWorkers {
  readonly client: Client;
  /** Queues that are polled. */
  readonly queues: readonly string[];
  /** Ends when the workers have stopped; rejects when one of them broke. */
  readonly done: Promise<void>;
  /** Stops taking work, lets running calls end for the grace period, then cancels them. Safe to repeat. */
  drain(): Promise<void>;
}

export interface WorkerOptions {
  readonly config: WorkerConfig;
  /** Value of an environment variable that the catalogue names. */
  readonly secret: (name: string) => string | undefined;
  readonly workflowBundle: WorkflowBundleOption;
}

/**
 * How long a step of a workflow waits for the worker that holds the workflow in memory, in milliseconds; then any other replays
 * it. The default of 10 s is what most of the recovery from a killed worker was spent on.
 */
const STICKY_PATIENCE_MS = 3_000;

/** Steps of reviews that one process runs at a time: they read much, and live work goes first. */
const REVIEW_STEPS = 4;

/**
 * Connects, creates the workers and starts them.
 *
 * @throws {RoutingError} `database_unreachable`, `engine_unreachable`, `no_active_policy`
 */
export async function startWorkers({ config, secret, workflowBundle }: WorkerOptions): Promise<RunningWorkers> {
  const db = connect(config.databaseUrl, {
    maxConnections: config.databaseConnections,
    applicationName: 'signalbox-worker',
    planOnce: true,
  });
  const reviewDb = connect(config.databaseUrl, { maxConnections: 4, applicationName: 'signalbox-review', role: REVIEW_ROLE });
  const clock = await startDatabaseClock(db);
  const pools = await poolsOf(db);
  const connection = await connectTemporal(config);
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const deps: Deps = {
    db,
    reviewDb,
    rules: createRules(db, secret),
    secret,
    now: clock.now,
    newId: () => newId(),
    worker: `${hostname()}:${process.pid}`,
    heartbeatMs: config.heartbeatMs,
    reviveDispatch: (taskId) => reviveDispatch(client.workflow, config.dispatchQueue, taskId),
    askForReview: (trigger) => startReviewTrigger(client.workflow, config.dispatchQueue, trigger),
    reviveReview: (trigger) => reviveReview(client.workflow, config.dispatchQueue, trigger),
    reviveRollout: (attended) => reviveRollout(client.workflow, config.dispatchQueue, attended),
    // What Temporal does not hear now, upkeep tells again.
    tellSlotGranted: (taskId) => tellSlotGranted(client.workflow, taskId).catch(() => {}),
    cancelDispatch: (taskId) => cancelDispatch(client.workflow, taskId),
  };
  const activities = createActivities(deps);
  const shared = {
    connection,
    namespace: config.temporal.namespace,
    activities,
    shutdownGraceTime: config.shutdownGraceMs,
    // Cancellation reaches a call with its next heartbeat, so heartbeats are not held back for long.
    maxHeartbeatThrottleInterval: Math.min(1_000, config.heartbeatMs / 3),
    defaultHeartbeatThrottleInterval: Math.min(1_000, config.heartbeatMs / 3),
  };
  const workers = [
    await Worker.create({
      ...shared,
      taskQueue: config.dispatchQueue,
      workflowBundle,
      maxCachedWorkflows: config.maxCachedWorkflows,
      stickyQueueScheduleToStartTimeout: STICKY_PATIENCE_MS,
    }),
    await Worker.create({ ...shared, taskQueue: reviewQueue(config.dispatchQueue), maxConcurrentActivityTaskExecutions: REVIEW_STEPS }),
    ...(await Promise.all(
      pools.map(({ name, concurrency, callsPerSecond }) =>
        Worker.create({
          ...shared,
          taskQueue: modelQueue(config.dispatchQueue, name),
          maxConcurrentActivityTaskExecutions: concurrency,
          ...(callsPerSecond === undefined ? {} : { maxTaskQueueActivitiesPerSecond: callsPerSecond }),
        }),
      ),
    )),
  ];
  const running = Promise.all(workers.map((worker) => worker.run())).then(() => {});
  const done = running.finally(async () => {
    clock.stop();
    await connection.close();
    await reviewDb.close();
    await db.close();
  });
  done.catch(() => {});
  await startUpkeep(client, config);
  await scheduleReviews(client, config);
  return {
    client,
    queues: workers.map((worker) => worker.options.taskQueue),
    done,
    async drain() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await done;
    },
  };
}

/** Every pool that the catalogue in force names. */
async function poolsOf(db: Database): Promise<readonly PoolConfig[]> {
  const active = await activeCatalogue(db);
  if (active === undefined) {
    throw new RoutingError('no_active_policy', 'The database has no catalogue yet. Run "signalbox up" once, or "signalbox policy apply".');
  }
  return storedCatalogueFromJson(active.body).pools;
}

async function connectTemporal({ temporal }: WorkerConfig): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(temporal.connection);
  } catch (cause) {
    throw new RoutingError(
      'engine_unreachable',
      `Temporal did not answer at ${temporal.connection.address ?? 'localhost:7233'}. Check that it runs and that TEMPORAL_ADDRESS points to it; "signalbox doctor" tests both.`,
      { cause },
    );
  }
}

/** A worker works without a schedule too; upkeep raises the alarm when no review comes of it. */
async function scheduleReviews(client: Client, { dispatchQueue }: WorkerConfig): Promise<void> {
  try {
    await ensureReviewSchedule(client.schedule, dispatchQueue, WHOLE_SCOPE);
  } catch (error) {
    Runtime.instance().logger.error('The weekly review could not be scheduled; the next worker that starts tries again.', { error });
  }
}

/** One upkeep workflow serves all workers of a queue. */
async function startUpkeep(client: Client, { dispatchQueue, upkeepMs }: WorkerConfig): Promise<void> {
  const input: UpkeepInput = { everyMs: upkeepMs };
  await client.workflow.start<typeof upkeep>('upkeep', {
    workflowId: upkeepWorkflowId(dispatchQueue),
    taskQueue: dispatchQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}
