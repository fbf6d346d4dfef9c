/** What the errors of providers' clients mean. */

import { CallFailed } from '../../embedded';
import { failedCallOf } from '../../embedded/failure';
import { statusError } from '../support/routing-system';

const named = (name: string, more: object = {}) => Object.assign(new Error('…'), { name, ...more });

test.each([
  [
    'OpenAI: rate limit',
    statusError(429, { code: 'rate_limit_exceeded', headers: new Headers({ 'retry-after-ms': '1500' }) }),
    { class: 'rate-limited', retryAfterMs: 1_500 },
    'nothing',
  ],
  ['OpenAI: no credit', statusError(429, { code: 'insufficient_quota' }), { class: 'quota-exhausted' }, 'nothing'],
  ['OpenAI: prompt too long', statusError(400, { code: 'context_length_exceeded' }), { class: 'context-too-long' }, 'nothing'],
  ['OpenAI: content filter', statusError(400, { code: 'content_filter' }), { class: 'content-refused' }, 'nothing'],
  ['OpenAI: timeout of its client', named('APIConnectionTimeoutError'), { class: 'timeout-total' }, 'reservation'],
  [
    'Anthropic: overloaded',
    statusError(529, { error: { type: 'error', error: { type: 'overloaded_error' } } }),
    { class: 'overloaded' },
    'nothing',
  ],
  [
    'Anthropic: connection lost',
    named('APIConnectionError', { cause: { code: 'ECONNRESET' } }),
    { class: 'connection-lost' },
    'reservation',
  ],
  [
    'AI SDK: status of its own',
    Object.assign(new Error('…'), { statusCode: 503, responseHeaders: { 'retry-after': '2' } }),
    { class: 'overloaded', retryAfterMs: 2_000 },
    'nothing',
  ],
  ['AI SDK: the last of its retries', Object.assign(new Error('…'), { cause: statusError(500) }), { class: 'server-error' }, 'reservation'],
  [
    'fetch: nothing listens',
    Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } }),
    { class: 'connection-lost' },
    'nothing',
  ],
  ['fetch: its own time limit', named('TimeoutError'), { class: 'timeout-total' }, 'reservation'],
  ['a gateway in between', statusError(502), { class: 'server-error' }, 'reservation'],
  [
    'what the call says itself',
    new CallFailed('malformed-answer', 'No JSON.', { charged: 'nothing', retryAfterMs: 5 }),
    { class: 'malformed-answer', retryAfterMs: 5 },
    'nothing',
  ],
  ['a class that does not exist', new CallFailed('boom' as never, 'Boom.'), { class: 'server-error' }, 'reservation'],
])('%s', (_, error, failure, charged) => {
  expect(failedCallOf(error, 'acme/mini')).toMatchObject({ failure, charged });
});

test.each([
  ['an error of the program', new TypeError('x is not a function')],
  ['an error with a code of its own', Object.assign(new Error('…'), { code: 'ERR_ASSERTION' })],
  ['no error at all', 'a string'],
  ['nothing', undefined],
])('%s is no failure of a provider', (_, error) => {
  expect(failedCallOf(error, 'acme/mini')).toBeUndefined();
});

test('no message of a provider gets into ours', () => {
  const secret = 'the prompt was: my password is hunter2';
  const error = Object.assign(new Error(secret), { status: 400, error: { message: secret } });
  expect(JSON.stringify(failedCallOf(error, 'acme/mini'))).not.toContain('hunter2');
});

test('an error that wraps itself is read in bounded time', () => {
  const error: { cause?: unknown; error?: unknown } = {};
  error.cause = error;
  error.error = error;
  expect(failedCallOf(error, 'acme/mini')).toBeUndefined();
});
