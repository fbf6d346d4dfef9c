/** When a cascade pays, and when its check is too weak. */

import fc from 'fast-check';
import {
  breakEvenAccuracy,
  cascadePays,
  cascadeProspect,
  type PairedTask,
  plainProspects,
  qualityOfMix,
  termsOfMargins,
  termsOfPairs,
} from '../../../routing/cascade/economics';

const CHEAP = { quality: 0.6, costNanoUsd: 10 };
const STRONG = { quality: 0.8, costNanoUsd: 100 };
const at = (accuracy: number) => ({ sensitivity: accuracy, specificity: accuracy });

test('a perfect check keeps every good cheap answer and buys the strong model for the bad ones alone', () => {
  const found = cascadeProspect(termsOfMargins(CHEAP, STRONG, 1), at(1));
  expect(found.escalationRate).toBeCloseTo(0.4);
  expect(found.costNanoUsd).toBeCloseTo(10 + 1 + 0.4 * 100);
  expect(found.quality).toBeCloseTo(0.6 + 0.4 * 0.8);
});

test('a check that fails every answer is the strong model with the cheap one and the check on top', () => {
  expect(cascadeProspect(termsOfMargins(CHEAP, STRONG, 1), { sensitivity: 1, specificity: 0 })).toMatchObject({
    quality: 0.8,
    costNanoUsd: 111,
  });
});

test('a coin for a check is no better than a mix: it pays for nothing', () => {
  const terms = termsOfMargins(CHEAP, STRONG, 0);
  const { costNanoUsd, quality } = cascadeProspect(terms, at(0.5));
  expect(quality).toBeLessThan(qualityOfMix(plainProspects(terms), costNanoUsd));
  expect(cascadePays(terms, at(0.5), 1)).toBe(false);
});

test('on models like those that fix issues, nine right in ten save most at no loss, and eight in ten lose quality', () => {
  const task = (cheapQuality: number, strongQuality: number): PairedTask => ({
    ...{ cheapQuality, strongQuality },
    ...{ cheapCostNanoUsd: 5, strongCostNanoUsd: 100 },
  });
  const tasks = [[70, 1, 1] as const, [20, 0, 1] as const, [2, 1, 0] as const, [8, 0, 0] as const].flatMap(([count, cheap, strong]) =>
    Array.from({ length: count }, () => task(cheap, strong)),
  );
  const terms = termsOfPairs(tasks, 0);
  const { strong, cheap } = plainProspects(terms);
  expect([strong.quality, cheap.quality]).toEqual([expect.closeTo(0.9, 12), expect.closeTo(0.72, 12)]);
  const [nine, eight] = [cascadeProspect(terms, at(0.9)), cascadeProspect(terms, at(0.8))];
  expect(nine.quality).toBeGreaterThan(strong.quality - 0.01);
  expect(1 - nine.costNanoUsd / strong.costNanoUsd).toBeGreaterThan(0.6);
  expect(eight.quality).toBeLessThan(strong.quality - 0.02);
  const needed = breakEvenAccuracy(terms, 0.01) ?? Number.NaN;
  expect(needed).toBeGreaterThan(0.8);
  expect(needed).toBeLessThan(0.9);
});

test('the break-even divides checks that pay from checks that do not', () => {
  const figure = fc.double({ min: 0.05, max: 0.95, noNaN: true });
  fc.assert(
    fc.property(
      figure,
      figure,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 0, max: 30 }),
      figure,
      (cheap, strong, cost, check, u) => {
        const terms = termsOfMargins({ quality: cheap, costNanoUsd: cost }, { quality: strong, costNanoUsd: 100 }, check);
        const found = breakEvenAccuracy(terms, 0.01);
        expect(found === undefined).toBe(!cascadePays(terms, at(1), 0.01));
        if (found !== undefined) expect(cascadePays(terms, at(found + (1 - found) * Math.max(u, 1e-6)), 0.01)).toBe(true);
      },
    ),
  );
});

test('a check that costs as much as the strong model never pays', () => {
  expect(breakEvenAccuracy(termsOfMargins(CHEAP, STRONG, 100), 0.01)).toBeUndefined();
});
