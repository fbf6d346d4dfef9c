import * as fc from 'fast-check';
import { conditionalPower, tangoExactPower } from '../../../routing/statistics/power';
import {
  betaPerGuardrail,
  inflateSampleSize,
  samplePairedBinaryNI,
  samplePairedBinaryNIScore,
  samplePairedMeanNI,
  smallestDecidableN,
} from '../../../routing/statistics/sample-size';
import { niVerdict, tangoZ } from '../../../routing/statistics/tango';

const PLAN = { margin: 0.05, discordance: 0.1, alphaOneSided: 0.025, power: 0.8, trueDelta: 0 };

test('a tenth discordant, margin 0.05, power 0.8: 314 pairs by the normal approximation, 350 for the score test', () => {
  expect(samplePairedBinaryNI(PLAN)).toBe(314);
  expect(samplePairedBinaryNIScore(PLAN)).toBe(350);
});

test('power 0.9 needs 462 pairs, margin 0.03 needs 913', () => {
  expect(samplePairedBinaryNIScore({ ...PLAN, power: 0.9 })).toBe(462);
  expect(samplePairedBinaryNIScore({ ...PLAN, margin: 0.03 })).toBe(913);
});

test('scores with a spread of 0.8 and margin 0.15 need 224 pairs', () => {
  expect(samplePairedMeanNI(0.15, 0.8, 0.025, 0.8)).toBe(224);
});

test.each([
  { margin: 0.05, pairs: 73 },
  { margin: 0.03, pairs: 125 },
  { margin: 0.1, pairs: 35 },
])('$pairs pairs are the fewest that can decide at margin $margin', ({ margin, pairs }) => {
  expect(smallestDecidableN(margin, 0.025)).toBe(pairs);
  expect(niVerdict({ b: 0, c: 0, n: pairs }, margin, 0.025)).toBe('NON_INFERIOR');
  expect(niVerdict({ b: 0, c: 0, n: pairs - 1 }, margin, 0.025)).toBe('INCONCLUSIVE');
});

test('clusters and missing labels inflate the sample, and rounding errors do not', () => {
  expect(inflateSampleSize(350, 1.2, 0.9)).toBe(467);
  expect(inflateSampleSize(350, 1.1, 0.5)).toBe(770);
  expect(inflateSampleSize(350, 1, 1)).toBe(350);
});

test('one success metric and three guardrails each get a quarter of β', () => {
  expect(betaPerGuardrail(0.8, 3)).toBeCloseTo(0.05, 14);
  expect(betaPerGuardrail(0.8, 0)).toBeCloseTo(0.2, 14);
});

// Reference: scipy's multinomial over every (b, c).
test.each([
  { n: 100, margin: 0.05, discordance: 0.1, trueDelta: -0.05, alphaOneSided: 0.025, power: 0.018251222610569922 },
  { n: 100, margin: 0.05, discordance: 0.1, trueDelta: 0, alphaOneSided: 0.025, power: 0.28903784917207653 },
  { n: 350, margin: 0.05, discordance: 0.1, trueDelta: 0, alphaOneSided: 0.025, power: 0.8131692726999121 },
  { n: 200, margin: 0.1, discordance: 0.3, trueDelta: -0.1, alphaOneSided: 0.05, power: 0.04945547317959641 },
])('exact power of $n pairs, margin $margin, discordance $discordance, true difference $trueDelta', ({ power, ...question }) => {
  expect(tangoExactPower(question)).toBeCloseTo(power, 11);
});

test('exact power counts the very tables the test approves', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.double({ min: 0.02, max: 0.4, noNaN: true }),
      fc.double({ min: 0.001, max: 0.4, noNaN: true }),
      (n, margin, alphaOneSided) => {
        // With every pair discordant and models alike, a table (b, n − b) has probability C(n, b)/2^n.
        let expected = 0;
        for (let b = 0, chance = 0.5 ** n; b <= n; chance *= (n - b) / (b + 1), b += 1)
          if (niVerdict({ b, c: n - b, n }, margin, alphaOneSided) === 'NON_INFERIOR') expected += chance;
        expect(tangoExactPower({ n, margin, discordance: 1, trueDelta: 0, alphaOneSided })).toBeCloseTo(expected, 11);
      },
    ),
  ));

test('one more pair lost never turns a rejected table into an approved one', () => {
  for (const margin of [0.03, 0.05, 0.1, 0.3])
    for (let c = 0; c < 60; c += 1)
      for (let b = 0; b + c < 60; b += 1)
        expect(tangoZ({ b, c: c + 1, n: 60 }, -margin)).toBeLessThan(tangoZ({ b, c, n: 60 }, -margin) + 1e-12);
});

test('no more than 2.5 % of candidates exactly as bad as tolerated are approved', () => {
  for (const n of [100, 350, 600])
    for (const discordance of [0.05, 0.1, 0.2]) {
      expect(tangoExactPower({ n, margin: 0.05, discordance, trueDelta: -0.05, alphaOneSided: 0.025 })).toBeLessThanOrEqual(0.025);
    }
});

test('conditional power under the current trend', () => {
  expect(conditionalPower(1.2, 0.5, 1.959963984540054)).toBeCloseTo(0.3550180342381738, 12);
  expect(conditionalPower(1.959963984540054 * Math.sqrt(0.5), 0.5, 1.959963984540054)).toBeCloseTo(0.5, 12);
});

test('refuses plans that mean nothing', () => {
  expect(() => samplePairedBinaryNI({ ...PLAN, trueDelta: -0.05 })).toThrow('not to be approved');
  expect(() => samplePairedBinaryNI({ ...PLAN, discordance: 0.01, trueDelta: 0.02 })).toThrow('cannot exceed the discordance');
  expect(() => samplePairedBinaryNIScore({ ...PLAN, power: 0.01 })).toThrow('power is 0.01');
  expect(() => samplePairedMeanNI(0, 0.8, 0.025, 0.8)).toThrow('margin is 0');
  expect(() => inflateSampleSize(100, 0.5, 1)).toThrow('design effect is 0.5');
  expect(() => inflateSampleSize(100, 1, 0)).toThrow('labelCoverage is 0');
  expect(() => conditionalPower(1, 1, 2)).toThrow('infoFraction is 1');
  expect(() => betaPerGuardrail(0.8, -1)).toThrow('guardrails is -1');
  expect(() => tangoExactPower({ ...PLAN, n: 0 })).toThrow('n is 0');
});
