/** Ports on loopback. */

import { createServer } from 'node:net';

/**
 * The usual port when it is free, else one that the system gives.
 *
 * Another process may take it before the caller does: whoever starts a server on it must be ready to try again.
 *
 * @param usual port in [1, 65535]; 0 to let the system choose
 */
export async function choosePort(usual = 0): Promise<number> {
  return (await tryPort(usual)) ?? (await tryPort(0)) ?? 0;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
