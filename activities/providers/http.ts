/**
 * One HTTP exchange with a provider, watched closely enough to say afterwards what it can have cost.
 *
 * The global `fetch` hides what money depends on: whether the request left this process, which wait ran out, which address
 * the socket went to. So this is a `fetch` over node:http(s), which tells: the provider packages call it, and the
 * classification of failures reads the `Exchange` it fills in. It follows no redirect, retries nothing, and allows exactly
 * one request per call.
 */

import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { addressProblem, CLOSED_ADDRESS, guardedLookup } from './addresses';
import type { CallTimeouts } from './provider';

/** Largest response that is read, in bytes. The longest answers of current models are below 1 MiB. */
export const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/** Longest idle time of a kept connection, in milliseconds; below what providers and load balancers allow (60 s and more). */
const KEEP_ALIVE_MS = 15_000;

/** Why an exchange did not come to its end. */
export type WireFault =
  | { readonly kind: 'timeout'; readonly phase: 'connect' | 'headers' | 'idle' | 'total' }
  /** `code` is the system's error code, where it has one. */
  | { readonly kind: 'lost'; readonly code?: string }
  | { readonly kind: 'closed-address'; readonly reason: string }
  | { readonly kind: 'redirect' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'cancelled' }
  /** The package wanted a second request, to go on with an answer that the provider had broken off. */
  | { readonly kind: 'second-request' }
  /** The request was held back, because its cost would not be bounded by what was reserved. */
  | { readonly kind: 'unbounded'; readonly reason: string };

/** What is known of one exchange; filled in while it runs. */
export interface Exchange {
  /** The whole request has left this process, so the provider may have worked. */
  sent: boolean;
  status?: number;
  headers: Readonly<Record<string, string>>;
  /** Text of the response as far as it was read; of a stream, only when the status is an error. */
  body: string;
  fault?: WireFault;
  /** Time from the start to the first byte of the body, in milliseconds. */
  firstByteMs?: number;
}

export interface WireLimits {
  readonly timeouts: CallTimeouts;
  readonly allowPrivateNetwork: boolean;
  /** Keep the body's text in the exchange also when the answer is a success. */
  readonly keepBody: boolean;
  /** Says what is wrong with a request body that must not be sent; undefined when nothing is. */
  readonly holdBack?: (body: string) => string | undefined;
}

export type WireFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The exchange of one call, and the `fetch` that makes it. Every end that is no response sets `exchange.fault` and rejects. */
export function openWire(limits: WireLimits, signal: AbortSignal): { readonly exchange: Exchange; readonly fetch: WireFetch } {
  const exchange: Exchange = { sent: false, headers: {}, body: '' };
  let used = false;
  const fetch: WireFetch = (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const body = typeof init.body === 'string' ? init.body : '';
    const fault: WireFault | undefined = used ? { kind: 'second-request' } : faultBeforeSending(url, body, limits, signal);
    used = true;
    if (fault) {
      exchange.fault ??= fault;
      return Promise.reject(new Error(`The request was not made: ${fault.kind}`));
    }
    return new Promise((resolve, reject) => exchangeOnce({ url, init, body, limits, signal, exchange, resolve, reject }));
  };
  return { exchange, fetch };
}

