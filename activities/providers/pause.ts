/**
 * Waiting that obeys a call's limits.
 */

import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, and says how the wait ended: whole, by the call's own limit, or by its signal. */
export async function pause(ms: number, limitMs: number, signal: AbortSignal): Promise<'done' | 'timeout' | 'cancelled'> {
  if (signal.aborted) return 'cancelled';
  try {
    if (ms > 0) await sleep(Math.min(ms, limitMs), undefined, { signal });
    return ms > limitMs ? 'timeout' : 'done';
  } catch {
    return 'cancelled';
  }
}
