/** What is learned of tasks from the values that submitters stated: by hand, at the edges, and on traffic whose truth is known. */

import fc from 'fast-check';
import type { ValuedTask } from '../../../routing/slots/expected-value';
import { describeCell, type LearnedValue, learnedValueOf, learnValues, type StatedValues } from '../../../routing/slots/learned-value';
import { normalQuantile } from '../../../routing/statistics/normal';
import { seededRandom } from '../../../routing/statistics/random';

/** Stated values of one of the finest cells, as the table has them. */
function stated(values: readonly number[], cell: Partial<StatedValues['cell']> = {}): StatedValues {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squaredDeviations = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { cell: { taskClass: 'work', layer: null, team: null, key: null, ...cell }, tasks: values.length, mean, squaredDeviations };
}

function asked(taskClass: string, facts: Partial<ValuedTask['facts']> = {}): Pick<ValuedTask, 'facts' | 'taskClass'> {
  return { taskClass, facts: { priority: 50, scope: {}, ...facts } };
}

describe('by hand', () => {
  const SMALL = stated([1, 3], { taskClass: 'small' });
  const LARGE = stated([9, 11], { taskClass: 'large' });
  const learned = learnValues([SMALL, LARGE], 2);

  test('the mean of all tasks is the value of a class that nobody knows', () => {
    expect(learnedValueOf(asked('unknown'), learned)).toEqual({ value: 6, tasks: 4, cell: {} });
  });

  test('a class with few tasks is pulled towards all of them, by as much as chance explains', () => {
    // Inside: σ² = (2 + 2) / (4 − 2) = 2. Between: τ² = (2·16 + 2·16 − 1·2) / (4 − (4 + 4)/4) = 62/2 = 31.
    const weight = 31 / (31 + 2 / 2);
    expect(learnedValueOf(asked('small'), learned)?.value).toBeCloseTo(weight * 2 + (1 - weight) * 6, 12);
    expect(learnedValueOf(asked('large'), learned)?.value).toBeCloseTo(weight * 10 + (1 - weight) * 6, 12);
  });

  test('classes no more different than chance makes them get the value of all tasks', () => {
    const alike = learnValues([stated([0, 10], { taskClass: 'a' }), stated([1, 11], { taskClass: 'b' })], 2);
    expect(learnedValueOf(asked('a'), alike)?.value).toBe(5.5);
  });

  test('a cell that is all there is in the one around it has the same value', () => {
    const alone = learnValues([stated([1, 3], { taskClass: 'a', layer: 'ui' }), stated([9, 11], { taskClass: 'b' })], 2);
    const value = (layer?: string) => learnedValueOf(asked('a', layer === undefined ? {} : { layer }), alone)?.value;
    expect(value('ui')).toBe(value('elsewhere'));
  });
});

