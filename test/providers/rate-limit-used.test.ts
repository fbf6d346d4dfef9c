import { rateLimitUsed } from '../../activities/providers/rate-limit-used';

test.each([
  [
    'the tightest of Anthropic’s limits',
    {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '45',
      'anthropic-ratelimit-input-tokens-limit': '1000',
      'anthropic-ratelimit-input-tokens-remaining': '250',
    },
    0.75,
  ],
  [
    'the tightest of OpenAI’s limits',
    {
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '6',
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': '90',
    },
    0.4,
  ],
  ['nothing left', { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '0' }, 1],
  ['more left than the limit', { 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '11' }, 0],
  ['no limit', {}, undefined],
  ['half of a pair', { 'x-ratelimit-limit-requests': '10' }, undefined],
  ['a limit of 0', { 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' }, undefined],
  ['what is no number', { 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-remaining-requests': '-1' }, undefined],
])('reads %s', (_, headers, used) => {
  if (used === undefined) expect(rateLimitUsed(headers)).toBeUndefined();
  else expect(rateLimitUsed(headers)).toBeCloseTo(used, 10);
});
