/**
 * From the end of an exchange to a failure class and what is known of its bill. The one place that reads providers' errors.
 *
 * The message is made of our own words, the status and codes from our own table: a provider's text may repeat the prompt or
 * the key, so none of it is passed on.
 */

import { type CallFailure, type FailureClass, failureClassOfStatus } from '../../routing/decision/failure';
import type { Usage } from '../../routing/money/price';
import type { Exchange, WireFault } from './http';
import { MAX_RESPONSE_BYTES } from './http';
import type { CallResult, FailedBill } from './provider';
import { retryAfterMs } from './retry-after';
import { at, countAt, itemsAt, parseJson, stringAt } from './wire-json';

export type FailedCall = Extract<CallResult, { kind: 'failed' }>;

/** A failed call; the one way in which providers make one. */
export function failed(failureClass: FailureClass, message: string, bill: FailedBill, more: Partial<CallFailure> = {}): FailedCall {
  return { kind: 'failed', failure: { class: failureClass, message, ...more }, bill };
}

/** The bill of a call that reached the provider: what it says it used, or unknown. */
export function billOf(usage: Usage | undefined): FailedBill {
  return usage ? { kind: 'usage', usage } : { kind: 'unknown' };
}

/**
 * Codes by which providers name their errors, and what each means here. A code that is absent is classed by status alone.
 * Codes of an invalid request are absent on purpose: their status says so, and their text may say "too long".
 */
const CLASS_OF_CODE: ReadonlyMap<string, FailureClass> = new Map(
  Object.entries({
    // Anthropic
    authentication_error: 'authentication',
    permission_error: 'authentication',
    billing_error: 'quota-exhausted',
    not_found_error: 'not-found',
    request_too_large: 'context-too-long',
    rate_limit_error: 'rate-limited',
    timeout_error: 'timeout-total',
    api_error: 'server-error',
    overloaded_error: 'overloaded',
    // OpenAI, Azure OpenAI
    insufficient_quota: 'quota-exhausted',
    billing_hard_limit_reached: 'quota-exhausted',
    billing_not_active: 'quota-exhausted',
    rate_limit_exceeded: 'rate-limited',
    context_length_exceeded: 'context-too-long',
    content_filter: 'content-refused',
    content_policy_violation: 'content-refused',
    responsibleaipolicyviolation: 'content-refused',
    invalid_prompt: 'content-refused',
    invalid_api_key: 'authentication',
    model_not_found: 'not-found',
    deploymentnotfound: 'not-found',
    server_error: 'server-error',
    internal_error: 'server-error',
    server_is_overloaded: 'overloaded',
    slow_down: 'overloaded',
    nocapacity: 'overloaded',
    // Google
    resource_exhausted: 'rate-limited',
    unavailable: 'overloaded',
    internal: 'server-error',
    deadline_exceeded: 'timeout-total',
    unauthenticated: 'authentication',
    permission_denied: 'authentication',
    failed_precondition: 'authentication',
    api_key_invalid: 'authentication',
    not_found: 'not-found',
    // Amazon Bedrock
    throttlingexception: 'rate-limited',
    servicequotaexceededexception: 'quota-exhausted',
    modelnotreadyexception: 'overloaded',
    serviceunavailableexception: 'overloaded',
    modeltimeoutexception: 'timeout-total',
    modelerrorexception: 'server-error',
    modelstreamerrorexception: 'server-error',
    internalserverexception: 'server-error',
    accessdeniedexception: 'authentication',
    unrecognizedclientexception: 'authentication',
    expiredtokenexception: 'authentication',
    resourcenotfoundexception: 'not-found',
  } satisfies Record<string, FailureClass>),
);

/** How providers say in prose that the prompt does not fit, where no code of theirs does. */
const TOO_LONG =
  /prompt is too long|input is too long|maximum context length|context window|context length|exceeds? the (?:maximum|limit).{0,40}tokens|too many (?:input )?tokens/i;

