import * as fc from 'fast-check';
import { asymptoticCsHalfWidth, normalMixtureBound, normalMixtureRho } from '../../../routing/statistics/sequential';

// Unless named otherwise, expected figures were computed from the formulas with mpmath at 40 digits.

test('agrees with the reference values of the package confseq at v = vOpt = 100 and alpha 0.05', () => {
  // confseq, test/uniform_boundaries_test: 12.60056, 30.35209 and 27.66071, all to 1e-5
  expect(normalMixtureRho(100, 0.05)).toBeCloseTo(12.60056, 5);
  expect(normalMixtureBound(100, 0.05, 100, 2)).toBeCloseTo(30.35209, 5);
  expect(normalMixtureBound(100, 0.05, 100, 1)).toBeCloseTo(27.66071, 5);
});

test('agrees with 40-digit arithmetic', () => {
  expect(normalMixtureRho(500, 0.1)).toBeCloseTo(79.00317453425266, 11);
  expect(normalMixtureBound(7, 0.01, 100, 2)).toBeCloseTo(12.39365572438512, 11);
  expect(normalMixtureBound(2000, 0.01, 500, 1)).toBeCloseTo(153.7976984138415, 10);
  expect(asymptoticCsHalfWidth(0.03, 400, 0.05, 500, 1)).toBeCloseTo(0.0836147013665568, 14);
  expect(asymptoticCsHalfWidth(0.03, 400, 0.05, 500, 2)).toBeCloseTo(0.09121121137386123, 14);
});

const alpha = fc.double({ min: 0.001, max: 0.2, noNaN: true });
const time = fc.double({ min: 1, max: 1e5, noNaN: true });

test('guarding one direction is tighter than guarding both, at the time both are tuned for', () => {
  fc.assert(
    fc.property(time, alpha, (v, rate) => {
      expect(normalMixtureBound(v, rate, v, 1)).toBeLessThan(normalMixtureBound(v, rate, v, 2));
    }),
  );
});

test('the bound rises with time, slower than time itself', () => {
  fc.assert(
    fc.property(time, time, alpha, fc.constantFrom(1 as const, 2 as const), (v, vOpt, rate, sided) => {
      const bound = normalMixtureBound(v, rate, vOpt, sided);
      expect(normalMixtureBound(2 * v, rate, vOpt, sided)).toBeGreaterThan(bound);
      expect(normalMixtureBound(2 * v, rate, vOpt, sided)).toBeLessThan(2 * bound);
    }),
  );
});

test('is wider than a fixed-sample interval at every n', () => {
  fc.assert(
    fc.property(time, (n) => {
      expect(asymptoticCsHalfWidth(1, n, 0.05, 500, 1)).toBeGreaterThan(1.6448536);
      expect(asymptoticCsHalfWidth(1, n, 0.05, 500, 2)).toBeGreaterThan(1.9599639);
    }),
  );
});

test.each([
  () => normalMixtureRho(0, 0.05),
  () => normalMixtureRho(100, 1),
  () => normalMixtureBound(-1, 0.05, 100, 2),
  () => normalMixtureBound(1, 0.5, 100, 1),
  () => asymptoticCsHalfWidth(0.1, 0, 0.05, 500, 1),
  () => asymptoticCsHalfWidth(Number.NaN, 10, 0.05, 500, 1),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
