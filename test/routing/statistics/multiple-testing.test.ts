import fc from 'fast-check';
import { benjaminiHochberg, combinePasses, holm } from '../../../routing/statistics/multiple-testing';

// Benjamini & Hochberg (1995), section 3.2: fifteen hypotheses of a trial of thrombolysis.
const PUBLISHED = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1];
const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });

test('rejects as many as the authors did: four by the false discovery rate, three by the family-wise rate', () => {
  expect(benjaminiHochberg(PUBLISHED).filter((p) => p <= 0.05)).toHaveLength(4);
  expect(holm(PUBLISHED).filter((p) => p <= 0.05)).toHaveLength(3);
});

test('adjusts in the order given', () => {
  // scipy.stats.false_discovery_control
  const p = [0.01, 0.04, 0.03, 0.005, 0.2];
  for (const [index, expected] of [0.025, 0.05, 0.05, 0.025, 0.2].entries()) expect(benjaminiHochberg(p)[index]).toBeCloseTo(expected, 14);
  for (const [index, expected] of [0.04, 0.09, 0.09, 0.025, 0.2].entries()) expect(holm(p)[index]).toBeCloseTo(expected, 14);
  expect([benjaminiHochberg([]), holm([])]).toEqual([[], []]);
});

test('never makes a p-value smaller, keeps their order, and Holm is never the milder of the two', () => {
  fc.assert(
    fc.property(pValues, (p) => {
      const discovery = benjaminiHochberg(p);
      const family = holm(p);
      for (const [i, value] of p.entries()) {
        expect(discovery[i]).toBeGreaterThanOrEqual(value * (1 - 1e-15));
        expect(family[i]).toBeGreaterThanOrEqual((discovery[i] ?? Number.NaN) * (1 - 1e-15));
        expect(family[i]).toBeLessThanOrEqual(1);
        for (const [j, other] of p.entries()) {
          if (value > other) expect(discovery[i]).toBeGreaterThanOrEqual(discovery[j] ?? Number.NaN);
          if (value > other) expect(family[i]).toBeGreaterThanOrEqual(family[j] ?? Number.NaN);
        }
      }
    }),
  );
});

test('pays for the second pass, used or not', () => {
  expect(combinePasses([0.02], 2)).toBe(0.04);
  expect(combinePasses([0.3, 0.01], 2)).toBe(0.02);
  expect(combinePasses([0.6, 0.7], 2)).toBe(1);
});

test('refuses p-values that are none, and passes nobody allowed', () => {
  for (const wrong of [
    () => benjaminiHochberg([1.1]),
    () => holm([-0.1]),
    () => combinePasses([], 2),
    () => combinePasses([0.1, 0.1], 1),
  ]) {
    expect(wrong).toThrow(RangeError);
  }
});
