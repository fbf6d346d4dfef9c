/**
 * A stack in a process of its own, for tests that kill it: `up.ts STATE WORKERS`.
 *
 * Says on its channel what happens: `{kind: 'event'}`, `{kind: 'ready', …}` or `{kind: 'failed', code, message}`.
 */

import { join } from 'node:path';
import { startStack } from '../../../client/stack/supervisor';

const [stateDir = '', workers = '0'] = process.argv.slice(2);
const loader = join(__dirname, '..', '..', 'support', 'typescript.js');

startStack({
  stateDir,
  config: {},
  env: process.env,
  migrate: async () => {},
  workers: { count: Number(workers), args: ['--require', loader, join(__dirname, 'worker.ts')], graceMs: 10_000 },
  usualPorts: { postgres: 0, temporal: 0 },
  onEvent: (event) => process.send?.({ kind: 'event', event }),
}).then(
  (stack) => {
    process.on('SIGTERM', () => {
      stack.stop().then(() => process.exit(0));
    });
    process.send?.({ kind: 'ready', databaseUrl: stack.databaseUrl, temporal: stack.temporal, pids: stack.pids() });
  },
  (error) => {
    process.send?.({ kind: 'failed', code: error.code, message: error.message }, () => process.exit(1));
  },
);
