/** The environment variables: all of them, what each may be, what each changes, and that the manual has them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOverrides, workerEnvironment } from '../../client/config/variables';
import { packageRoot } from '../../db/documents/package-root';
import { ROUTING_VARIABLES, readRoutingEnvironment } from '../../db/documents/routing-environment';

test('these are all', () => {
  expect(ROUTING_VARIABLES).toEqual([
    'ROUTING_DEFAULT_MODEL',
    'ROUTING_ENABLE_CACHE',
    'ROUTING_CACHE_TTL',
    'ROUTING_ENABLE_LEARNING',
    'ROUTING_DAILY_BUDGET',
    'ROUTING_MONTHLY_BUDGET',
    'ROUTING_PER_REQUEST_LIMIT',
    'ROUTING_FALLBACK_ENABLED',
    'ROUTING_MAX_RETRIES',
    'ROUTING_TIMEOUT',
    'ROUTING_DEBUG',
  ]);
});

test('docs/configuration.md has a row for each, and no other', () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'configuration.md'), 'utf8');
  expect([...text.matchAll(/^\| `(ROUTING_\w+)` \|/gm)].map(([, name]) => name)).toEqual(ROUTING_VARIABLES);
});

test.each([
  ['ROUTING_DEFAULT_MODEL', 'openai/gpt-6-sol', 'openai/gpt-6-sol'],
  ['ROUTING_DEFAULT_MODEL', 'openrouter/meta/llama', 'openrouter/meta/llama'],
  ['ROUTING_ENABLE_CACHE', 'off', false],
  ['ROUTING_CACHE_TTL', '5m', 300],
  ['ROUTING_CACHE_TTL', '3600', 3600],
  ['ROUTING_ENABLE_LEARNING', ' TRUE ', true],
  ['ROUTING_DAILY_BUDGET', '0', 0],
  ['ROUTING_MONTHLY_BUDGET', '1000000', 1_000_000],
  ['ROUTING_PER_REQUEST_LIMIT', '0.05', 0.05],
  ['ROUTING_FALLBACK_ENABLED', 'no', false],
  ['ROUTING_MAX_RETRIES', '19', 19],
  ['ROUTING_TIMEOUT', '1500ms', 1.5],
  ['ROUTING_DEBUG', '1', true],
] as const)('%s may be "%s"', (name, words, value) => {
  expect(readRoutingEnvironment({ [name]: words })).toEqual({ [name]: value });
});

test.each([
  ['ROUTING_DEFAULT_MODEL', 'gpt-6-sol', /provider\/model/],
  ['ROUTING_ENABLE_CACHE', 'maybe', /true or false/],
  ['ROUTING_CACHE_TTL', '0', /a time from 1ms to 24h/],
  ['ROUTING_DAILY_BUDGET', '25 EUR', /US dollars .* without a currency/],
  ['ROUTING_DAILY_BUDGET', '-1', /US dollars/],
  ['ROUTING_MONTHLY_BUDGET', '1000001', /US dollars/],
  ['ROUTING_PER_REQUEST_LIMIT', 'NaN', /US dollars/],
  ['ROUTING_MAX_RETRIES', '20', /whole number from 0 to 19/],
  ['ROUTING_MAX_RETRIES', '1.5', /whole number/],
  ['ROUTING_TIMEOUT', '25h', /a time from 1ms to 24h/],
  ['ROUTING_DEBUG', 'very', /true or false/],
] as const)('%s may not be "%s"', (name, words, says) => {
  expect(() => readRoutingEnvironment({ [name]: words })).toThrow(
    expect.objectContaining({ code: 'bad_config', message: expect.stringMatching(says) }),
  );
});

test('all that are wrong are told at once, without what they say', () => {
  const env = { ROUTING_TIMEOUT: 'secret-a', ROUTING_DEBUG: 'secret-b', ROUTING_MAX_RETRIES: '2' };
  expect(() => readRoutingEnvironment(env)).toThrow(/^Correct the environment: ROUTING_TIMEOUT must be .*; ROUTING_DEBUG must be/);
  expect(() => readRoutingEnvironment(env)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
});

test('an empty variable is one that is not set', () => {
  expect(readRoutingEnvironment({ ROUTING_TIMEOUT: '', ROUTING_DEBUG: ' ' })).toEqual({});
});

test.each([
  ['ROUTING_DEFAULT_MODEL', 'openai/gpt-6-sol', 'signalbox.yaml', 'providers.openai.default_model', 'gpt-6-sol'],
  ['ROUTING_ENABLE_LEARNING', 'false', 'policy.yaml', 'ewma.min_ratings', 1_000_000],
  ['ROUTING_DAILY_BUDGET', '5', 'signalbox.yaml', 'budgets.global.daily_usd', 5],
  ['ROUTING_MONTHLY_BUDGET', '5', 'signalbox.yaml', 'budgets.global.monthly_usd', 5],
  ['ROUTING_PER_REQUEST_LIMIT', '5', 'signalbox.yaml', 'budgets.global.per_request_usd', 5],
  ['ROUTING_FALLBACK_ENABLED', 'false', 'policy.yaml', 'attempts.max_models', 1],
  ['ROUTING_MAX_RETRIES', '0', 'policy.yaml', 'attempts.tries_per_model', 1],
  ['ROUTING_TIMEOUT', '30s', 'policy.yaml', 'attempts.max_call_seconds', 30],
])('%s=%s takes the place of a key of %s: %s', (name, words, file, key, value) => {
  expect(environmentOverrides({ [name]: words })).toEqual([{ file, path: key.split('.'), value, origin: 'environment', source: name }]);
});

test('what is on by default changes nothing when it is switched on', () => {
  expect(environmentOverrides({ ROUTING_ENABLE_LEARNING: 'true', ROUTING_FALLBACK_ENABLED: '1', ROUTING_DEBUG: '1' })).toEqual([]);
});

test('asked to debug, workers log in detail unless they are told otherwise', () => {
  expect(workerEnvironment({ ROUTING_DEBUG: 'yes' }).LOG_LEVEL).toBe('debug');
  expect(workerEnvironment({ ROUTING_DEBUG: 'yes', LOG_LEVEL: 'warn' }).LOG_LEVEL).toBe('warn');
  expect(workerEnvironment({}).LOG_LEVEL).toBeUndefined();
});
