/** What a file would change of slots: found by account and quota, and said in words. */

import { describeSlotChanges } from '../../client/cli/terminal/slot-changes';
import { buildSlots } from '../../db/documents/build-slots';
import { differenceSlots } from '../../db/documents/slots-differences';
import type { SlotsYaml } from '../../db/documents/slots-yaml';

const SEAT = { id: 'seat', models: ['a/one', 'a/two'], windows: [{ per: 'day', requests: 100, usd: 2 }] } as const;
const settings = (yaml: object) => buildSlots(yaml as SlotsYaml);
const BASE = settings({ accounts: [SEAT] });

const wordsOf = (before: object | undefined, after: object | undefined) =>
  describeSlotChanges(differenceSlots(before && settings(before), after && settings(after)));

test('the same slots in another order are no change', () => {
  const spare = { id: 'spare', models: ['a/one'] };
  expect(differenceSlots(settings({ accounts: [SEAT, spare] }), settings({ accounts: [spare, SEAT] }))).toEqual([]);
  expect(differenceSlots(undefined, undefined)).toEqual([]);
});

test('changes are told by account and period, money in dollars', () => {
  const after = settings({ accounts: [{ ...SEAT, concurrency: 3, windows: [{ per: 'day', requests: 100, usd: 5 }] }] });
  expect(differenceSlots(BASE, after)).toEqual([
    { path: ['accounts', 'seat', 'concurrency'], before: 1, after: 3 },
    { path: ['accounts', 'seat', 'windows', 'day', 'spendUsd'], before: 2, after: 5 },
  ]);
});

test.each<[string, object | undefined, object | undefined, string[]]>([
  [
    'slots where there were none',
    undefined,
    { accounts: [SEAT] },
    ['slots: account seat added: a/one, a/two; 1 at a time; per day safety rate 0.9, requests 100, spend usd 2', 'slots: mode off → act'],
  ],
  [
    'an account that goes',
    { accounts: [SEAT, { id: 'Spare_1', models: ['a/one'] }] },
    { accounts: [SEAT] },
    ['slots: account Spare_1 removed'],
  ],
  [
    'other models',
    { accounts: [SEAT] },
    { accounts: [{ ...SEAT, models: ['a/two', 'a/three'] }] },
    ['slots: account seat: models +a/three -a/one'],
  ],
  [
    'models in another order',
    { accounts: [SEAT] },
    { accounts: [{ ...SEAT, models: ['a/two', 'a/one'] }] },
    ['slots: account seat: models in another order: a/two, a/one'],
  ],
  ['another mode', { accounts: [SEAT] }, { mode: 'observe', accounts: [SEAT] }, ['slots: mode act → observe']],
  [
    'another concurrency and zone',
    { accounts: [SEAT] },
    { accounts: [{ ...SEAT, concurrency: 2, time_zone: 'Europe/Berlin' }] },
    ['slots: account seat: concurrency 1 → 2', 'slots: account seat: time zone UTC → Europe/Berlin'],
  ],
  [
    'quotas that come, go and move',
    {
      accounts: [
        {
          ...SEAT,
          windows: [
            { per: 'day', requests: 100 },
            { per: 'week', tokens: 5 },
          ],
        },
      ],
    },
    {
      accounts: [
        {
          ...SEAT,
          windows: [
            { per: 'day', requests: 50 },
            { per: 'five_hours', usd: 1, safety: 1 },
          ],
        },
      ],
    },
    [
      'slots: account seat: quota per day: requests 100 → 50',
      'slots: account seat: quota per five hours added: safety rate 1, spend usd 1',
      'slots: account seat: quota per week removed',
    ],
  ],
  [
    'values, groups and patience',
    { accounts: [SEAT] },
    { accounts: [SEAT], patience_seconds: 60, value: { base: 1, by_team: { 'our team': 3 } }, group_priorities: { 'team:a': 95 } },
    [
      'slots: formula base 0 → 1',
      'slots: formula by team our team none → 3',
      'slots: formula per priority point 1 → 0',
      'slots: group priorities team:a none → 95',
      'slots: patience ms 900000 → 60000',
    ],
  ],
  [
    'an account with a name that is a word of ours',
    { accounts: [] },
    { accounts: [{ id: 'windows', models: ['a/one'], concurrency: 2 }] },
    ['slots: account windows added: a/one; 2 at a time'],
  ],
])('%s, in words', (_, before, after, lines) => {
  expect(wordsOf(before, after)).toEqual(lines);
});

test('control characters of names do not reach the terminal', () => {
  expect(wordsOf({}, { group_priorities: { 'team:\u001b[31mred': 5 } }).join('')).not.toContain('\u001b');
});