/** Characters of a provider's message that are looked at. */
const MESSAGE_LIMIT = 4_000;

/** After these the provider may have worked for us, whatever it says of the error. */
const WORKED_STATUSES: ReadonlySet<number> = new Set([408, 424, 499, 502, 504]);

export interface FailureContext {
  /** Name of the catalogue's provider entry. */
  readonly provider: string;
  /** Milliseconds since the epoch, for waits that are given as instants. */
  readonly now: number;
  /** What the provider says it used, from the body of the answer. */
  readonly usage?: Usage | undefined;
  /** Where else the provider's error object may be, when the exchange keeps no body: the error of a stream that began well. */
  readonly errors?: readonly unknown[];
}

/** Classifies the end of an exchange that gave no usable answer. */
export function failureOf(exchange: Exchange, context: FailureContext): FailedCall {
  if (exchange.fault) return failureOfFault(exchange, exchange.fault, context);
  if (exchange.status === undefined) {
    const message = `${context.provider} was not called: the task asks for something that this kind of provider cannot do.`;
    return failed('not-admissible', message, { kind: 'none' });
  }
  const body = parseJson(exchange.body);
  if (exchange.status >= 400) return failureOfStatus(exchange, exchange.status, body, context);
  return failureOfSuccess([body, ...(context.errors ?? [])], context);
}

function failureOfFault(exchange: Exchange, fault: WireFault, { provider, usage }: FailureContext): FailedCall {
  // A request that did not leave whole cannot have been worked on.
  const bill: FailedBill = exchange.sent ? billOf(usage) : { kind: 'none' };
  switch (fault.kind) {
    case 'timeout':
      return failed(`timeout-${fault.phase}`, `${provider} took too long: ${TIMEOUT_WORDS[fault.phase]}.`, bill);
    case 'lost': {
      const code = fault.code === undefined ? '' : ` (${fault.code})`;
      const message = exchange.sent
        ? `The connection to ${provider} was lost before the whole answer had come${code}.`
        : `${provider} could not be reached${code}.`;
      return failed('connection-lost', message, bill);
    }
    case 'closed-address':
      return failed('not-configured', `${provider} is not called at its address: ${fault.reason}`, bill);
    case 'redirect':
      return failed('not-found', `${provider} redirects to another address, which is not followed. Set base_url to the final address.`, {
        kind: 'none',
      });
    case 'too-large':
      return failed('malformed-answer', `${provider} answered with more than ${MAX_RESPONSE_BYTES / 1024 / 1024} MiB.`, bill);
    case 'second-request':
      return failed(
        'answer-cut-short',
        `${provider} broke its answer off and wanted to be asked to go on, which would be a second call.`,
        bill,
      );
    case 'unbounded':
      return failed('not-admissible', `The request to ${provider} was held back: ${fault.reason}.`, bill);
    case 'cancelled':
      return failed('cancelled', `The call of ${provider} was cancelled.`, bill);
  }
}

const TIMEOUT_WORDS = {
  connect: 'no connection was opened in time',
  headers: 'it did not begin to answer in time',
  idle: 'its answer stopped coming',
  total: 'the call reached its time limit',
} as const;

function failureOfStatus(exchange: Exchange, status: number, body: unknown, { provider, now }: FailureContext): FailedCall {
  const known = knownError(body, exchange.headers['x-amzn-errortype']);
  const failureClass = refine(known?.class ?? failureClassOfStatus(status), status, body, exchange.headers['x-should-retry']);
  const wait = retryAfterMs(exchange.headers, body, now);
  const code = known ? ` (${known.code})` : '';
  // A provider that reports its own error has made no answer. A bare 5xx may come from something in front of it.
  const mayHaveWorked = WORKED_STATUSES.has(status) || failureClass === 'timeout-total' || (failureClass === 'server-error' && !known);
  return failed(
    failureClass,
    `${provider} answered ${status}${code}: ${CLASS_WORDS[failureClass] ?? 'the call failed'}.`,
    { kind: mayHaveWorked ? 'unknown' : 'none' },
    wait === undefined ? { status } : { status, retryAfterMs: wait },
  );
}

