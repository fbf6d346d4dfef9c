/** One model for all of a class, or a random mix of two: the plain alternatives. */

import fc from 'fast-check';
import { type PlanePoint, plainAlternatives } from '../../../../routing/review/propose/hull';

const point = (model: string, costPerTaskNanoUsd: number, quality: number): PlanePoint => ({ model, costPerTaskNanoUsd, quality });

test('the cheapest model that is as good is the swap', () => {
  const found = plainAlternatives(point('now', 100, 0.8), [point('good', 60, 0.8), point('better', 70, 0.9), point('worse', 10, 0.7)]);
  expect(found.singleSwap).toEqual({ shares: { good: 1 }, costPerTaskNanoUsd: 60, quality: 0.8 });
});

test('a mix is named where it is cheaper than any one model', () => {
  const found = plainAlternatives(point('now', 100, 0.8), [point('best', 80, 0.9), point('cheap', 20, 0.7)]);
  expect(found.singleSwap).toMatchObject({ shares: { best: 1 } });
  expect(found.mix?.shares.best).toBeCloseTo(0.5, 12);
  expect(found.mix?.shares.cheap).toBeCloseTo(0.5, 12);
  expect(found.mix).toMatchObject({ costPerTaskNanoUsd: 50, quality: 0.8 });
});

test('a plain model that is cheaper than every mix stands alone', () => {
  const found = plainAlternatives(point('now', 100, 0.8), [point('best', 90, 0.9), point('worse', 80, 0.7), point('good', 30, 0.8)]);
  expect(found.singleSwap).toMatchObject({ shares: { good: 1 } });
  expect(found.mix).toBeUndefined();
});

test('nothing is named where the model of the class is the cheapest way to its quality', () => {
  expect(plainAlternatives(point('now', 10, 0.8), [point('dear', 90, 0.9), point('worse', 5, 0.1)])).toEqual({});
  expect(plainAlternatives(point('now', 10, 0.8), [])).toEqual({});
});

const points = fc.array(
  fc.record({
    model: fc.uuid(),
    costPerTaskNanoUsd: fc.integer({ min: 0, max: 1_000 }),
    quality: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 12 },
);

test('no mix and no model that is as good costs less than what is named', () => {
  fc.assert(
    fc.property(points, (others) => {
      const now = point('now', 500, 0.5);
      const { singleSwap, mix } = plainAlternatives(now, others);
      const best = Math.min(500, singleSwap?.costPerTaskNanoUsd ?? 500, mix?.costPerTaskNanoUsd ?? 500);
      for (const one of others) {
        if (one.quality >= 0.5) expect(one.costPerTaskNanoUsd).toBeGreaterThanOrEqual(best);
        for (const other of others) {
          const even = (one.quality + other.quality) / 2;
          // Half of each is one of the mixes; the cost that is named is rounded.
          if (even >= 0.5) expect((one.costPerTaskNanoUsd + other.costPerTaskNanoUsd) / 2).toBeGreaterThanOrEqual(best - 1);
        }
      }
      for (const found of [singleSwap, mix]) {
        if (found === undefined) continue;
        expect(Object.values(found.shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
        expect(found.quality).toBeGreaterThanOrEqual(0.5);
      }
    }),
  );
});
