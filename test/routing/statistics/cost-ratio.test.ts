import * as fc from 'fast-check';
import { costPerSuccess, pairedCostRatio } from '../../../routing/statistics/cost-ratio';

test('five paired costs give the ratio, error and interval that numpy gives', () => {
  expect(pairedCostRatio([1, 2, 3, 4, 2.5], [2, 3, 7, 6, 5.5], 0.95)).toEqual({
    ratio: expect.closeTo(0.5319148936170213, 13),
    se: expect.closeTo(0.058763037509041056, 13),
    lo: expect.closeTo(0.42835720572456465, 12),
    hi: expect.closeTo(0.6605082166717055, 12),
    savingLowerBound: expect.closeTo(0.3394917833282945, 12),
  });
});

test('a candidate that always costs the same share is known exactly', () => {
  expect(pairedCostRatio([1, 2, 5], [4, 8, 20], 0.95)).toEqual({ ratio: 0.25, se: 0, lo: 0.25, hi: 0.25, savingLowerBound: 0.75 });
});

const cost = fc.double({ min: 0.01, max: 1000, noNaN: true });
const pairs = fc.array(fc.tuple(cost, cost), { minLength: 2, maxLength: 50 });

test('exchanging the models inverts the ratio and its interval, whatever the currency', () => {
  fc.assert(
    fc.property(pairs, (costs) => {
      const candidate = costs.map(([one]) => one);
      const baseline = costs.map(([, other]) => other);
      const there = pairedCostRatio(candidate, baseline, 0.9);
      const back = pairedCostRatio(
        baseline.map((amount) => amount * 1.1),
        candidate.map((amount) => amount * 1.1),
        0.9,
      );
      expect(back.ratio * there.ratio).toBeCloseTo(1, 9);
      expect(back.lo * there.hi).toBeCloseTo(1, 9);
    }),
  );
});

test('a success costs what all tries cost together', () => {
  expect(costPerSuccess([2, 3, 5], [1, 0, 1])).toBe(5);
  expect(costPerSuccess([2, 3], [0, 0])).toBe(Infinity);
});

test.each([
  () => pairedCostRatio([1], [1], 0.95),
  () => pairedCostRatio([1, 2], [1, 2, 3], 0.95),
  () => pairedCostRatio([1, -2], [1, 2], 0.95),
  () => pairedCostRatio([0, 0], [1, 2], 0.95),
  () => pairedCostRatio([1, 2], [1, 2], 1),
  () => costPerSuccess([], []),
  () => costPerSuccess([1], [2]),
  () => costPerSuccess([1, 2], [1]),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
