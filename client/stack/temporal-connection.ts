/** How a Temporal server is reached, and whether it serves. */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type TLSConfig } from '@temporalio/client';
import { RoutingError } from '../../routing/errors';

/** A server, with what it asks of its clients. */
export interface TemporalAddress {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  /** Certificates, or true for a server that needs none. Absent: without TLS. */
  readonly tls?: TLSConfig | true;
  readonly apiKey?: string;
}

/** What `Connection.connect` takes of it. */
export function connectionOptions({ address, tls, apiKey }: TemporalAddress) {
  return { address, ...(tls === undefined ? {} : { tls }), ...(apiKey === undefined ? {} : { apiKey }) };
}

export interface TemporalFacts {
  readonly serverVersion: string;
}

/**
 * Asks once for version and namespace.
 *
 * @param patienceMs bound of the whole question
 * @throws {RoutingError} `engine_unreachable` saying what is wrong: no answer, no such namespace, not allowed
 */
export function temporalFacts(where: TemporalAddress, patienceMs = 5_000): Promise<TemporalFacts> {
  return asking(where, patienceMs, async ({ workflowService }) => {
    const [info] = await Promise.all([
      workflowService.getSystemInfo({}),
      workflowService.describeNamespace({ namespace: where.namespace }),
    ]);
    return { serverVersion: info.serverVersion ?? 'unknown' };
  });
}

/** A task queue, and the kind of work on it that somebody must ask for. */
export interface Queue {
  readonly name: string;
  readonly kind: 'workflow' | 'activity';
}

/**
 * How many workers asked each queue for work in the last minutes, in the order of the queues.
 *
 * @throws as `temporalFacts`
 */
export function pollerCounts(where: TemporalAddress, queues: readonly Queue[], patienceMs = 5_000): Promise<number[]> {
  return asking(where, patienceMs, ({ workflowService }) =>
    Promise.all(
      queues.map(async ({ name, kind }) => {
        const taskQueueType = kind === 'workflow' ? WORKFLOW_QUEUE : ACTIVITY_QUEUE;
        const { pollers } = await workflowService.describeTaskQueue({ namespace: where.namespace, taskQueue: { name }, taskQueueType });
        return pollers?.length ?? 0;
      }),
    ),
  );
}

/** The API's numbers of the kinds of task queue. */
const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;

async function asking<T>(where: TemporalAddress, patienceMs: number, ask: (connection: Connection) => Promise<T>): Promise<T> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ ...connectionOptions(where), connectTimeout: patienceMs });
    const opened = connection;
    return await opened.withDeadline(Date.now() + patienceMs, () => ask(opened));
  } catch (cause) {
    throw new RoutingError('engine_unreachable', `${problem(cause, where)} "signalbox doctor" tests the connection.`, { cause });
  } finally {
    await connection?.close();
  }
}

/** gRPC's numbers of the answers that have a remedy of their own. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

function problem(error: unknown, { address, namespace }: TemporalAddress): string {
  const code = (error as { code?: unknown }).code;
  if (code === NOT_FOUND) return `Temporal at ${address} has no namespace "${namespace}". Create it, or set TEMPORAL_NAMESPACE.`;
  if (code === UNAUTHENTICATED || code === PERMISSION_DENIED) {
    return `Temporal at ${address} refused us in namespace "${namespace}". Check TEMPORAL_API_KEY or the TEMPORAL_TLS_* certificates.`;
  }
  return `Temporal at ${address} did not answer. Check that it runs and that TEMPORAL_ADDRESS, and TEMPORAL_TLS if it wants TLS, are right.`;
}

/**
 * Waits until a starting server on this machine serves its namespace.
 *
 * @param hasEnded asked between tries, so that nobody waits for a dead server
 * @returns false when the server ended or the time is over
 */
export async function waitUntilServing(where: TemporalAddress, patienceMs: number, hasEnded: () => boolean): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline && !hasEnded()) {
    // gRPC waits a second after a refused connection, so we knock first.
    if (await isListening(where.address)) {
      const served = await temporalFacts(where, 2_000).then(
        () => true,
        () => false,
      );
      if (served) return true;
    }
    await sleep(10); // a server that does not listen yet refuses at once
  }
  return false;
}

function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
