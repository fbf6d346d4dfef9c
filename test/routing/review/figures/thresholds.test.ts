/** Which figures of a class have left their band. */

import { crossedThresholds, type DayFigures } from '../../../../routing/review/figures/thresholds';

/** A day of 100 tasks. */
function day(changes: { readonly good?: number; readonly cost?: number; readonly p95?: number; readonly tasks?: number } = {}): DayFigures {
  const { good = 0.9, cost = 1_000, p95 = 800, tasks = 100 } = changes;
  return {
    graded: tasks,
    scoreSum: tasks * good,
    scoreSquareSum: tasks * good,
    priced: tasks,
    costSumNano: tasks * cost,
    costSquareSum: tasks * cost ** 2 * 1.04,
    answered: tasks,
    latencyP95Ms: p95,
  };
}

function steady(days: number): DayFigures[] {
  return Array.from({ length: days }, (_, at) =>
    day({ good: 0.9 + 0.01 * ((at % 3) - 1), cost: 1_000 + 10 * (at % 4), p95: 800 + 20 * (at % 5) }),
  );
}

test('a class that stays as it was crosses nothing', () => {
  expect(crossedThresholds(steady(28))).toEqual([]);
  expect(crossedThresholds(Array.from({ length: 28 }, () => day()))).toEqual([]);
});

test.each([
  ['quality', { good: 0.75 }],
  ['cost', { cost: 1_400 }],
  ['latency', { p95: 1_500 }],
] as const)('days of worse %s cross its limit, and no other', (measure, worse) => {
  const [crossing, ...others] = crossedThresholds([...steady(20), day(worse), day(worse), day(worse)]);
  expect(others).toEqual([]);
  expect(crossing).toMatchObject({ measure, days: 18 });
});

test.each([{ good: 1 }, { cost: 500 }, { p95: 100 }])('getting better crosses nothing: %j', (better) => {
  expect(crossedThresholds([...steady(20), day(better), day(better), day(better)])).toEqual([]);
});

test('with fewer than ten days before, or too few tasks a day, nothing is judged', () => {
  const worse = Array.from({ length: 5 }, () => day({ good: 0.1, cost: 9_000 }));
  expect(crossedThresholds([...steady(9), ...worse])).toEqual([]);
  expect(crossedThresholds([...steady(10), ...worse]).map(({ measure }) => measure)).toEqual(['quality', 'cost']);
  expect(crossedThresholds([...steady(20), ...worse.map(() => day({ good: 0.1, tasks: 19 }))])).toEqual([]);
  expect(crossedThresholds([])).toEqual([]);
});

test('a class that never failed may fail once in twenty without an alarm, and not again and again', () => {
  const perfect = Array.from({ length: 20 }, () => day({ good: 1, tasks: 20 }));
  expect(crossedThresholds([...perfect, day({ good: 0.95, tasks: 20 })])).toEqual([]);
  const failing = Array.from({ length: 4 }, () => day({ good: 0.85, tasks: 20 }));
  expect(crossedThresholds([...perfect, ...failing])).toMatchObject([{ measure: 'quality', mean: 1 }]);
});

test('one worse day in an otherwise steady week is forgiven when it is over', () => {
  const bad = day({ cost: 1_100 });
  expect(crossedThresholds([...steady(20), bad])).not.toEqual([]);
  expect(crossedThresholds([...steady(20), bad, ...steady(5)])).toEqual([]);
});
