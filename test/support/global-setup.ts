/**
 * Before all tests: makes sure that the Temporal engine is on this machine, and offers the servers to test files.
 *
 * The engine comes first because a fresh machine needs minutes for it, which no test would wait for.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findEngine } from '../../client/stack/engine';
import { BROKER_VARIABLE } from './servers';
import { type StartedServers, testServers } from './test-servers';

declare global {
  // Jest gives the teardown nothing else in common with the setup.
  var signalboxTestRun: { readonly servers: StartedServers; readonly broker: Server } | undefined;
}

export default async function globalSetup(): Promise<void> {
  await findEngine({ env: process.env, onProgress: sayOnOneLine() });
  const servers = testServers();
  const broker = createServer(async (request, response) => {
    try {
      const start = servers.starters[request.url?.slice(1) as keyof typeof servers.starters];
      response.end(JSON.stringify(await start()));
    } catch (error) {
      response.writeHead(500).end((error as Error).stack);
    }
  });
  broker.unref();
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  process.env[BROKER_VARIABLE] = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  globalThis.signalboxTestRun = { servers, broker };
}

/** Progress on one line of a terminal; elsewhere, in a log, at most one line in 5 s. */
function sayOnOneLine(): (message: string) => void {
  let saidAt = 0;
  return (message) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${message}`);
    else if (Date.now() - saidAt > 5_000) {
      saidAt = Date.now();
      process.stderr.write(`${message}\n`);
    }
  };
}
