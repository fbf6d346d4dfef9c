/**
 * A local HTTP server that speaks the providers' wire formats, well or badly as it is told, and remembers what it was asked.
 */

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request looked like on the wire. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: unknown;
}

/** What the server does with the next request. */
export type Reply =
  | { readonly kind: 'body'; readonly status: number; readonly headers?: Record<string, string>; readonly body: string | Buffer }
  /** Pieces of a body, each flushed by itself. */
  | {
      readonly kind: 'pieces';
      readonly headers?: Record<string, string>;
      readonly pieces: readonly (string | Buffer)[];
      readonly ending: 'end' | 'cut' | 'stall';
    }
  /** Takes the request and closes the connection without a word. */
  | { readonly kind: 'cut' }
  /** Takes the request and never answers. */
  | { readonly kind: 'silence' };

export interface WireServer {
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Sets what the next requests get; the last reply is repeated. Clears what was seen. */
  say(...replies: readonly Reply[]): void;
  /** Resolves when the next request has arrived whole. */
  nextRequest(): Promise<SeenRequest>;
  close(): Promise<void>;
}

export async function startWireServer(): Promise<WireServer> {
  let replies: readonly Reply[] = [];
  let waiting: ((request: SeenRequest) => void)[] = [];
  const seen: SeenRequest[] = [];

  const server = createServer((request, response) => {
    void readAll(request).then((text) => {
      const one: SeenRequest = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, text, body: parsed(text) };
      const reply = replies[Math.min(seen.length, replies.length - 1)] ?? { kind: 'cut' as const };
      seen.push(one);
      for (const resolve of waiting) resolve(one);
      waiting = [];
      answer(reply, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    say(...next) {
      replies = next;
      seen.length = 0;
    },
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(reply: Reply, response: ServerResponse): void {
  switch (reply.kind) {
    case 'silence':
      return;
    case 'cut':
      response.socket?.destroy();
      return;
    case 'body':
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      response.end(reply.body);
      return;
    case 'pieces':
      response.writeHead(200, { 'content-type': 'application/json', ...reply.headers });
      response.flushHeaders();
      for (const piece of reply.pieces) response.write(piece);
      if (reply.ending === 'end') response.end();
      // Let the pieces reach the socket before it is cut.
      else if (reply.ending === 'cut') setImmediate(() => response.socket?.destroy());
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
