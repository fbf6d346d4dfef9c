/** What providers say of their rate limits: by their documented headers, and what is no figure. */

import { rateLimitsUsed } from '../../activities/providers/rate-limits-used';

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, number>>]>([
  [
    'the tightest of Anthropic’s limits',
    {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '45',
      'anthropic-ratelimit-input-tokens-limit': '1000',
      'anthropic-ratelimit-input-tokens-remaining': '250',
    },
    { minute: 0.75 },
  ],
  [
    'the tightest of OpenAI’s limits',
    {
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '6',
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': '90',
    },
    { minute: 0.4 },
  ],
  [
    'all four kinds of Anthropic’s limits',
    Object.fromEntries(
      ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((kind, at) => [
        [`anthropic-ratelimit-${kind}-limit`, '100'],
        [`anthropic-ratelimit-${kind}-remaining`, `${90 - 20 * at}`],
      ]),
    ),
    { minute: 0.7 },
  ],
  [
    'nothing of Anthropic’s Priority Tier, after which calls go on in the standard tier',
    { 'anthropic-priority-input-tokens-limit': '10000', 'anthropic-priority-input-tokens-remaining': '0' },
    {},
  ],
  [
    'Groq’s requests as those of the day, and its tokens as those of the minute',
    {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '10800',
      'x-ratelimit-reset-requests': '6h0m0s',
      'x-ratelimit-limit-tokens': '18000',
      'x-ratelimit-remaining-tokens': '9000',
      'x-ratelimit-reset-tokens': '7.66s',
    },
    { day: 0.25, minute: 0.5 },
  ],
  [
    'OpenAI’s limits that are back within the minute as those of the minute',
    { 'x-ratelimit-limit-tokens': '100', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m0s' },
    { minute: 1 },
  ],
  [
    'Cerebras’s, which name the day and the minute',
    {
      'x-ratelimit-limit-requests-day': '1000',
      'x-ratelimit-remaining-requests-day': '900',
      'x-ratelimit-reset-requests-day': '33011.382867097855',
      'x-ratelimit-limit-tokens-minute': '1000',
      'x-ratelimit-remaining-tokens-minute': '600',
      'x-ratelimit-reset-tokens-minute': '11.382867097854614',
    },
    { day: 0.1, minute: 0.4 },
  ],
  [
    'Mistral’s, with its own word for requests',
    {
      'x-ratelimit-limit-req-minute': '720',
      'x-ratelimit-remaining-req-minute': '360',
      'x-ratelimit-limit-tokens-minute': '5000000',
      'x-ratelimit-remaining-tokens-minute': '4999911',
    },
    { minute: 0.5 },
  ],
  [
    'DigitalOcean’s, which say "per"',
    {
      'x-ratelimit-limit-tokens-per-day': '100',
      'x-ratelimit-remaining-tokens-per-day': '20',
      'x-ratelimit-limit-tokens-per-minute': '100',
      'x-ratelimit-remaining-tokens-per-minute': '70',
      'x-ratelimit-reset-tokens-per-minute': '1781000000',
    },
    { day: 0.8, minute: 0.3 },
  ],
  [
    'nothing of Azure’s -1, which stands for unknown',
    { 'x-ratelimit-limit-tokens': '-1', 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '0' },
    {},
  ],
  ['nothing left', { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '0' }, { minute: 1 }],
  ['more left than the limit', { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '11' }, { minute: 0 }],
  ['no limit', {}, {}],
  ['half of a pair', { 'x-ratelimit-limit-requests': '10' }, {}],
  ['a limit of 0', { 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' }, {}],
  ['what is no number', { 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-remaining-requests': '-1' }, {}],
])('reads %s', (_, headers, used) => {
  expect(rateLimitsUsed(headers)).toEqual(Object.fromEntries(Object.entries(used).map(([per, rate]) => [per, expect.closeTo(rate, 10)])));
});
