import fc from 'fast-check';
import { probabilityBetter } from '../../../routing/statistics/probability-better';
import { betaPosterior, betaPriorMoments, normalShrinkage } from '../../../routing/statistics/shrinkage';
import { ewma, ewmaLimits, ewmaPath } from '../../../routing/statistics/smoothing';

test('learns a prior from the rates of similar classes', () => {
  const prior = betaPriorMoments([
    [45, 50],
    [80, 100],
    [28, 40],
    [190, 200],
  ]);
  // numpy: mean of the rates, variance with divisor n − 1.
  expect(prior.mean).toBeCloseTo(0.8375, 14);
  expect(prior.strength).toBeCloseTo(12.27710169965193, 11);
  expect(prior.a).toBeCloseTo(prior.mean * prior.strength, 12);
  expect(prior.b).toBeCloseTo((1 - prior.mean) * prior.strength, 12);
});

test('takes classes no more different than chance as 200 tasks, and never trusts a prior for less than one', () => {
  const alike = betaPriorMoments([
    [80, 100],
    [81, 100],
  ]);
  expect(alike.strength).toBe(200);
  const opposite = betaPriorMoments([
    [0, 100],
    [100, 100],
  ]);
  expect(opposite.strength).toBe(1);
});

test('ranks 410 of 500 above 9 of 10 once the prior is counted', () => {
  const prior = { a: 8, b: 2 };
  expect(betaPosterior(9, 10, prior, 0.95).lo).toBeLessThan(betaPosterior(410, 500, prior, 0.95).lo);
  // scipy.stats.beta.ppf
  const few = betaPosterior(9, 10, { a: 8, b: 2 }, 0.95);
  expect(few.mean).toBeCloseTo(17 / 20, 14);
  expect(few.lo).toBeCloseTo(0.66862334, 8);
  expect(few.hi).toBeCloseTo(0.96617375, 8);
  expect(betaPosterior(0, 0, prior, 0.95).mean).toBe(0.8);
});

test('weighs a mean by its precision against the spread of its class', () => {
  expect(normalShrinkage(4, 0.3, 3, 0.4)).toEqual({
    weight: expect.closeTo(0.64, 14),
    mean: expect.closeTo(3.64, 14),
    sd: expect.closeTo(0.24, 14),
  });
  expect(normalShrinkage(4, 0, 3, 0.4)).toEqual({ weight: 1, mean: 4, sd: 0 });
});

// mpmath, quadrature at 30 digits; parameters with and without integers, and a model without a chance.
test.each([
  [9, 3, 20, 5, 0.619282863312177],
  [8.5, 2.5, 40.25, 12.75, 0.424185178122059],
  [1, 1, 1, 1, 0.5],
  [0.7, 0.6, 1.3, 2.2, 0.3529650390676248],
  [82.5, 18.5, 90.5, 10.5, 0.9491039284889218],
  [30.5, 10.5, 12, 9.5, 0.06810070671337971],
  [90.5, 10.5, 20.5, 80.5, 4.791343228129383e-26],
])('Beta(%f, %f) is below Beta(%f, %f) with the probability that quadrature gives', (aA, bA, aB, bB, expected) => {
  expect(probabilityBetter({ a: aA, b: bA }, { a: aB, b: bB }) / expected).toBeCloseTo(1, 10);
});

test('the sum and the integral agree where one passes into the other, and either model is the better', () => {
  const whole = fc.record({ a: fc.integer({ min: 1, max: 300 }), b: fc.integer({ min: 1, max: 300 }) });
  fc.assert(
    fc.property(whole, whole, (A, B) => {
      const sum = probabilityBetter(A, B);
      const hair = 1e-9;
      const integral = probabilityBetter({ a: A.a, b: A.b + hair }, { a: B.a + hair, b: B.b });
      expect(sum).toBeCloseTo(integral, 7);
      expect(sum + probabilityBetter(B, A)).toBeCloseTo(1, 10);
    }),
    { numRuns: 60 },
  );
});

test('follows a series, with limits that widen to their final width', () => {
  expect(ewmaPath([0.8, 0.6], 0.5, 1)).toEqual([0.9, 0.75]);
  expect(ewma([0.8, 0.6], 0.5, 1)).toBe(0.75);
  expect([ewma([], 0.3, 3), ewmaPath([], 0.3, 3)]).toEqual([3, []]);
  const chart = { mean: 10, sigma: 1, lambda: 0.2, limitWidth: 2.7 };
  // The first value alone: L σ λ; in the long run L σ √(λ/(2 − λ)) = 0.9.
  expect(ewmaLimits(chart, 1)).toEqual([expect.closeTo(9.46, 13), expect.closeTo(10.54, 13)]);
  expect(ewmaLimits(chart, 1_000)).toEqual([expect.closeTo(9.1, 13), expect.closeTo(10.9, 13)]);
});

test('refuses arguments outside the range', () => {
  for (const wrong of [
    () => betaPriorMoments([[1, 2]]),
    () =>
      betaPriorMoments([
        [3, 2],
        [1, 2],
      ]),
    () => betaPosterior(1, 0, { a: 1, b: 1 }, 0.95),
    () => betaPosterior(0, 1, { a: 0, b: 1 }, 0.95),
    () => normalShrinkage(1, 0, 1, 0),
    () => probabilityBetter({ a: 0, b: 1 }, { a: 1, b: 1 }),
    () => ewma([1], 0, 1),
    () => ewmaLimits({ mean: 0, sigma: -1, lambda: 0.2, limitWidth: 3 }, 1),
  ]) {
    expect(wrong).toThrow(RangeError);
  }
});
