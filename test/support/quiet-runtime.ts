/** Workers of tests in this process log nothing: tests provoke what a worker reports as an error, hundreds of lines of it. */

import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { createLogger } from '../../worker/log';

Runtime.install({
  logger: createLogger('silent'),
  shutdownSignals: [],
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} } },
});

// A test file that never makes a worker would leave the native runtime behind, and jest waits for it for ever.
afterAll(() => Runtime.instance().shutdown());
