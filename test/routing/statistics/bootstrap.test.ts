import * as fc from 'fast-check';
import { bcaMean } from '../../../routing/statistics/bootstrap';
import { pairedMeanNonInferiority } from '../../../routing/statistics/paired-mean';
import { seededRandom } from '../../../routing/statistics/random';

const SKEWED = [
  0.1, -0.2, 0, 0.3, -0.05, 0, 0.2, -0.4, 0.15, 0, 0.05, -0.1, 0, 0.25, -0.3, 0.1, 0, 0, 0.6, -0.1, 0.05, 0, -0.15, 0.2, 0.1, 0, 0.9, -0.05,
  0, 0.1,
];
const one = (values: readonly number[]) => [{ weight: 1, values }];

// Reference: scipy 1.17.1, stats.bootstrap(method='BCa') with 200,000 resamples.
test('the ends are those of an independent implementation, skewness and all', () => {
  const ends = (conf: number) => bcaMean(one(SKEWED), { conf, bound: 0, resamples: 50_000, seed: 'reference' });
  expect(ends(0.95)).toMatchObject({ mean: expect.closeTo(0.058333, 6), low: expect.closeTo(-0.0117, 2), high: expect.closeTo(0.1658, 2) });
  expect(ends(0.9)).toMatchObject({ low: expect.closeTo(-0.0017, 2), high: expect.closeTo(0.1467, 2) });
});

test('the p of a bound is the level of the lower end that touches it', () => {
  for (const conf of [0.6, 0.9, 0.95]) {
    const { low } = bcaMean(one(SKEWED), { conf, bound: 0, resamples: 20_000, seed: 'p' });
    expect(bcaMean(one(SKEWED), { conf, bound: low, resamples: 20_000, seed: 'p' }).p).toBeCloseTo((1 - conf) / 2, 2);
  }
});

test('of values that are spread as a normal is, it is nearly the t interval', () => {
  const next = seededRandom('normal');
  const values = Array.from({ length: 300 }, () => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, -6) / 10);
  const { lo, hi, p } = pairedMeanNonInferiority(values, 0.02, 0.95);
  const boot = bcaMean(one(values), { conf: 0.95, bound: -0.02, seed: 'normal' });
  expect(boot.low).toBeCloseTo(lo, 2);
  expect(boot.high).toBeCloseTo(hi, 2);
  expect(Math.abs(boot.p - p)).toBeLessThan(0.01);
});

test('strata are resampled within themselves and weighted', () => {
  // Two strata that differ between, and hardly within: the interval sees what is within.
  const strata = [
    { weight: 9, values: [0, 0.01, 0, 0.01, 0, 0.01] },
    { weight: 1, values: [0.9, 1, 0.9, 1, 0.9, 1] },
  ];
  const { mean, low, high } = bcaMean(strata, { conf: 0.95, bound: 0, seed: 'strata' });
  expect(mean).toBeCloseTo(0.9 * 0.005 + 0.1 * 0.95, 12);
  expect(high - low).toBeLessThan(0.02);
});

/** Of two scores of three digits: sums of amounts near 1e-308 would differ by their rounding alone. */
const DIFFERENCE = fc.integer({ min: -1_000, max: 1_000 }).map((thousandths) => thousandths / 1_000);

test('the same seed gives the same interval, and weights are shares', () =>
  fc.assert(
    fc.property(fc.array(DIFFERENCE, { minLength: 2, maxLength: 20 }), fc.string(), (values, seed) => {
      const asked = { conf: 0.95, bound: -0.05, resamples: 200, seed };
      const given = bcaMean(one(values), asked);
      expect(bcaMean(one(values), asked)).toEqual(given);
      expect(bcaMean([{ weight: 7, values }], asked).p).toBeCloseTo(given.p, 9);
      expect(given.p >= 0 && given.p <= 1 && given.low <= given.high).toBe(true);
    }),
    { numRuns: 40 },
  ));

test('values that do not vary have an interval without width', () => {
  expect(bcaMean(one([0.2, 0.2, 0.2]), { conf: 0.95, bound: 0, seed: '' })).toEqual({
    mean: expect.closeTo(0.2, 12),
    low: expect.closeTo(0.2, 12),
    high: expect.closeTo(0.2, 12),
    p: 0,
  });
  expect(bcaMean(one([0, 0]), { conf: 0.95, bound: 0, seed: '' }).p).toBe(0.5);
  expect(bcaMean(one([-1, -1]), { conf: 0.95, bound: 0, seed: '' }).p).toBe(1);
});

test('refuses no stratum, a stratum of one value, and a weight of nothing', () => {
  const asked = { conf: 0.95, bound: 0, seed: '' };
  expect(() => bcaMean([], asked)).toThrow('number of strata');
  expect(() => bcaMean(one([1]), asked)).toThrow('number of values');
  expect(() => bcaMean([{ weight: 0, values: [1, 2] }], asked)).toThrow('weight');
});
