import * as fc from 'fast-check';
import { cohenKappa, gwetAc1 } from '../../../routing/statistics/agreement';

test('20, 5, 10, 15 agree by kappa 0.4', () => {
  expect(
    cohenKappa([
      [20, 5],
      [10, 15],
    ]),
  ).toBeCloseTo(0.4, 14);
});

test('weights follow the distance of the scores', () => {
  // numpy, from the definition
  const scores = [
    [5, 2, 1],
    [1, 8, 3],
    [0, 2, 9],
  ];
  expect(cohenKappa(scores, 'none')).toBeCloseTo(0.5543130990415336, 13);
  expect(cohenKappa(scores, 'linear')).toBeCloseTo(0.6105527638190955, 13);
  expect(cohenKappa(scores, 'quadratic')).toBeCloseTo(0.6725352112676057, 13);
  expect(gwetAc1(scores)).toBeCloseTo(0.5701078582434516, 13);
});

test('when nearly all is good, kappa is below 0 at 94 % agreement, and AC1 is 0.94', () => {
  const nearlyAllGood = [
    [118, 5],
    [2, 0],
  ];
  expect(cohenKappa(nearlyAllGood)).toBeCloseTo(-0.023391812865497075, 13);
  expect(gwetAc1(nearlyAllGood)).toBeCloseTo(0.9407763376087177, 13);
});

test('kappa is undefined when both use one category only; AC1 is 1', () => {
  const oneCategory = [
    [40, 0],
    [0, 0],
  ];
  expect(() => cohenKappa(oneCategory)).toThrow(RangeError);
  expect(gwetAc1(oneCategory)).toBe(1);
});

const table = fc.integer({ min: 2, max: 5 }).chain((k) => {
  const row = fc.array(fc.nat({ max: 50 }), { minLength: k, maxLength: k });
  return fc.array(row, { minLength: k, maxLength: k });
});

test('agreement does not depend on which rater comes first, and lies in [−1, 1]', () => {
  fc.assert(
    fc.property(table, fc.constantFrom('none' as const, 'linear' as const, 'quadratic' as const), (matrix, weights) => {
      fc.pre(matrix[0]![0]! > 0 && matrix[1]![1]! > 0);
      const turned = matrix.map((_, i) => matrix.map((row) => row[i]!));
      expect(cohenKappa(turned, weights)).toBeCloseTo(cohenKappa(matrix, weights), 10);
      expect(gwetAc1(turned)).toBeCloseTo(gwetAc1(matrix), 10);
      for (const agreement of [cohenKappa(matrix, weights), gwetAc1(matrix)]) {
        expect(agreement).toBeGreaterThanOrEqual(-1);
        expect(agreement).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test.each([
  [[[1]]],
  [[[1, 2]]],
  [[[1, 2], [3]]],
  [
    [
      [0, 0],
      [0, 0],
    ],
  ],
  [
    [
      [1, 2],
      [3, -4],
    ],
  ],
])('refuses %j', (matrix) => {
  expect(() => cohenKappa(matrix)).toThrow(RangeError);
  expect(() => gwetAc1(matrix)).toThrow(RangeError);
});
