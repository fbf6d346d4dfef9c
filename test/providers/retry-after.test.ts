import fc from 'fast-check';
import { retryAfterMs } from '../../activities/providers/retry-after';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

test.each([
  ['milliseconds', { 'retry-after-ms': '1500' }, 1_500],
  ['milliseconds with decimals, rounded up', { 'retry-after-ms': '1500.2' }, 1_501],
  ['seconds', { 'retry-after': '20' }, 20_000],
  ['seconds with decimals', { 'retry-after': '0.25' }, 250],
  ['an HTTP date', { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, 30_000],
  ['an HTTP date in the past, as no wait', { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
  ['a duration until a limit renews', { 'x-ratelimit-reset-requests': '6m0.5s' }, 360_500],
  ['a duration in milliseconds', { 'x-ratelimit-reset-tokens': '20ms' }, 20],
  ['an instant at which a limit renews', { 'anthropic-ratelimit-requests-reset': '2026-03-01T12:01:00Z' }, 60_000],
  ['an instant in seconds since the epoch', { 'x-ratelimit-reset': String(NOW / 1000 + 5) }, 5_000],
  ['an instant in milliseconds since the epoch', { 'x-ratelimit-reset': String(NOW + 7_000) }, 7_000],
  ['seconds until a limit renews', { 'x-ratelimit-reset': '12' }, 12_000],
])('reads %s', (_form, headers, expected) => {
  expect(retryAfterMs(headers, undefined, NOW)).toBe(expected);
});

test('reads Google’s RetryInfo, also in a list', () => {
  const body = { error: { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '13.5s' }] } };
  expect(retryAfterMs({}, body, NOW)).toBe(13_500);
  expect(retryAfterMs({}, [body], NOW)).toBe(13_500);
});

test('takes the most exact form of several', () => {
  expect(retryAfterMs({ 'retry-after-ms': '100', 'retry-after': '1', 'x-ratelimit-reset-requests': '9s' }, undefined, NOW)).toBe(100);
});

test('waits for the last exhausted limit, not for one that has room', () => {
  const headers = {
    'anthropic-ratelimit-requests-remaining': '40',
    'anthropic-ratelimit-requests-reset': '2026-03-01T12:30:00Z',
    'anthropic-ratelimit-input-tokens-remaining': '0',
    'anthropic-ratelimit-input-tokens-reset': '2026-03-01T12:00:10Z',
    'anthropic-ratelimit-output-tokens-remaining': '0',
    'anthropic-ratelimit-output-tokens-reset': '2026-03-01T12:00:05Z',
  };
  expect(retryAfterMs(headers, undefined, NOW)).toBe(10_000);
});

test.each(['', 'soon', '-5', 'NaN', 'Infinity', '1e9', '99999999999999999999'])('finds no wait in "%s"', (text) => {
  expect(retryAfterMs({ 'retry-after': text }, undefined, NOW)).toBeUndefined();
});

test('gives a whole number of milliseconds within 31 days or nothing, whatever is sent', () => {
  const names = fc.constantFrom('retry-after-ms', 'retry-after', 'x-ratelimit-reset', 'x-ratelimit-reset-tokens');
  const texts = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  );
  fc.assert(
    fc.property(fc.dictionary(names, texts), fc.jsonValue(), (headers, body) => {
      const wait = retryAfterMs(headers, body, NOW);
      return wait === undefined || (Number.isInteger(wait) && wait >= 0 && wait <= 31 * DAY_MS);
    }),
  );
});