describe('the cell that a value comes from', () => {
  const rows = [
    stated([10, 10, 10], { layer: 'ui', team: 'search', key: 'k1' }),
    stated([20, 20], { layer: 'ui', team: 'search', key: 'k2' }),
    stated([40], { layer: 'ui', team: 'ads' }),
  ];
  const of = (leastTasks: number, facts: Partial<ValuedTask['facts']>) => {
    const found = learnedValueOf(asked('work', facts), learnValues(rows, leastTasks));
    return found && { tasks: found.tasks, cell: describeCell(found.cell) };
  };

  test.each([
    ['key, when it has enough tasks', 3, { layer: 'ui', scope: { team: 'search', key: 'k1' } }, 3, 'work, layer ui, team search, key k1'],
    ['team, when the key has too few', 3, { layer: 'ui', scope: { team: 'search', key: 'k2' } }, 5, 'work, layer ui, team search'],
    ['layer, when the team has too few', 3, { layer: 'ui', scope: { team: 'ads' } }, 6, 'work, layer ui'],
    ['class, when nobody of the layer said anything', 3, { layer: 'core', scope: { team: 'search', key: 'k1' } }, 6, 'work'],
  ])('is the %s', (_, leastTasks, facts, tasks, cell) => {
    expect(of(leastTasks, facts)).toEqual({ tasks, cell });
  });

  test('is none when all tasks together are fewer than the least number', () => {
    expect(of(6, {})?.tasks).toBe(6);
    expect(of(7, {})).toBeUndefined();
    expect(learnedValueOf(asked('work'), learnValues([], 2))).toBeUndefined();
  });

  test('of tasks that name no team is a cell of its own', () => {
    const learned = learnValues([stated([1, 1, 1], { team: 'search' }), stated([5, 5, 5])], 3);
    expect(describeCell(learnedValueOf(asked('work'), learned)?.cell ?? {})).toBe('work, no layer, no team, no key');
    expect(describeCell({})).toBe('all tasks');
    expect(describeCell({ team: 'search', layer: null, taskClass: 'work' })).toBe('work, no layer, team search');
  });

  test('is never mistaken for another one, whatever its names hold', () => {
    const learned = learnValues([stated([1, 1], { taskClass: 'a","b' }), stated([9, 9], { taskClass: 'a', layer: 'b' })], 2);
    expect(learnedValueOf(asked('a","b'), learned)?.value).toBe(1);
    expect(learnedValueOf(asked('a', { layer: 'b' }), learned)?.value).toBe(9);
    expect(learnedValueOf(asked('__proto__'), learned)?.cell).toEqual({});
  });
});

test.each([
  ['a mean that is NaN', { mean: Number.NaN }],
  ['an infinite mean', { mean: Number.POSITIVE_INFINITY }],
  ['a mean below 0', { mean: -1 }],
  ['deviations that are NaN', { squaredDeviations: Number.NaN }],
  ['infinite deviations', { squaredDeviations: Number.POSITIVE_INFINITY }],
  ['no tasks', { tasks: 0 }],
  ['a number of tasks that is NaN', { tasks: Number.NaN }],
])('a row with %s teaches nothing', (_, wrong) => {
  const good = stated([4, 6], { taskClass: 'good' });
  const bad = { ...stated([1, 2], { taskClass: 'bad' }), ...wrong };
  expect([...learnValues([good, bad], 2)]).toEqual([...learnValues([good], 2)]);
});

const values = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 5 });
const names = fc.constantFrom('a', 'b');
const namedOrNot = fc.option(names, { nil: null });
const traffic = fc.array(fc.record({ values, taskClass: names, layer: namedOrNot, team: namedOrNot, key: namedOrNot }), { maxLength: 12 });
const rowsOf = (cells: readonly (StatedValues['cell'] & { values: readonly number[] })[]) =>
  cells.map(({ values: some, ...cell }) => stated(some, cell));

test('every learned value is a number between the least and the greatest that was stated', () =>
  fc.assert(
    fc.property(traffic, fc.integer({ min: 2, max: 6 }), (cells, leastTasks) => {
      const all = cells.flatMap((cell) => cell.values);
      const slack = 1e-9 * Math.max(0, ...all);
      for (const { value, tasks } of learnValues(rowsOf(cells), leastTasks).values()) {
        expect(tasks).toBeGreaterThanOrEqual(leastTasks);
        expect(value).toBeGreaterThanOrEqual(Math.min(...all) - slack);
        expect(value).toBeLessThanOrEqual(Math.max(...all) + slack);
      }
    }),
  ));

test('the order of the rows, and how a cell is cut into rows, changes no value', () =>
  fc.assert(
    fc.property(traffic, (cells) => {
      const near = (of: Iterable<[string, LearnedValue]>) =>
        new Map([...of].map(([key, { value, ...rest }]) => [key, { ...rest, value: expect.closeTo(value, 6) }]));
      // Integers, so that sums are exact and a variance of 0 is 0 in any order.
      const whole = cells.map((cell) => ({ ...cell, values: cell.values.map((value) => Math.floor(value % 1_000)) }));
      const cut = whole.flatMap((cell) => cell.values.map((value) => ({ ...cell, values: [value] })));
      expect(learnValues(rowsOf(cut).reverse(), 2)).toEqual(near(learnValues(rowsOf(whole), 2)));
    }),
  ));

