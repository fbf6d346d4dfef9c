import * as fc from 'fast-check';
import { blockInterval, clusterRobustMean, designEffect } from '../../../routing/statistics/clusters';
import { effectiveSampleSize, satterthwaiteDf } from '../../../routing/statistics/effective-size';
import { pairedMeanNonInferiority } from '../../../routing/statistics/paired-mean';

const DIFFS = [0.5, -1, 0, 0, 1, -0.5, 0, 0.5, 0, -1, 1, 0];

// References: numpy and scipy.
test('paired differences of twelve scores', () => {
  expect(pairedMeanNonInferiority(DIFFS, 0.4, 0.95)).toEqual({
    mean: expect.closeTo(0.041666666666666664, 13),
    sd: expect.closeTo(0.6556860852757533, 13),
    se: expect.closeTo(0.18928026891892405, 13),
    lo: expect.closeTo(-0.3749363963220398, 12),
    hi: expect.closeTo(0.45826972965537316, 12),
    t: expect.closeTo(2.3334004605406036, 12),
    p: expect.closeTo(0.01981540158162808, 12),
  });
});

test('differences that never vary are above the margin, below it, or at it', () => {
  expect(pairedMeanNonInferiority([0, 0, 0], 0.15, 0.95)).toMatchObject({ lo: 0, hi: 0, t: Infinity, p: 0 });
  expect(pairedMeanNonInferiority([-1, -1, -1], 0.15, 0.95)).toMatchObject({ t: -Infinity, p: 1 });
  expect(pairedMeanNonInferiority([-1, -1, -1], 1, 0.95)).toMatchObject({ t: 0, p: 0.5 });
});

test('four clusters of unequal size', () => {
  const clusters = { a: [0, 0, -1, 1], b: [1, 1, 0], c: [-1, -1, -1, 0, 0], d: [0, 1] };
  expect(clusterRobustMean(clusters, 0.5)).toEqual({
    n: 14,
    clusters: 4,
    mean: expect.closeTo(0, 13),
    seNaive: expect.closeTo(0.2096569673443837, 13),
    seCluster: expect.closeTo(0.30860669992418377, 13),
    designEffect: expect.closeTo(2.1666666666666665, 12),
    tNI: expect.closeTo(1.6201851746019653, 12),
    p: expect.closeTo(0.10181733321383936, 12),
  });
});

test('with one task per cluster the robust standard error is the ordinary one', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 2, maxLength: 30 }), (values) => {
      const { seNaive, seCluster } = clusterRobustMean(Object.fromEntries(values.map((value, at) => [`task ${at}`, [value]])), 0.5);
      expect(seCluster).toBeCloseTo(seNaive, 12);
    }),
  ));

test('20 tasks per cluster with a correlation of 0.1 are worth a third of their number', () => {
  expect(designEffect(20, 0.1, 400)).toEqual({ deff: expect.closeTo(2.9), nEff: expect.closeTo(137.93103448275863, 10) });
  expect(designEffect(1, 0.5, 400)).toEqual({ deff: 1, nEff: 400 });
});

test('seven day blocks', () => {
  expect(blockInterval([0.01, -0.02, 0.005, -0.03, 0, -0.012, 0.004], 0.95)).toEqual({
    mean: expect.closeTo(-0.006142857142857143, 14),
    lo: expect.closeTo(-0.019864989490993575, 13),
    hi: expect.closeTo(0.00757927520527929, 13),
  });
});

test('equal weights are worth their number, one weight alone is worth one', () => {
  expect(effectiveSampleSize([2, 2, 2, 2])).toBe(4);
  expect(effectiveSampleSize([0, 3, 0])).toBe(1);
  expect(effectiveSampleSize([1, 2, 3])).toBeCloseTo(36 / 14, 13);
});

test('Satterthwaite degrees of freedom lie between the smallest n − 1 and their sum', () => {
  expect(satterthwaiteDf([0.5, 0.3, 0.2], [0.04, 0.09, 0.2], [30, 20, 25])).toBeCloseTo(66.94583996357674, 10);
  expect(satterthwaiteDf([1, 0], [0.04, 0.09], [30, 20])).toBeCloseTo(29, 12);
  expect(satterthwaiteDf([0.5, 0.5], [0.1, 0.1], [11, 11])).toBeCloseTo(20, 12);
});

test('refuses what has no spread to estimate', () => {
  expect(() => pairedMeanNonInferiority([1], 0.15, 0.95)).toThrow('The number of values is 1');
  expect(() => pairedMeanNonInferiority([1, Number.NaN], 0.15, 0.95)).toThrow('A value is NaN');
  expect(() => clusterRobustMean({ only: [1, 2] }, 0.15)).toThrow('The number of clusters is 1');
  expect(() => clusterRobustMean({ full: [1, 2], empty: [] }, 0.15)).toThrow('cluster "empty" is 0');
  expect(() => blockInterval([0.1], 0.95)).toThrow(RangeError);
  expect(() => designEffect(0.5, 0.1, 10)).toThrow('clusterSize is 0.5');
  expect(() => effectiveSampleSize([0, 0])).toThrow(RangeError);
  expect(() => effectiveSampleSize([1, -1])).toThrow('A weight is -1');
  expect(() => satterthwaiteDf([1], [0], [5])).toThrow(RangeError);
  expect(() => satterthwaiteDf([1, 1], [1], [5, 5])).toThrow('1 variances');
});
