/** Limits the time that a part of a workflow may take, however it is divided. */

import { CancellationScope } from '@temporalio/workflow';

/** What is given instead of a result when the time is over. */
export const TIME_IS_UP = 'time is up';

export interface Stopwatch {
  /**
   * Runs `work` while there is time, and stops it when there is none: steps and children in it are cancelled, and have ended when
   * this returns. Time between two calls does not count. Cancelling the workflow goes through as a cancellation.
   */
  run<T>(work: () => Promise<T>): Promise<T | typeof TIME_IS_UP>;
}

/** @param limitMs for all that is run, together */
export function createStopwatch(limitMs: number): Stopwatch {
  let leftMs = limitMs;
  return {
    async run(work) {
      if (leftMs <= 0) return TIME_IS_UP;
      const startedAt = Date.now();
      const scope = new CancellationScope({ cancellable: true, timeout: leftMs });
      try {
        return await scope.run(work);
      } catch (error) {
        // However it puts it: what was told to stop has stopped.
        if (scope.consideredCancelled && !CancellationScope.current().consideredCancelled) return TIME_IS_UP;
        throw error;
      } finally {
        leftMs -= Date.now() - startedAt;
      }
    },
  };
}
