import * as fc from 'fast-check';
import { DAMPING, flapPenalty, flapReuseDay } from '../../../../routing/review/propose/damping';

const { halfLifeDays, perChange, suppress, reuse } = DAMPING;

test('the third change in 20 days brings the penalty to 2424, above the suppress limit, until day 71', () => {
  const changes = [0, 10, 20];
  expect(flapPenalty(changes, 20, halfLifeDays, perChange)).toBeCloseTo(2423.6610509315365, 9);
  expect(flapPenalty(changes, 20, halfLifeDays, perChange)).toBeGreaterThan(suppress);
  expect(flapReuseDay(changes, reuse, halfLifeDays, perChange)).toBe(71);
});

test('a penalty is half after the half-life', () => {
  expect(flapPenalty([5], 35, 30, 1000)).toBe(500);
  expect(flapReuseDay([5], 500, 30, 1000)).toBe(35);
});

test('a change yet to come does not count', () => {
  expect(flapPenalty([5, 50], 5, 30, 1000)).toBe(1000);
});

test('nothing waits when the penalty is below the limit from the start', () => {
  expect(flapReuseDay([5], 2000, 30, 1000)).toBe(5);
});

test('the reuse day is the first on which the penalty is back at the limit, in whatever order changes are given', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 365 }), { minLength: 1, maxLength: 20 }), (days) => {
      const day = flapReuseDay(days, reuse, halfLifeDays, perChange);
      expect(flapPenalty(days, day, halfLifeDays, perChange)).toBeLessThanOrEqual(reuse * (1 + 1e-9));
      expect(flapPenalty(days, day - 1, halfLifeDays, perChange)).toBeGreaterThan(reuse);
      expect(flapReuseDay(days.toReversed(), reuse, halfLifeDays, perChange)).toBe(day);
    }),
  );
});

test.each([
  () => flapReuseDay([], 750, 30, 1000),
  () => flapReuseDay([1], 0, 30, 1000),
  () => flapPenalty([1], 2, 0, 1000),
  () => flapPenalty([Number.NaN], 2, 30, 1000),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
