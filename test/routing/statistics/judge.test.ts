import * as fc from 'fast-check';
import { judgeMargin, netWinRate, predictionPoweredMean, resolvePairwise, roganGladen } from '../../../routing/statistics/judge';
import { tangoCi } from '../../../routing/statistics/tango';

test('a win counts only when both orders agree', () => {
  expect(
    resolvePairwise([
      ['win', 'win'],
      ['win', 'loss'],
      ['tie', 'win'],
      ['loss', 'loss'],
      ['tie', 'tie'],
    ]),
  ).toEqual(['win', 'tie', 'tie', 'loss', 'tie']);
});

test('a pair judged in one order only is refused', () => {
  expect(() => resolvePairwise([['win']])).toThrow(RangeError);
});

test('wins and losses are the discordant pairs of the Tango interval', () => {
  const { net, lo, hi } = netWinRate(40, 130, 30, 0.95);
  expect(net).toBe(0.05);
  expect([lo, hi]).toEqual(tangoCi({ b: 40, c: 30, n: 200 }, 0.95));
  expect(lo).toBeLessThan(net);
  expect(hi).toBeGreaterThan(net);
});

test('exchanging the models mirrors the net win rate', () => {
  fc.assert(
    fc.property(fc.nat({ max: 200 }), fc.nat({ max: 200 }), fc.integer({ min: 1, max: 200 }), (wins, losses, ties) => {
      const one = netWinRate(wins, ties, losses, 0.95);
      const other = netWinRate(losses, ties, wins, 0.95);
      expect([-other.net, -other.hi, -other.lo]).toEqual([one.net, one.lo, one.hi].map((value) => expect.closeTo(value, 8)));
    }),
    { numRuns: 50 },
  );
});

const quality = fc.double({ min: 0.55, max: 1, noNaN: true });

test('recovers the true rate from what an erring judge reports of it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), quality, quality, (rate, sensitivity, specificity) => {
      const observed = rate * sensitivity + (1 - rate) * (1 - specificity);
      expect(roganGladen(Math.min(1, observed), sensitivity, specificity)).toBeCloseTo(rate, 9);
    }),
  );
});

test('stays a rate when the judge reports less than its own false alarms, or more than it can find', () => {
  expect(roganGladen(0.05, 0.9, 0.8)).toBe(0);
  expect(roganGladen(0.95, 0.9, 0.8)).toBe(1);
});

test('shrinks the margin as the judge shrinks differences: 0.05 to 0.035 with Se 0.9 and Sp 0.8', () => {
  expect(judgeMargin(0.05, 0.9, 0.8)).toBeCloseTo(0.035, 14);
});

test('a judge no better than a coin corrects nothing', () => {
  expect(() => judgeMargin(0.05, 0.5, 0.5)).toThrow(RangeError);
  expect(() => roganGladen(0.5, 0.6, 0.3)).toThrow(RangeError);
});

test("adds the mean correction to the judge's mean, and the variances", () => {
  // numpy: 0.7 − 0.2/3, and sqrt(0.025/5 + 0.0233…/3)
  expect(predictionPoweredMean([0.8, 0.6, 0.9, 0.7, 0.5], [0.9, 0.7, 0.6], [1, 0.6, 0.4])).toEqual({
    mean: expect.closeTo(0.6333333333333333, 13),
    se: expect.closeTo(0.1130388330520878, 13),
  });
});

test('a constant bias of the judge cancels', () => {
  const people = [1, 0.6, 0.4];
  const all = [0.8, 0.6, 0.9];
  const { mean } = predictionPoweredMean(
    all.map((rating) => rating + 0.2),
    people.map((rating) => rating + 0.2),
    people,
  );
  expect(mean).toBeCloseTo(2.3 / 3, 13);
});

test.each([
  () => netWinRate(0, 0, 0, 0.95),
  () => netWinRate(1.5, 0, 0, 0.95),
  () => roganGladen(1.1, 0.9, 0.9),
  () => judgeMargin(0, 0.9, 0.9),
  () => predictionPoweredMean([1], [1, 2], [1, 2]),
  () => predictionPoweredMean([1, 2], [1, 2], [1, 2, 3]),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
