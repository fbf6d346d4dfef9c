/**
 * What an error of the caller's own model call means: whether another try or another model is worth it, and what it may have
 * cost.
 *
 * Clients of providers throw errors of their own kinds, which have an HTTP status or a network code somewhere. An error without
 * either is the caller's own: it is not ours to repeat, and goes back to him as it is.
 */

import { type CallFailure, FAILURE_CLASSES, type FailureClass, failureClassOfStatus } from '../routing/decision/failure';

/** A failed call with what it is charged: the provider may have worked for us, or surely has not. */
export interface FailedCall {
  readonly failure: CallFailure;
  readonly charged: 'nothing' | 'reservation';
}

/** For a call that knows better: throw this to say how it failed. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  /** How long the provider asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly charged: FailedCall['charged'];

  /** @param message for people; short, without prompts, answers and keys */
  constructor(
    readonly failureClass: FailureClass,
    message: string,
    options: { readonly retryAfterMs?: number; readonly charged?: FailedCall['charged']; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.charged = options.charged ?? 'reservation';
  }
}

/** What can be read of a stranger's error. */
interface Foreign {
  readonly name?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly cause?: unknown;
  readonly error?: unknown;
  readonly headers?: unknown;
  readonly responseHeaders?: unknown;
}

/** Errors wrap each other; nobody wraps deeper than this. */
const MOST_LAYERS = 5;

/** How providers name what a status alone does not tell. */
const CLASS_OF_CODE: ReadonlyMap<string, FailureClass> = new Map([
  ['insufficient_quota', 'quota-exhausted'],
  ['billing_error', 'quota-exhausted'],
  ['context_length_exceeded', 'context-too-long'],
  ['content_filter', 'content-refused'],
  ['content_policy_violation', 'content-refused'],
  ['overloaded_error', 'overloaded'],
  ['rate_limit_error', 'rate-limited'],
]);

/** Codes of Node and its fetch by which a request never left. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const LOST: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** What clients of providers call their own errors, where these carry neither status nor code. */
const CLASS_OF_NAME: ReadonlyMap<unknown, FailureClass> = new Map([
  ['TimeoutError', 'timeout-total'],
  ['APIConnectionTimeoutError', 'timeout-total'],
  ['APIConnectionError', 'connection-lost'],
]);

/** After these the provider may have worked for us; after any other status below 500 it has not. */
const MAY_HAVE_WORKED: ReadonlySet<number> = new Set([408, 424, 499]);
const TOO_BUSY: ReadonlySet<number> = new Set([503, 529]);

/** @returns undefined for an error that is no failure of a provider */
export function failedCallOf(error: unknown, model: string): FailedCall | undefined {
  if (isCallFailed(error)) {
    const { failureClass, message, retryAfterMs, charged } = error;
    const known = FAILURE_CLASSES.find((each) => each === failureClass) ?? 'server-error';
    return { failure: { class: known, message, ...waitOf(retryAfterMs) }, charged };
  }
  const layers = layersOf(error);
  const status = layers.map((layer) => layer.status ?? layer.statusCode).find((value) => typeof value === 'number');
  const codes = layers.flatMap(({ code, type }) => [code, type]).filter((value) => typeof value === 'string');
  const named = codes.map((code) => CLASS_OF_CODE.get(code)).find((found) => found !== undefined);
  if (status !== undefined) {
    const failure: CallFailure = {
      class: named ?? failureClassOfStatus(status),
      message: `${model} answered with status ${status}.`,
      status,
      ...waitOf(layers.map(retryAfterMs).find((ms) => ms !== undefined)),
    };
    const isFree = (status < 500 && !MAY_HAVE_WORKED.has(status)) || TOO_BUSY.has(status);
    return { failure, charged: isFree ? 'nothing' : 'reservation' };
  }
  const network = codes.find((code) => NOT_SENT.has(code) || LOST.has(code));
  const ofName = layers.map(({ name }) => CLASS_OF_NAME.get(name)).find((found) => found !== undefined);
  if (network !== undefined && NOT_SENT.has(network)) {
    return { failure: { class: 'connection-lost', message: `${model} could not be reached (${network}).` }, charged: 'nothing' };
  }
  if (network === undefined && ofName === undefined) return undefined;
  const failureClass = ofName ?? 'connection-lost';
  const message = failureClass === 'connection-lost' ? `The connection to ${model} was lost.` : `${model} took too long.`;
  return { failure: { class: failureClass, message }, charged: 'reservation' };
}

/** By name: a program may have loaded this module twice. */
function isCallFailed(error: unknown): error is CallFailed {
  return error instanceof Error && error.name === 'CallFailed';
}

/** The error, what it wraps, and what a provider's client puts into it. */
function layersOf(error: unknown): readonly Foreign[] {
  const layers: Foreign[] = [];
  const open: unknown[] = [error];
  while (open.length > 0 && layers.length < MOST_LAYERS) {
    const next = open.shift();
    if (typeof next !== 'object' || next === null) continue;
    const layer = next as Foreign;
    layers.push(layer);
    open.push(layer.error, layer.cause);
  }
  return layers;
}

/** Seconds or milliseconds, from the headers that clients keep with an error. A date is left to the backoff. */
function retryAfterMs({ headers, responseHeaders }: Foreign): number | undefined {
  const kept = headers ?? responseHeaders;
  if (typeof kept !== 'object' || kept === null) return undefined;
  const read = (name: string): number => {
    const value = kept instanceof Headers ? kept.get(name) : (kept as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  };
  const ms = [read('retry-after-ms'), read('retry-after') * 1000].find((value) => Number.isFinite(value) && value >= 0);
  return ms === undefined ? undefined : Math.ceil(ms);
}

function waitOf(ms: number | undefined): Pick<CallFailure, 'retryAfterMs'> {
  return ms === undefined ? {} : { retryAfterMs: ms };
}
