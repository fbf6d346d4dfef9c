/**
 * The stack on one machine: Postgres, Temporal, migrations and workers as supervised children of one process.
 *
 * Parts that the user brings (DATABASE_URL, TEMPORAL_ADDRESS) are only checked. A part that dies is started again on its port,
 * and the others find it there.
 */

import type { Environment } from './engine-cache';
import type { Part } from './part';
import { startDatabase, startEngine, startWorker } from './parts';
import type { StackOptions } from './stack-options';
import { type HeldState, holdState } from './state';
import type { TemporalAddress } from './temporal-connection';

export type { StackEvent, StackOptions, WorkerOptions } from './stack-options';

export interface StackPids {
  readonly postgres: number | undefined;
  readonly temporal: number | undefined;
  readonly workers: readonly number[];
}

export interface Stack {
  readonly databaseUrl: string;
  readonly temporal: TemporalAddress;
  /** From the call to everything ready, in milliseconds. */
  readonly readyMs: number;
  /** Of what runs now; a part that is the user's own, or is being restarted, has none. */
  pids(): StackPids;
  /** Drains and ends everything, last started first. A second call hurries: it does not wait for running calls. */
  stop(): Promise<void>;
}

/** What has been started so far. */
interface Parts {
  postgres?: Part;
  temporal?: Part;
  readonly workers: Part[];
}

/**
 * Starts the stack; resolves when it can take work. When a part cannot start, everything already started is ended.
 *
 * @throws {RoutingError} `stack_busy`, `bad_config`, `engine_missing`, `engine_unreachable`, `database_unreachable`,
 *   `database_full`, `internal` when a worker does not start; what `migrate` throws; the signal's reason
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const startedAt = Date.now();
  const state = await holdState(options.stateDir);
  const parts: Parts = { workers: [] };
  const hurry = new AbortController();
  try {
    const { databaseUrl, temporal } = await startServers(options, state, parts);
    options.signal?.throwIfAborted();
    const publish = () => publishStack(state, parts, databaseUrl, temporal);
    await startWorkers(options, state, parts, { databaseUrl, temporal, publish });
    options.signal?.throwIfAborted();
    publish();
    let stopped: Promise<void> | undefined;
    return {
      databaseUrl,
      temporal,
      readyMs: Date.now() - startedAt,
      pids: () => pidsOf(parts),
      stop() {
        if (stopped !== undefined) hurry.abort();
        stopped ??= stopParts(state, parts, hurry.signal);
        return stopped;
      },
    };
  } catch (error) {
    hurry.abort();
    await stopParts(state, parts, hurry.signal);
    throw error;
  }
}

async function startServers(
  options: StackOptions,
  state: HeldState,
  parts: Parts,
): Promise<{ databaseUrl: string; temporal: TemporalAddress }> {
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const stopOther = (error: unknown) => {
    giveUp.abort(error);
    throw error;
  };
  // Both are waited for even when one fails, so that the other can be ended; but it is not left to build for minutes.
  const [database, engine] = await Promise.allSettled([
    startDatabase({ ...options, signal }, state.paths, (part) => {
      parts.postgres = part;
    }).catch(stopOther),
    startEngine({ ...options, signal }, state.paths, (part) => {
      parts.temporal = part;
    }).catch(stopOther),
  ]);
  if (database.status === 'rejected' || engine.status === 'rejected') throw giveUp.signal.reason;
  return { databaseUrl: database.value, temporal: engine.value };
}

async function startWorkers(
  options: StackOptions,
  state: HeldState,
  parts: Parts,
  { databaseUrl, temporal, publish }: { databaseUrl: string; temporal: TemporalAddress; publish: () => void },
): Promise<void> {
  const env = workerEnvironment(options, databaseUrl, temporal);
  const started = await Promise.allSettled(
    Array.from({ length: options.workers.count }, async (_, index) => {
      parts.workers.push(await startWorker(index + 1, options, env, state.paths, publish));
    }),
  );
  for (const worker of started) if (worker.status === 'rejected') throw worker.reason;
}

/** Our environment, with the stack's addresses in place of settings that were meant for parts it does not use. */
function workerEnvironment({ env, config }: StackOptions, databaseUrl: string, temporal: TemporalAddress): Environment {
  const kept = Object.entries(env).filter(([name]) => config.temporal !== undefined || !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(kept),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
}

function publishStack(state: HeldState, parts: Parts, databaseUrl: string, { address, namespace }: TemporalAddress): void {
  state.publish({ databaseUrl, temporal: { address, namespace }, pids: pidsOf(parts) });
}

function pidsOf({ postgres, temporal, workers }: Parts): StackPids {
  return {
    postgres: postgres?.pid(),
    temporal: temporal?.pid(),
    workers: workers.map((worker) => worker.pid()).filter((pid) => pid !== undefined),
  };
}

async function stopParts(state: HeldState, parts: Parts, hurry: AbortSignal): Promise<void> {
  await Promise.all(parts.workers.map((worker) => worker.stop(hurry)));
  await parts.temporal?.stop(); // these two are quick and lose nothing by being waited for
  await parts.postgres?.stop();
  await state.release();
}
