import * as fc from 'fast-check';
import { sequentialSampleRatioP } from '../../../routing/statistics/sample-ratio';

// Expected figures were computed with mpmath at 40 digits.

test('an imbalance that grows is found as it grows', () => {
  const p = sequentialSampleRatioP(
    [
      [520, 480],
      [560, 440],
      [590, 410],
    ],
    [1, 1],
  );
  expect(p).toEqual([0.9752351257969588, 0.3769577259729556, 0.01335565873165082].map((value) => expect.closeTo(value, 10)));
});

test('100 against 900 of an equal split is found at once', () => {
  expect(sequentialSampleRatioP([[100, 900]], [0.5, 0.5])[0]! / 2.367899754864089e-13).toBeCloseTo(1, 9);
});

test('what was found stays found', () => {
  const p = sequentialSampleRatioP(
    [
      [10, 0, 3],
      [4, 6, 9],
      [30, 3, 20],
    ],
    [0.5, 0.2, 0.3],
    10,
  );
  expect(p).toEqual([0.37473046875, 0.37473046875, 0.37473046875].map((value) => expect.closeTo(value, 12)));
});

test('a right split of one task at a time is ever alarmed with at most alpha', () => {
  const alpha = 0.2;
  // Exact over all paths: the running minimum is alarmed for good once the reciprocal Bayes factor has been at alpha.
  let quiet = [1];
  for (let n = 1; n <= 80; n++) {
    const next = Array.from({ length: n + 1 }, (_, x) => ((quiet[x] ?? 0) + (quiet[x - 1] ?? 0)) / 2);
    quiet = next.map((probability, x) => (sequentialSampleRatioP([[x, n - x]], [1, 1], 10)[0]! <= alpha ? 0 : probability));
  }
  const alarmed = 1 - quiet.reduce((sum, probability) => sum + probability, 0);
  expect(alarmed).toBeLessThanOrEqual(alpha);
  expect(alarmed).toBeGreaterThan(0.01);
});

test('never rises, and does not depend on the scale of the weights', () => {
  const row = fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 500 }));
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const p = sequentialSampleRatioP(rows, [0.25, 0.75]);
      p.forEach((value, at) => {
        expect(value).toBeLessThanOrEqual(at === 0 ? 1 : p[at - 1]!);
      });
      expect(sequentialSampleRatioP(rows, [5, 15])).toEqual(p);
    }),
  );
});

test.each([
  () => sequentialSampleRatioP([[1, 2, 3]], [1, 1]),
  () => sequentialSampleRatioP([[1, -2]], [1, 1]),
  () => sequentialSampleRatioP([[1, 2]], [1, 0]),
  () => sequentialSampleRatioP([[1]], [1]),
  () => sequentialSampleRatioP([[1, 2]], [1, 1], 0),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
