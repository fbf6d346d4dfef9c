import * as fc from 'fast-check';
import { percentile, placeInQueue, standingOf } from '../../../routing/slots/queue-order';

const RECENT = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
const PATIENCE = 600_000;

test('who is worth more stands higher, and among equals who has the higher priority', () => {
  const [low, high] = [standingOf(15, 100, RECENT), standingOf(25, 0, RECENT)];
  expect(high).toBeGreaterThan(low);
  expect(standingOf(25, 60, RECENT)).toBeGreaterThan(standingOf(25, 59, RECENT));
});

test('while few values are known, a value stands for itself, in any unit', () => {
  for (const [less, more] of [
    [0, 0.001],
    [0.001, 0.002],
    [1, 1.1],
    [500, 501],
    [1e6, 2e6],
  ] as const) {
    expect(standingOf(more, 0, [5])).toBeGreaterThan(standingOf(less, 100, [5]));
  }
});

test.each([
  [Number.POSITIVE_INFINITY, 1_000],
  [0, -1_000],
])('a value of %s and a priority of %s stand within [0, 1)', (value, priority) => {
  const standing = standingOf(value, priority, RECENT);
  expect(standing).toBeGreaterThanOrEqual(0);
  expect(standing).toBeLessThan(1);
});

test('nothing starves: whoever comes a patience later goes later, whatever either is worth', () => {
  const arrival = fc.record({ value: fc.double({ min: 0, max: 1e9, noNaN: true }), priority: fc.integer({ min: 0, max: 100 }) });
  fc.assert(
    fc.property(arrival, arrival, fc.integer({ min: 0, max: 1e13 }), (first, second, since) => {
      const place = ({ value, priority }: { value: number; priority: number }, at: number) =>
        placeInQueue(standingOf(value, priority, RECENT), at, PATIENCE);
      expect(place(first, since)).toBeLessThan(place(second, since + PATIENCE));
    }),
  );
});

test('percentiles are interpolated between ranks, and need a value', () => {
  expect([0, 25, 50, 90, 100].map((percent) => percentile(RECENT, percent))).toEqual([10, 32.5, 55, 91, 100]);
  expect(percentile([7], 90)).toBe(7);
  expect(() => percentile([], 50)).toThrow(RangeError);
});