describe('on generated traffic of 2,000 classes whose true values are known', () => {
  // What a task is worth: 100, ± 10 by class, ± 10 by itself, both normal. All that is expected below follows from these.
  const [OF_CLASS, OF_TASK] = [10, 10];
  const LEAST = 10;
  const chance = seededRandom('learned values');
  const normal = () => normalQuantile(Math.max(1e-9, chance()));
  const classes = Array.from({ length: 2_000 }, (_, at) => ({ taskClass: `class-${at}`, worth: 100 + OF_CLASS * normal() }));
  const rows = classes.map(({ taskClass, worth }, at) => {
    const some = Array.from({ length: LEAST + (at % 20) }, () => worth + OF_TASK * normal());
    return stated(some, { taskClass });
  });
  /** One new task of each class, whose submitter says nothing of its value. */
  const unstated = classes.map(({ taskClass, worth }) => ({
    taskClass,
    priority: Math.floor(101 * chance()),
    value: worth + OF_TASK * normal(),
  }));
  const learned = learnValues(rows, LEAST);
  const estimates = unstated.map(({ taskClass }) => learnedValueOf(asked(taskClass), learned)?.value ?? Number.NaN);
  const truth = unstated.map(({ value }) => value);

  /**
   * The rank correlation of normal variables with correlation r is (6/π) asin(r/2). Of a new task and the mean of n stated values of its
   * class, r = b / √((b + t/n)(b + t)), with the variances b by class and t by task. It grows with n, which is at least LEAST.
   */
  const [b, t] = [OF_CLASS ** 2, OF_TASK ** 2];
  const expected = (6 / Math.PI) * Math.asin(b / Math.sqrt((b + t / LEAST) * (b + t)) / 2);

  /** Four standard errors on Fisher's scale, √(1.06/(n − 3)) each for a rank correlation: Fieller, Hartley and Pearson (1957). */
  const margin = 4 * Math.sqrt(1.06 / (unstated.length - 3));

  test('learned values rank new tasks as well as theory says they must', () => {
    expect(Math.atanh(rankCorrelation(estimates, truth))).toBeGreaterThan(Math.atanh(expected) - margin);
  });

  test('without them tasks are ranked by priority, which says nothing of their value here', () => {
    const priorities = unstated.map(({ priority }) => priority);
    expect(Math.abs(Math.atanh(rankCorrelation(priorities, truth)))).toBeLessThan(margin);
    expect(Math.tanh(Math.atanh(expected) - margin)).toBeGreaterThan(Math.tanh(margin)); // the two bounds tell them apart
  });

  test('means that are pulled together are nearer to the truth than means alone', () => {
    const errorOf = (guesses: readonly number[]) =>
      classes.reduce((sum, { worth }, at) => sum + ((guesses[at] ?? Number.NaN) - worth) ** 2, 0);
    expect(errorOf(estimates)).toBeLessThan(errorOf(rows.map(({ mean }) => mean)));
  });
});

/** Spearman's: the correlation of mid-ranks. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [midRanks(a), midRanks(b)];
  const middle = (a.length + 1) / 2;
  const sum = (of: (at: number) => number) => a.reduce((total, _, at) => total + of(at), 0);
  const apart = (ranks: readonly number[], at: number) => (ranks[at] ?? Number.NaN) - middle;
  const together = sum((at) => apart(x, at) * apart(y, at));
  return together / Math.sqrt(sum((at) => apart(x, at) ** 2) * sum((at) => apart(y, at) ** 2));
}

function midRanks(of: readonly number[]): readonly number[] {
  const sorted = [...of].sort((a, b) => a - b);
  return of.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}