function faultBeforeSending(url: string, body: string, limits: WireLimits, signal: AbortSignal): WireFault | undefined {
  if (signal.aborted) return { kind: 'cancelled' };
  // A query in a request's own address is the provider package's affair (`?alt=sse`); in a base URL it is refused at the start.
  const problem = addressProblem(url.replace(/[?#].*$/, ''), limits.allowPrivateNetwork);
  if (problem) return { kind: 'closed-address', reason: problem };
  const reason = limits.holdBack?.(body);
  return reason === undefined ? undefined : { kind: 'unbounded', reason };
}

interface Attempt {
  readonly url: string;
  readonly init: RequestInit;
  readonly body: string;
  readonly limits: WireLimits;
  readonly signal: AbortSignal;
  readonly exchange: Exchange;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
}

function exchangeOnce({ url, init, body, limits, signal, exchange, resolve, reject }: Attempt): void {
  const { timeouts } = limits;
  const startedAt = performance.now();
  const request = startRequest(url, init, body, limits.allowPrivateNetwork);
  let phaseTimer: NodeJS.Timeout | undefined;
  let onFault = reject;
  let ended = false;

  const end = (): void => {
    ended = true;
    clearTimeout(phaseTimer);
    clearTimeout(totalTimer);
    signal.removeEventListener('abort', onAbort);
  };
  const fail = (fault: WireFault): void => {
    if (ended) return;
    end();
    exchange.fault = fault;
    request.destroy();
    onFault(new Error(`The exchange ended early: ${fault.kind}`));
  };
  const wait = (phase: 'connect' | 'headers' | 'idle', ms: number): void => {
    clearTimeout(phaseTimer);
    phaseTimer = setTimeout(() => fail({ kind: 'timeout', phase }), ms);
  };
  const onAbort = (): void => fail({ kind: 'cancelled' });
  const totalTimer = setTimeout(() => fail({ kind: 'timeout', phase: 'total' }), timeouts.totalMs);

  signal.addEventListener('abort', onAbort, { once: true });
  wait('connect', timeouts.connectMs);
  onceConnected(request, () => !ended && wait('headers', timeouts.headersMs));
  request.once('finish', () => {
    exchange.sent = true;
  });
  request.on('error', (error: NodeJS.ErrnoException) => fail(faultOf(error)));
  request.once('response', (incoming) => {
    exchange.sent = true;
    exchange.status = incoming.statusCode ?? 0;
    exchange.headers = flatHeaders(incoming);
    if (exchange.status >= 300 && exchange.status < 400) return fail({ kind: 'redirect' });
    const keep = limits.keepBody || exchange.status >= 400;
    const pieces: Buffer[] = [];
    let bytes = 0;
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        onFault = (error) => {
          exchange.body = Buffer.concat(pieces).toString();
          controller.error(error);
        };
        wait('idle', timeouts.idleMs);
        incoming.on('data', (piece: Buffer) => {
          if (ended) return;
          exchange.firstByteMs ??= performance.now() - startedAt;
          bytes += piece.length;
          if (bytes > MAX_RESPONSE_BYTES) return fail({ kind: 'too-large' });
          wait('idle', timeouts.idleMs);
          if (keep) pieces.push(piece);
          controller.enqueue(piece);
        });
        incoming.once('end', () => {
          if (ended) return;
          end();
          exchange.body = Buffer.concat(pieces).toString();
          controller.close();
        });
        incoming.on('error', (error: NodeJS.ErrnoException) => fail(faultOf(error)));
      },
      cancel() {
        fail({ kind: 'cancelled' });
      },
    });
    try {
      resolve(new Response(hasNoBody(exchange.status) ? null : stream, { status: exchange.status, headers: exchange.headers }));
    } catch {
      onFault = reject;
      fail({ kind: 'lost', code: 'ERR_INVALID_STATUS' }); // a status outside 200 to 599 is no HTTP
    }
  });
  request.end(body);
}

const hasNoBody = (status: number): boolean => status === 204 || status === 205;

function faultOf(error: NodeJS.ErrnoException): WireFault {
  if (error.code === CLOSED_ADDRESS) return { kind: 'closed-address', reason: error.message };
  return error.code === undefined ? { kind: 'lost' } : { kind: 'lost', code: error.code };
}

/** A pool per permission: a connection opened under the wider one must not serve a call under the narrower. */
const agents = new Map(
  [true, false].map((allowPrivateNetwork) => {
    const options = { keepAlive: true, timeout: KEEP_ALIVE_MS, lookup: guardedLookup(allowPrivateNetwork) };
    return [allowPrivateNetwork, { http: new HttpAgent(options), https: new HttpsAgent(options) }] as const;
  }),
);

function startRequest(url: string, init: RequestInit, body: string, allowPrivateNetwork: boolean): ClientRequest {
  const isTls = url.startsWith('https:');
  const headers = Object.fromEntries(new Headers(init.headers));
  const pool = agents.get(allowPrivateNetwork);
  return (isTls ? httpsRequest : httpRequest)(url, {
    method: init.method ?? 'GET',
    // Compressed answers would only have to be unpacked, within limits, here.
    headers: { ...headers, 'accept-encoding': 'identity', 'content-length': Buffer.byteLength(body) },
    agent: isTls ? pool?.https : pool?.http,
  });
}

function onceConnected(request: ClientRequest, connected: () => void): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return connected();
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
  });
}

function flatHeaders(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
