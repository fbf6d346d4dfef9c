import fc from 'fast-check';
import { bcaAcceleration, bcaLevels } from '../../../routing/statistics/bootstrap-levels';
import { quantileCiRanks, quantileType7 } from '../../../routing/statistics/quantiles';

test('interpolates quantiles as R and numpy do', () => {
  // numpy.quantile
  expect(quantileType7([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95)).toBeCloseTo(9.55, 12);
  const values = [3, 1, 4, 1, 5];
  expect([0, 0.1, 0.5, 0.9, 1].map((p) => quantileType7(values, p))).toEqual([1, 1, 3, expect.closeTo(4.6, 12), 5]);
  expect(values).toEqual([3, 1, 4, 1, 5]);
  expect(quantileType7([], 0.5)).toBeNull();
  expect(quantileType7([7], 0.99)).toBe(7);
});

// By the binomial quantile function of scipy; the first is the p95 of 421 latencies.
test.each([
  [421, 0.95, 0.95, 391, 409],
  [10, 0.5, 0.95, 2, 9],
  [1_000, 0.5, 0.95, 469, 532],
  [20, 0.95, 0.95, 17, 21],
  [5, 0.5, 0.9, 1, 5],
  [1, 0.5, 0.95, 0, 2],
])('of %i values, the %f-quantile lies with confidence %f between ranks %i and %i', (n, p, conf, lowerRank, upperRank) => {
  expect(quantileCiRanks(n, p, conf)).toEqual({ lowerRank, upperRank });
});

test('the ranks enclose the quantile with the confidence asked for, and the next ones inside would not at their end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.02, max: 0.98, noNaN: true }), (n, p) => {
      const conf = 0.9;
      const { lowerRank, upperRank } = quantileCiRanks(n, p, conf);
      const point: number[] = [(1 - p) ** n];
      for (let k = 0; k < n; k += 1) point.push((point[k] ?? 0) * ((n - k) / (k + 1)) * (p / (1 - p)));
      const sum = (from: number, to: number) => point.slice(from, to).reduce((total, each) => total + each, 0);
      const tail = (1 - conf) / 2;
      expect(sum(0, lowerRank)).toBeLessThanOrEqual(tail + 1e-12);
      expect(sum(0, lowerRank + 1)).toBeGreaterThan(tail - 1e-12);
      expect(sum(upperRank, n + 1)).toBeLessThanOrEqual(tail + 1e-12);
      expect(sum(upperRank - 1, n + 1)).toBeGreaterThan(tail - 1e-12);
    }),
  );
});

test('measures skewness by the jackknife', () => {
  // numpy, leaving out each value in turn.
  expect(bcaAcceleration([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])).toBeCloseTo(0.02863513306204554, 14);
  expect(bcaAcceleration([1, 2, 3])).toBeCloseTo(0, 15);
  expect(bcaAcceleration([4, 4, 4])).toBe(0);
});

test('shifts the percentile levels for bias and skewness', () => {
  const [low, high] = bcaLevels(0.1, 0.05, 0.95);
  // scipy.stats.norm
  expect(low).toBeCloseTo(0.05461007689835953, 13);
  expect(high).toBeCloseTo(0.9917237368688839, 13);
  expect(bcaLevels(0, 0, 0.95)).toEqual([expect.closeTo(0.025, 14), expect.closeTo(0.975, 14)]);
});

test('refuses what has no quantile', () => {
  for (const wrong of [
    () => quantileType7([1], 1.1),
    () => quantileType7([1, Number.NaN], 0.5),
    () => quantileCiRanks(0, 0.5, 0.95),
    () => quantileCiRanks(5, 1, 0.95),
    () => bcaAcceleration([1]),
    () => bcaLevels(0, 0.6, 0.95),
  ]) {
    expect(wrong).toThrow(RangeError);
  }
});
