import * as fc from 'fast-check';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { addRating, foldRatings, nextEwma } from '../../../routing/learning/ewma';

const LEARNING = DEFAULT_POLICY.learning;

test('[4, 3, 2, 3, 5] with alpha 0.3 from 3.0 gives 3.30, 3.21, 2.847, 2.8929, 3.52503', () => {
  const averages: number[] = [];
  let ewma = 3;
  for (const rating of [4, 3, 2, 3, 5]) {
    ewma = nextEwma(ewma, rating, 0.3);
    averages.push(ewma);
  }
  expect(averages).toEqual([3.3, 3.21, 2.847, 2.8929, 3.52503].map((value) => expect.closeTo(value, 10)));
});

test('two more ratings of 1 bring it below 2.5', () => {
  expect(foldRatings([4, 3, 2, 3, 5, 1], LEARNING).ewma).toBeGreaterThan(2.5);
  expect(foldRatings([4, 3, 2, 3, 5, 1, 1], LEARNING)).toEqual({ ewma: expect.closeTo(2.2372647), count: 7 });
});

test('no ratings give the seed', () => {
  expect(foldRatings([], LEARNING)).toEqual({ ewma: 3, count: 0 });
});

test.each([0, 0.99, 5.01, -1, Number.NaN, Infinity])('%s is not a rating', (rating) => {
  expect(() => nextEwma(3, rating, 0.3)).toThrow(expect.objectContaining({ code: 'bad_argument' }));
});

const ratings = fc.array(fc.double({ min: 1, max: 5, noNaN: true }), { maxLength: 50 });

test('kept one by one or rebuilt from the log, from any point, the state is the same to the last bit', () => {
  fc.assert(
    fc.property(ratings, fc.nat(), (log, at) => {
      const cut = log.length === 0 ? 0 : at % (log.length + 1);
      let state = foldRatings(log.slice(0, cut), LEARNING);
      for (const rating of log.slice(cut)) state = addRating(state, rating, LEARNING);
      expect(state).toEqual(foldRatings(log, LEARNING));
    }),
  );
});

test('the average stays on the scale, between the least and the greatest it was made of', () => {
  fc.assert(
    fc.property(ratings, fc.double({ min: 0.01, max: 1, noNaN: true }), (log, alpha) => {
      const { ewma } = foldRatings(log, { alpha, seed: 3 });
      expect(ewma).toBeGreaterThanOrEqual(Math.min(3, ...log) - 1e-9);
      expect(ewma).toBeLessThanOrEqual(Math.max(3, ...log) + 1e-9);
    }),
  );
});
