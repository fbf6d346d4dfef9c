import * as fc from 'fast-check';
import { niVerdict, restrictedVariance, tangoCi, tangoNonInferiority, tangoZ } from '../../../routing/statistics/tango';

// The tables are known examples; every limit was computed from the definition with 30 digits (mpmath).
test.each([
  { source: 'Tango 1998, soft contact lenses, 90 %', b: 0, c: 1, n: 44, conf: 0.9, low: -0.095662426399171, high: 0.036516938418064 },
  { source: 'Bentur 2009, airway responsiveness', b: 1, c: 7, n: 21, conf: 0.95, low: -0.517232276421377, high: -0.026003032480868 },
  { source: 'PropCIs, scoreci.mp', b: 40, c: 20, n: 160, conf: 0.95, low: 0.030864533133086, high: 0.218064244166824 },
  { source: 'Cavo 2012, complete response', b: 6, c: 16, n: 161, conf: 0.95, low: -0.124023432464068, high: -0.005433395731677 },
  { source: 'a replay', b: 12, c: 20, n: 400, conf: 0.95, low: -0.049735739697066, high: 0.008145020952764 },
  { source: 'no discordant pair, ±z²/(n + z²)', b: 0, c: 0, n: 50, conf: 0.95, low: -0.071347599133358, high: 0.071347599133358 },
])('the interval of $b and $c discordant of $n pairs ($source)', ({ b, c, n, conf, low, high }) => {
  expect(tangoCi({ b, c, n }, conf)).toEqual([expect.closeTo(low, 13), expect.closeTo(high, 13)]);
});

test("Tango's own example: 1 of 44 pairs lost, margin 0.1, gives z 1.709 and p 0.044", () => {
  expect(tangoNonInferiority({ b: 0, c: 1, n: 44 }, 0.1)).toEqual({
    z: expect.closeTo(1.708564285940661, 13),
    p: expect.closeTo(0.04376584443856, 13),
  });
});

test('a candidate that wins or loses every pair has an interval that ends at 1 or −1', () => {
  const z2 = 3.841458820694124;
  const other = (20 - z2) / (20 + z2); // where n(1 − δ)/(1 + δ) = z²
  expect(tangoCi({ b: 20, c: 0, n: 20 }, 0.95)).toEqual([expect.closeTo(other, 13), 1]);
  expect(tangoCi({ b: 0, c: 20, n: 20 }, 0.95)).toEqual([-1, expect.closeTo(-other, 13)]);
});

const counts = fc.tuple(fc.nat(200), fc.nat(200), fc.nat(400)).map(([b, c, concordant]) => ({ b, c, n: Math.max(1, b + c + concordant) }));
const conf = fc.double({ min: 0.01, max: 0.9999, noNaN: true });

test('the interval contains the estimate and lies in [−1, 1]', () =>
  fc.assert(
    fc.property(counts, conf, (pairs, confidence) => {
      const [low, high] = tangoCi(pairs, confidence);
      const estimate = (pairs.b - pairs.c) / pairs.n;
      expect(low).toBeGreaterThanOrEqual(-1);
      expect(low).toBeLessThanOrEqual(estimate);
      expect(high).toBeGreaterThanOrEqual(estimate);
      expect(high).toBeLessThanOrEqual(1);
    }),
  ));

test('exchanging the models mirrors the interval', () =>
  fc.assert(
    fc.property(counts, conf, ({ b, c, n }, confidence) => {
      const [low, high] = tangoCi({ b, c, n }, confidence);
      expect(tangoCi({ b: c, c: b, n }, confidence)).toEqual([expect.closeTo(-high, 12), expect.closeTo(-low, 12)]);
    }),
  ));

test('more confidence widens the interval', () =>
  fc.assert(
    fc.property(counts, fc.uniqueArray(conf, { minLength: 2, maxLength: 2 }), (pairs, confidences) => {
      const [less, more] = confidences.toSorted((x, y) => x - y).map((confidence) => tangoCi(pairs, confidence));
      expect(more![0]).toBeLessThanOrEqual(less![0]);
      expect(more![1]).toBeGreaterThanOrEqual(less![1]);
    }),
  ));

test('the statistic falls as the tested difference grows, and rises with every win', () =>
  fc.assert(
    fc.property(counts, fc.double({ min: -0.99, max: 0.98, noNaN: true }), ({ b, c, n }, difference) => {
      const z = tangoZ({ b, c, n }, difference);
      expect(tangoZ({ b, c, n }, difference + 0.01)).toBeLessThan(z + 1e-9);
      if (b + c < n) expect(tangoZ({ b: b + 1, c, n }, difference)).toBeGreaterThanOrEqual(z - 1e-9);
    }),
  ));

test('the restricted estimate solves its equation and is a probability', () =>
  fc.assert(
    fc.property(counts, fc.double({ min: -1, max: 1, noNaN: true }), ({ b, c, n }, difference) => {
      const q = (restrictedVariance(b / n, c / n, difference) - difference * (1 - difference)) / 2;
      const linear = -b - c + (2 * n - b + c) * difference;
      expect((2 * n * q * q + linear * q - c * difference * (1 - difference)) / n).toBeCloseTo(0, 12);
      expect(q).toBeGreaterThanOrEqual(Math.max(0, -difference) - 1e-12);
      expect(2 * q + difference).toBeLessThanOrEqual(1 + 1e-12);
    }),
  ));

test('the verdict is where the interval of confidence 1 − 2α lies', () =>
  fc.assert(
    fc.property(counts, fc.double({ min: 0.01, max: 0.3, noNaN: true }), (pairs, margin) => {
      const [low, high] = tangoCi(pairs, 0.95);
      fc.pre(Math.abs(low + margin) > 1e-9 && Math.abs(high + margin) > 1e-9);
      const expected = low > -margin ? 'NON_INFERIOR' : high < -margin ? 'INFERIOR' : 'INCONCLUSIVE';
      expect(niVerdict(pairs, margin, 0.025)).toBe(expected);
    }),
  ));

test.each([
  { b: 12, c: 20, n: 400, verdict: 'NON_INFERIOR' },
  { b: 12, c: 21, n: 400, verdict: 'INCONCLUSIVE' },
  { b: 5, c: 60, n: 400, verdict: 'INFERIOR' },
  { b: 0, c: 0, n: 73, verdict: 'NON_INFERIOR' },
  { b: 0, c: 0, n: 72, verdict: 'INCONCLUSIVE' },
  { b: 0, c: 0, n: 0, verdict: 'INCONCLUSIVE' },
])('$b won and $c lost of $n pairs at margin 0.05: $verdict', ({ verdict, ...pairs }) => {
  expect(niVerdict(pairs, 0.05, 0.025)).toBe(verdict);
});

test.each([
  [{ b: 3, c: 3, n: 5 }, 0.95],
  [{ b: -1, c: 0, n: 5 }, 0.95],
  [{ b: 1.5, c: 0, n: 5 }, 0.95],
  [{ b: 0, c: 0, n: 0 }, 0.95],
  [{ b: 1, c: 1, n: 5 }, 1],
  [{ b: 1, c: 1, n: 5 }, Number.NaN],
])('refuses %j at confidence %d', (pairs, confidence) => {
  expect(() => tangoCi(pairs, confidence)).toThrow(RangeError);
});

test('refuses a margin that is not a share, and a level of one half or more', () => {
  expect(() => tangoNonInferiority({ b: 1, c: 1, n: 5 }, 0)).toThrow('margin is 0');
  expect(() => niVerdict({ b: 1, c: 1, n: 5 }, 0.05, 0.5)).toThrow('alphaOneSided is 0.5');
});
