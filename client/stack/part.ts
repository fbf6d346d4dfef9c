/** One part of the stack, kept running: started, restarted when it dies, ended. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, describeEnd, type EndStep, endChild } from './child';

export interface PartEvent {
  readonly part: string;
  readonly state: 'starting' | 'progress' | 'ready' | 'ended' | 'failed' | 'stopping' | 'stopped';
  /** Since the part began to start or to stop, in milliseconds. */
  readonly ms?: number;
  /** For people: what is done, where it listens, or why it ended. */
  readonly detail?: string;
}

export interface Part {
  /** Undefined while it is being restarted. */
  pid(): number | undefined;
  /** Ends it for good. Safe to call twice; the second time only hurries. */
  stop(hurry?: AbortSignal): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  /** Starts it and resolves when it can be used. */
  readonly start: () => Promise<Child>;
  readonly end: readonly EndStep[];
  readonly onEvent: (event: PartEvent) => void;
  /** Called after each restart. */
  readonly onRestart?: () => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** A part that ran this long was well: its next death is the first of a new series. */
const WELL_MS = 60_000;

/**
 * Starts a part and keeps it running.
 *
 * @throws what `start` throws, the first time; later failures are reported and tried again, ever more slowly
 */
export async function keepRunning({ name, start, end, onEvent, onRestart }: PartOptions): Promise<Part> {
  const stopping = new AbortController();
  let child: Child | undefined = await startReported();
  const life = watch();

  return {
    pid: () => child?.pid,
    async stop(hurry) {
      if (!stopping.signal.aborted) {
        onEvent({ part: name, state: 'stopping' });
        stopping.abort();
      }
      const since = Date.now();
      if (child !== undefined) await endChild(child, end, hurry);
      await life;
      if (child !== undefined) await endChild(child, end, hurry); // it was starting when we were told to stop
      child = undefined;
      onEvent({ part: name, state: 'stopped', ms: Date.now() - since });
    },
  };

  async function startReported(): Promise<Child> {
    const since = Date.now();
    onEvent({ part: name, state: 'starting' });
    const started = await start();
    onEvent({ part: name, state: 'ready', ms: Date.now() - since, detail: `pid ${started.pid}` });
    return started;
  }

  async function watch(): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    let readyAt = Date.now();
    while (!stopping.signal.aborted) {
      if (child !== undefined) {
        const ended = await child.ended;
        if (stopping.signal.aborted) return;
        child = undefined;
        if (Date.now() - readyAt > WELL_MS) waitMs = FIRST_WAIT_MS;
        onEvent({ part: name, state: 'ended', detail: `${describeEnd(ended)}; starting it again in ${waitMs} ms` });
      }
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      try {
        child = await startReported();
        readyAt = Date.now();
        onRestart?.();
      } catch (error) {
        onEvent({ part: name, state: 'failed', detail: `${(error as Error).message} Trying again in ${waitMs} ms.` });
      }
    }
  }
}
