/**
 * Counts round trips to Postgres by standing in the way: each is one Sync or one simple Query in what a client sends, whatever
 * driver sends it.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface RoundTripCounter {
  /** The database's URL, through the counter. */
  readonly url: string;
  /** Since the start. */
  count(): number;
  stop(): void;
}

const SYNC = 'S'.charCodeAt(0);
const QUERY = 'Q'.charCodeAt(0);

export async function countRoundTrips(databaseUrl: string): Promise<RoundTripCounter> {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let roundTrips = 0;
  const server = createServer((client) => {
    const postgres = connect(target);
    for (const socket of [client, postgres]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {}); // the other end went away; its close follows
      socket.on('close', () => sockets.delete(socket));
    }
    client.on(
      'data',
      messageTypes((type) => {
        if (type === SYNC || type === QUERY) roundTrips++;
      }),
    );
    client.pipe(postgres).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The counter of round trips has no port.');
  url.port = String(address.port);
  return {
    url: url.href,
    count: () => roundTrips,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Finds the type byte of each message in a stream that is cut anywhere. The first message has none: it opens the connection. */
function messageTypes(onType: (type: number) => void): (piece: Buffer) => void {
  let waiting = Buffer.alloc(0);
  let isOpened = false;
  return (piece) => {
    waiting = Buffer.concat([waiting, piece]);
    for (;;) {
      const header = isOpened ? 1 : 0;
      if (waiting.length < header + 4) return;
      const length = header + waiting.readInt32BE(header);
      if (waiting.length < length) return;
      if (isOpened) onType(waiting[0]!);
      isOpened = true;
      waiting = waiting.subarray(length);
    }
  };
}
