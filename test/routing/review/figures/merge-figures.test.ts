/** Merging roll-ups into the figures of a review. Lists of numbers stand for sketches. */

import fc from 'fast-check';
import { type DistributionMath, mergeFigures, type RolledCell, standardDeviation } from '../../../../routing/review/figures/merge-figures';
import { addDemands, addSums, NO_DEMANDS, NO_SUMS } from '../../../../routing/review/figures/rolled-figures';
import { sampleMean } from '../../../../routing/statistics/mean';

type Numbers = readonly number[];

const LISTS: DistributionMath<Numbers> = {
  merge: (lists) => lists.flat(),
  count: (list) => list.length,
  quantile: (list, share) => [...list].sort((a, b) => a - b)[Math.floor(share * (list.length - 1))]!,
};

function cell(taskClass: string, model: string, costs: Numbers, changes: Partial<RolledCell<Numbers>> = {}): RolledCell<Numbers> {
  return {
    taskClass,
    model,
    sums: {
      ...NO_SUMS,
      tasks: costs.length,
      costSumNano: costs.reduce((sum, cost) => sum + cost, 0),
      costSquareSum: costs.reduce((sum, cost) => sum + cost * cost, 0),
    },
    demands: NO_DEMANDS,
    days: new Set([1]),
    cost: costs,
    latency: [],
    ...changes,
  };
}

test('nothing rolled up gives no class', () => {
  expect(mergeFigures([], [], {}, LISTS)).toEqual([]);
  expect(mergeFigures([], [], { group: ['a'] }, LISTS)).toEqual([]);
});

test('the model with the most tasks comes first, then names in order; a task without a model counts for its class alone', () => {
  const cells = [
    cell('c', 'b/b', [1]),
    cell('c', 'a/a', [1]),
    cell('c', 'z/z', [1, 2]),
    cell('c', '', [0], { sums: { ...NO_SUMS, tasks: 1, refused: 1 } }),
  ];
  const [figures] = mergeFigures(cells, [], {}, LISTS);
  expect(figures!.models.map(({ model }) => model)).toEqual(['z/z', 'a/a', 'b/b']);
  expect(figures).toMatchObject({ tasks: 5, refused: 1, costNanoUsd: 5 });
});

test('a group merges its classes model by model: counts, money, days, ratings and quantiles', () => {
  const cells = [
    cell('left', 'm/m', [10, 20], { days: new Set([1, 2]) }),
    cell('right', 'm/m', [30, 40, 50], { days: new Set([2, 3]) }),
    cell('right', 'n/n', [7], { days: new Set([9]) }),
  ];
  const ratings = [
    { taskClass: 'left', model: 'm/m', rated: 1, ratingSum: 5 },
    { taskClass: 'right', model: 'm/m', rated: 2, ratingSum: 6 },
    { taskClass: 'elsewhere', model: 'm/m', rated: 9, ratingSum: 9 },
  ];
  expect(mergeFigures(cells, ratings, { both: ['left', 'right'] }, LISTS)).toMatchObject([
    {
      name: 'both',
      classes: ['left', 'right'],
      tasks: 6,
      activeDays: 4,
      costNanoUsd: 157,
      models: [
        { model: 'm/m', tasks: 5, rated: 3, ratingSum: 11, cost: { count: 5, mean: 30, p50: 30 } },
        { model: 'n/n', tasks: 1, rated: 0 },
      ],
    },
  ]);
});

test('amounts that were never measured are 0, not nothing', () => {
  const [figures] = mergeFigures([cell('c', 'm/m', [])], [], {}, LISTS);
  expect(figures!.models[0]!.latencyMs).toEqual({ count: 0, mean: 0, sd: 0, p50: 0, p95: 0 });
});

test('the spread from sums is that of the values, and never less than nothing', () => {
  const values = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 2, maxLength: 50 });
  fc.assert(
    fc.property(values, (list) => {
      const sum = list.reduce((total, value) => total + value, 0);
      const squares = list.reduce((total, value) => total + value * value, 0);
      const { sd } = sampleMean(list);
      expect(standardDeviation(list.length, sum, squares)).toBeCloseTo(sd, 3);
    }),
  );
  expect(standardDeviation(3, 0.3, 0.03)).toBeGreaterThanOrEqual(0);
  expect(standardDeviation(1, 5, 25)).toBe(0);
});

test('sums and demands of periods can be added in any order', () => {
  const counts = fc.record({ tasks: fc.nat(), good: fc.nat() }).map((some) => ({ ...NO_SUMS, ...some }));
  const names = fc.dictionary(fc.constantFrom('', 'eu', 'constructor', '__proto__'), fc.integer({ min: 1, max: 9 }));
  const demands = fc.record({
    privacyTiers: fc.dictionary(fc.constantFrom('public' as const, 'internal' as const), fc.integer({ min: 1, max: 9 })),
    residencies: names,
    capabilities: fc.uniqueArray(fc.constantFrom('tools' as const, 'vision' as const, 'audio' as const)),
    maxInputTokens: fc.nat(),
    maxOutputTokens: fc.nat(),
  });
  fc.assert(
    fc.property(counts, counts, counts, (a, b, c) => {
      expect(addSums(addSums(a, b), c)).toEqual(addSums(a, addSums(c, b)));
    }),
  );
  fc.assert(
    fc.property(demands, demands, demands, (a, b, c) => {
      expect(addDemands(addDemands(a, b), c)).toEqual(addDemands(a, addDemands(c, b)));
    }),
  );
});
