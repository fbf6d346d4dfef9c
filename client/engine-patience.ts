/** Limits how long a caller waits for Temporal. */

import { type Client, isGrpcServiceError } from '@temporalio/client';
import { RoutingError } from '../routing/errors';

/** How long Temporal may take to answer, in milliseconds. */
export const ENGINE_PATIENCE_MS = 5_000;

/** gRPC's codes for a server that is not there, or not in time. */
const SILENT: ReadonlySet<number> = new Set([4, 14]);

/**
 * Runs `ask` with a deadline.
 *
 * @param what for people: what was tried
 * @throws {RoutingError} `engine_unreachable` when no answer came; other errors pass
 */
export async function answeredInTime<T>(client: Client, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + ENGINE_PATIENCE_MS, ask);
  } catch (error) {
    if (!isSilence(error)) throw error;
    throw new RoutingError(
      'engine_unreachable',
      `Temporal did not answer within ${ENGINE_PATIENCE_MS / 1_000} s while trying to ${what}. Check that it runs; "signalbox doctor" tests the connection.`,
      { cause: error },
    );
  }
}

function isSilence(error: unknown): boolean {
  const source = error instanceof Error && !isGrpcServiceError(error) && error.cause !== undefined ? error.cause : error;
  return isGrpcServiceError(source) && SILENT.has(source.code);
}