/** A success that is no answer: an error object under status 200 or within a stream, or something else altogether. */
function failureOfSuccess(errors: readonly unknown[], { provider, usage }: FailureContext): FailedCall {
  const known = errors.map((error) => knownError(error) ?? numberedError(error)).find((found) => found !== undefined);
  if (known) {
    const words = CLASS_WORDS[known.class] ?? 'the call failed';
    return failed(known.class, `${provider} broke off with an error (${known.code}): ${words}.`, billOf(usage));
  }
  return failed('malformed-answer', `${provider} answered with something that could not be read.`, billOf(usage));
}

const CLASS_WORDS: Partial<Record<FailureClass, string>> = {
  'rate-limited': 'too many requests',
  'quota-exhausted': 'the account’s quota or spend limit is reached',
  overloaded: 'it is overloaded',
  'server-error': 'it failed on its side',
  'timeout-total': 'it gave up on the call after its own time limit',
  'bad-request': 'it refuses the request as invalid',
  'context-too-long': 'the prompt does not fit the model',
  'content-refused': 'its content filter refused',
  authentication: 'it does not accept the key or the account; check the key’s environment variable and the account’s access to the model',
  'not-found': 'it does not know the model or the address; check base_url and the model’s name',
};

/** The first code of an error that the table knows, most specific place first. */
function knownError(body: unknown, amznErrorType = ''): { readonly code: string; readonly class: FailureClass } | undefined {
  const envelope = Array.isArray(body) ? body[0] : body;
  const error = at(envelope, 'error') ?? envelope;
  const codes = [
    stringAt(error, 'innererror', 'code'),
    stringAt(error, 'code'),
    ...itemsAt(error, 'details').map((detail) => stringAt(detail, 'reason')),
    stringAt(error, 'type'),
    stringAt(error, 'status'),
    stringAt(envelope, '__type')?.replace(/^.*#/, ''),
    amznErrorType.replace(/:.*$/, ''),
  ];
  for (const code of codes) {
    const found = code === undefined ? undefined : CLASS_OF_CODE.get(code.toLowerCase());
    if (code !== undefined && found) return { code, class: found };
  }
  return undefined;
}

/** Some who pass calls on to others answer 200 and put the status of the other into the error. */
function numberedError(body: unknown): { readonly code: string; readonly class: FailureClass } | undefined {
  const status = countAt(body, 'error', 'code') ?? 0;
  return status >= 400 && status < 600 ? { code: String(status), class: failureClassOfStatus(status) } : undefined;
}

/** What a class alone does not tell: prompts too long, quotas that renew tomorrow, and `x-should-retry`, which overrules the status. */
function refine(failureClass: FailureClass, status: number, body: unknown, shouldRetry: string | undefined): FailureClass {
  if (failureClass === 'bad-request' && TOO_LONG.test(messageOf(body))) return 'context-too-long';
  if (failureClass === 'bad-request' && shouldRetry === 'true') return 'overloaded';
  const isLasting = shouldRetry === 'false' || isDailyQuota(body);
  if (failureClass === 'rate-limited' && status === 429 && isLasting) return 'quota-exhausted';
  return failureClass;
}

function messageOf(body: unknown): string {
  const envelope = Array.isArray(body) ? body[0] : body;
  const message = stringAt(envelope, 'error', 'message') ?? stringAt(envelope, 'message') ?? stringAt(envelope, 'error') ?? '';
  return message.slice(0, MESSAGE_LIMIT);
}

/** Google names the quota that was hit (`…PerDay…`); its `RetryInfo` says seconds even then. */
function isDailyQuota(body: unknown): boolean {
  const details = itemsAt(Array.isArray(body) ? body[0] : body, 'error', 'details');
  return details.flatMap((detail) => itemsAt(detail, 'violations')).some((violation) => stringAt(violation, 'quotaId')?.includes('PerDay'));
}
