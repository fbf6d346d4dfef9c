import fc from 'fast-check';
import { mcnemar } from '../../../routing/statistics/mcnemar';
import { clopperPearson, clopperPearsonUpperOneSided, newcombeIndependent, wilson } from '../../../routing/statistics/rates';
import { sampleRatioP } from '../../../routing/statistics/sample-ratio-pearson';

const fourDigits = (interval: readonly number[]): number[] => interval.map((end) => Number(end.toFixed(4)));

/** Successes of trials. */
const share = fc.integer({ min: 1, max: 2_000 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));

// Newcombe (1998), Statistics in Medicine 17:857, table I, methods 3 and 5.
test.each([
  { x: 81, n: 263, score: [0.2553, 0.3662], exact: [0.2527, 0.3676] },
  { x: 15, n: 148, score: [0.0624, 0.1605], exact: [0.0578, 0.1617] },
  { x: 0, n: 20, score: [0, 0.1611], exact: [0, 0.1684] },
  { x: 1, n: 29, score: [0.0061, 0.1718], exact: [0.0009, 0.1776] },
])('gives the published intervals of $x in $n', ({ x, n, score, exact }) => {
  expect(fourDigits(wilson(x, n, 0.95))).toEqual(score);
  expect(fourDigits(clopperPearson(x, n, 0.95))).toEqual(exact);
});

// Newcombe (1998), Statistics in Medicine 17:873, table II, method 10.
test.each([
  [56, 70, 48, 80, 0.0524, 0.3339],
  [9, 10, 3, 10, 0.1705, 0.809],
  [6, 7, 2, 7, 0.0582, 0.8062],
  [5, 56, 0, 29, -0.0381, 0.1926],
  [0, 10, 0, 20, -0.1611, 0.2775],
  [10, 10, 0, 20, 0.6791, 1],
])('gives the published interval of %i/%i − %i/%i', (x1, n1, x2, n2, low, high) => {
  expect(fourDigits(newcombeIndependent(x1, n1, x2, n2, 0.95))).toEqual([low, high]);
});

test('no disaster in 300 tasks promises at most 1 %', () => {
  expect(clopperPearsonUpperOneSided(0, 300, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 300), 15);
  expect(clopperPearsonUpperOneSided(0, 300, 0.95)).toBeLessThan(0.01);
  expect(clopperPearsonUpperOneSided(7, 7, 0.95)).toBe(1);
});

test('intervals contain the rate, stay in [0, 1], and mirror when successes and failures change places', () => {
  fc.assert(
    fc.property(share, fc.double({ min: 0.5, max: 0.999, noNaN: true }), ([x, n], conf) => {
      for (const interval of [wilson, clopperPearson]) {
        const [low, high] = interval(x, n, conf);
        const [mirroredLow, mirroredHigh] = interval(n - x, n, conf);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(x / n);
        expect(high).toBeGreaterThanOrEqual(x / n);
        expect(high).toBeLessThanOrEqual(1);
        expect(mirroredLow).toBeCloseTo(1 - high, 11);
        expect(mirroredHigh).toBeCloseTo(1 - low, 11);
      }
    }),
  );
});

test('the exact interval covers the true rate at least as often as promised', () => {
  const n = 25;
  for (let percent = 1; percent < 100; percent += 1) {
    const rate = percent / 100;
    let covered = 0;
    let probability = (1 - rate) ** n;
    for (let x = 0; x <= n; x += 1) {
      const [low, high] = clopperPearson(x, n, 0.95);
      if (low <= rate && rate <= high) covered += probability;
      probability *= ((n - x) / (x + 1)) * (rate / (1 - rate));
    }
    expect(covered).toBeGreaterThanOrEqual(0.95);
  }
});

// The first row is the example of Fagerland et al. (2013), table 1 (exact 0.070, mid-p 0.039); the others by scipy's binomtest.
test.each([
  [1, 7, 0.0703125, 0.0390625],
  [12, 5, 0.143463134765625, 0.09625244140625],
  [40, 60, 0.05688793364098089, 0.04604406692934291],
  [300, 420, 8.807756168615114e-6, 7.501715593073648e-6],
])('tests %i against %i discordant tasks', (b, c, exact, midp) => {
  const p = mcnemar(b, c);
  expect(p.exact / exact).toBeCloseTo(1, 11);
  expect(p.midp / midp).toBeCloseTo(1, 11);
  expect(mcnemar(c, b)).toEqual(p);
});

test('finds no difference where the discordant tasks are equal in number, or none', () => {
  // Fagerland et al.: 1 − ½ C(6, 3)/2⁶.
  expect(mcnemar(3, 3).exact).toBe(1);
  expect(mcnemar(3, 3).midp).toBeCloseTo(1 - 0.5 * (20 / 64), 14);
  expect(mcnemar(0, 0)).toEqual({ exact: 1, midp: 1 });
});

test('tells a split that came out wrong from one that is chance', () => {
  // scipy.stats.chisquare
  expect(sampleRatioP([520, 480], [1, 1])).toBeCloseTo(0.20590321073206466, 12);
  expect(sampleRatioP([100, 210, 90], [0.25, 0.5, 0.25])).toBeCloseTo(0.4723665527410149, 12);
  expect(sampleRatioP([5_300, 4_700], [1, 1])).toBeLessThan(0.001);
});

test('refuses counts that cannot be', () => {
  for (const wrong of [
    () => wilson(3, 2, 0.95),
    () => wilson(0, 0, 0.95),
    () => wilson(1.5, 2, 0.95),
    () => clopperPearson(1, 2, 1),
    () => clopperPearsonUpperOneSided(-1, 2, 0.95),
    () => mcnemar(-1, 2),
    () => sampleRatioP([1, 2], [1]),
    () => sampleRatioP([0, 0], [1, 1]),
    () => sampleRatioP([1, 2], [1, 0]),
  ]) {
    expect(wrong).toThrow(RangeError);
  }
});
