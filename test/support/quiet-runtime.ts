/** Workers of tests in this process log nothing: tests provoke what a worker reports as an error, hundreds of lines of it. */

import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { createLogger } from '../../worker/log';

let isInstalled = false;

/** To be called before the first worker. The runtime ends with the last one, and is made again in the same way for the next. */
export function quietRuntime(): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({
    logger: createLogger('silent'),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} } },
  });
}
