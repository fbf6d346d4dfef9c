import { replayWorthwhile } from '../../../../routing/review/propose/replay-cost';

test.each([
  [100, 10, true],
  [100, 10.01, false],
  [0, 0, false],
  [-50, 0, false],
])('a saving of %d a month and a replay of %d, at a share of at most 10 %%: %s', (saving, cost, worthwhile) => {
  expect(replayWorthwhile(saving, cost, 0.1)).toBe(worthwhile);
});

test.each([
  [100, -1, 0.1],
  [100, 1, 0],
  [Number.NaN, 1, 0.1],
  [100, Number.NaN, 0.1],
])('refuses a saving of %d, a cost of %d and a share of %d', (saving, cost, share) => {
  expect(() => replayWorthwhile(saving, cost, share)).toThrow(RangeError);
});
