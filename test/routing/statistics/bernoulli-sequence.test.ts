import * as fc from 'fast-check';
import { bernoulliConfidenceSequence, errorRateEValue } from '../../../routing/statistics/bernoulli-sequence';

// Expected figures were computed with mpmath at 40 digits.

test.each([
  [8, 60, 0.0344478375103512, 0.3121014750789509],
  [0, 20, 0, 0.2606713509376575],
  [20, 20, 0.7393286490623425, 1],
  [850, 1000, 0.8061258304903394, 0.8877781100288464],
  [0, 0, 0, 1],
])('%i successes of %i give [%d, %d] at alpha 0.05', (successes, n, low, high) => {
  expect(bernoulliConfidenceSequence(successes, n, 0.05)).toEqual([expect.closeTo(low, 12), expect.closeTo(high, 12)]);
});

test('no look of the first 150 excludes the true rate with more than alpha in all', () => {
  const [rate, alpha] = [0.85, 0.1];
  // Exact: probability of each count of successes, of the paths that were not excluded before.
  let inside = [1];
  for (let n = 1; n <= 150; n++) {
    const next = Array.from({ length: n + 1 }, (_, x) => (inside[x] ?? 0) * (1 - rate) + (inside[x - 1] ?? 0) * rate);
    inside = next.map((probability, x) => {
      if (probability === 0) return 0;
      const [low, high] = bernoulliConfidenceSequence(x, n, alpha);
      return low <= rate && rate <= high ? probability : 0;
    });
  }
  const excluded = 1 - inside.reduce((sum, probability) => sum + probability, 0);
  expect(excluded).toBeLessThanOrEqual(alpha);
  expect(excluded).toBeGreaterThan(0.01);
});

test('holds the observed rate and mirrors for failures', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (n, seed) => {
      const x = seed % (n + 1);
      const [low, high] = bernoulliConfidenceSequence(x, n, 0.05);
      expect(low).toBeLessThanOrEqual(x / n);
      expect(high).toBeGreaterThanOrEqual(x / n);
      const [mirroredLow, mirroredHigh] = bernoulliConfidenceSequence(n - x, n, 0.05);
      expect([1 - mirroredHigh, 1 - mirroredLow]).toEqual([expect.closeTo(low, 12), expect.closeTo(high, 12)]);
    }),
  );
});

test.each([
  [8, 60, 0.02, 730.198182524876],
  [1, 60, 0.02, 0.03005464480874317],
  [30, 1000, 0.02, 0.1250292484915549],
  [0, 10, 0.02, 0.09090909090909091],
  [0, 0, 0.02, 1],
])('%i errors of %i against a limit of %d are evidence of %d', (errors, n, limit, evidence) => {
  expect(errorRateEValue(errors, n, limit) / evidence).toBeCloseTo(1, 11);
});

test('the expected evidence against a limit that is kept to the full is 1, whenever one looks', () => {
  const limit = 0.1;
  for (const n of [1, 10, 60]) {
    let probability = (1 - limit) ** n;
    let expected = 0;
    for (let errors = 0; errors <= n; errors++) {
      expected += probability * errorRateEValue(errors, n, limit);
      probability *= ((n - errors) / (errors + 1)) * (limit / (1 - limit));
    }
    expect(expected).toBeCloseTo(1, 10);
  }
});

test('each further error is more evidence, each further good call less', () => {
  fc.assert(
    fc.property(fc.nat({ max: 100 }), fc.nat({ max: 1000 }), fc.double({ min: 0.005, max: 0.5, noNaN: true }), (errors, good, limit) => {
      const evidence = errorRateEValue(errors, errors + good, limit);
      expect(errorRateEValue(errors + 1, errors + good + 1, limit)).toBeGreaterThan(evidence);
      expect(errorRateEValue(errors, errors + good + 1, limit)).toBeLessThanOrEqual(evidence);
    }),
  );
});

test('calls without any error are evidence of 1/(n+1), however many there are', () => {
  for (const limit of [0.02, 0.5, 0.9]) expect(errorRateEValue(0, 100_000, limit) * 100_001).toBeCloseTo(1, 10);
});

test('evidence beyond all numbers stays a number', () => {
  expect(errorRateEValue(5000, 5000, 0.02)).toBe(Number.MAX_VALUE);
});

test.each([
  () => errorRateEValue(3, 2, 0.02),
  () => errorRateEValue(1, 2, 0),
  () => bernoulliConfidenceSequence(-1, 2, 0.05),
  () => bernoulliConfidenceSequence(0.5, 2, 0.05),
  () => bernoulliConfidenceSequence(1, 2, 1),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
