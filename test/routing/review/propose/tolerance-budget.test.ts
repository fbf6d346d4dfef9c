import * as fc from 'fast-check';
import { remainingMargin } from '../../../../routing/review/propose/tolerance-budget';

test('five accepted losses of .02 overdraw a tolerance of .05 by .05', () => {
  expect(remainingMargin(0.05, [-0.02, -0.02, -0.02, -0.02, -0.02])).toBeCloseTo(-0.05, 14);
});

test('nothing accepted leaves all of it', () => {
  expect(remainingMargin(0.05, [])).toBe(0.05);
});

test('a gain never buys a loss back', () => {
  const deltas = fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }));
  fc.assert(
    fc.property(deltas, fc.double({ min: 0, max: 1, noNaN: true }), (accepted, gain) => {
      expect(remainingMargin(0.05, [...accepted, gain])).toBe(remainingMargin(0.05, accepted));
      expect(remainingMargin(0.05, accepted)).toBeLessThanOrEqual(0.05);
    }),
  );
});

test.each([
  [0, []],
  [-0.05, []],
  [0.05, [Number.NaN]],
])('refuses a margin of %d with %j', (margin, accepted) => {
  expect(() => remainingMargin(margin, accepted)).toThrow(RangeError);
});
