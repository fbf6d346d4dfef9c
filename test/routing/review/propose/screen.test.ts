/** What logs let us believe of a model: small numbers are pulled in, large ones stand, and nothing makes a belief certain. */

import fc from 'fast-check';
import { believeQuality, chanceNotWorse, scoreSdOf } from '../../../../routing/review/propose/screen';
import { testModel } from '../../../support/catalogue';
import { classOf, served } from '../../../support/class-figures';

const MODEL = testModel('north/small', { priorQuality: 0.8 });

/** A class on which the model had these successes of these tasks. */
function rated(name: string, good: number, tasks: number) {
  return classOf(name, [served(MODEL.id, tasks, good)]);
}

function scored(name: string, scores: readonly number[]) {
  const sum = scores.reduce((total, score) => total + score, 0);
  const squares = scores.reduce((total, score) => total + score ** 2, 0);
  return classOf(name, [served(MODEL.id, scores.length, 0, { scoreSum: sum, scoreSquareSum: squares, isBinary: false })]);
}

function beliefOf(figures: ReturnType<typeof rated>, ...family: readonly ReturnType<typeof rated>[]) {
  return believeQuality(MODEL, figures, [figures, ...family]);
}

test('nine of ten do not beat 410 of 500', () => {
  const family = [rated('a', 400, 500), rated('b', 410, 500), rated('c', 405, 500)];
  expect(beliefOf(rated('few', 9, 10), ...family).shrunk).toBeLessThan(0.85);
  expect(beliefOf(rated('few', 9, 10), ...family).raw).toBe(0.9);
  expect(beliefOf(rated('many', 450, 500), ...family).shrunk).toBeGreaterThan(0.85);
});

test('a model with no other class is pulled towards what the catalogue states, which is worth ten tasks', () => {
  // Beta(8 + 9, 2 + 1)
  expect(beliefOf(rated('only', 9, 10)).shrunk).toBeCloseTo(17 / 20, 12);
  const [none, few, many] = [rated('none', 0, 0), rated('few', 0, 1), rated('many', 0, 1_000)].map((figures) => beliefOf(figures));
  expect(none).toMatchObject({ n: 0, raw: null, shrunk: 0.8, isSeen: false });
  expect(few!.shrunk).toBeCloseTo(8 / 11, 12);
  expect(many!.shrunk).toBeLessThan(0.01);
});

test('a class that the model never served is believed from its others, and only there', () => {
  const untouched = classOf('new', []);
  expect(beliefOf(untouched, rated('a', 100, 100), rated('b', 100, 100))).toMatchObject({ n: 0, raw: null, isSeen: true });
  expect(beliefOf(untouched, rated('a', 100, 100), rated('b', 100, 100)).shrunk).toBeGreaterThan(0.98);
  expect(beliefOf(untouched, rated('a', 10, 100)).shrunk).toBeCloseTo(18 / 110, 12);
});

test('no answer is counted twice: the class itself is not among its own neighbours', () => {
  const own = rated('own', 30, 40);
  expect(believeQuality(MODEL, own, [own])).toEqual(believeQuality(MODEL, own, []));
});

test('equal scores of a few answers are not taken for certainty', () => {
  const few = beliefOf(scored('few', [0.5, 0.5]));
  const many = beliefOf(scored('many', Array<number>(400).fill(0.5)));
  expect(few.sd).toBeGreaterThan(0.05);
  expect(few.shrunk).toBeGreaterThan(0.55);
  expect(many.shrunk).toBeCloseTo(0.5, 1);
  expect(many.sd).toBeLessThan(few.sd / 4);
});

test('scores have a spread, successes and failures are planned without one', () => {
  expect(scoreSdOf(MODEL.id, scored('a', [0, 1, 0.5, 0.5]))).toBeCloseTo(Math.sqrt(0.125), 12);
  expect(scoreSdOf(MODEL.id, rated('a', 3, 4))).toBeUndefined();
  expect(scoreSdOf(MODEL.id, classOf('a', []))).toBeUndefined();
});

const counts = fc.integer({ min: 0, max: 300 }).chain((tasks) => fc.tuple(fc.integer({ min: 0, max: tasks }), fc.constant(tasks)));

test('a belief is a probability, lies inside its interval, and between the count and what the other classes say', () => {
  fc.assert(
    fc.property(counts, fc.array(counts, { maxLength: 4 }), ([good, tasks], others) => {
      const belief = beliefOf(rated('own', good, tasks), ...others.map(([x, n], index) => rated(`c${index}`, x, n)));
      expect(belief.low).toBeGreaterThanOrEqual(0);
      expect(belief.high).toBeLessThanOrEqual(1);
      expect(belief.low).toBeLessThanOrEqual(belief.shrunk);
      expect(belief.shrunk).toBeLessThanOrEqual(belief.high);
      expect(belief.sd).toBeGreaterThan(0);
      const prior = beliefOf(rated('own', 0, 0), ...others.map(([x, n], index) => rated(`c${index}`, x, n))).shrunk;
      const raw = tasks === 0 ? prior : good / tasks;
      expect(belief.shrunk).toBeGreaterThanOrEqual(Math.min(raw, prior) - 1e-9);
      expect(belief.shrunk).toBeLessThanOrEqual(Math.max(raw, prior) + 1e-9);
    }),
  );
});

test('the chance of being good enough grows with the margin, and is one half between equals without any', () => {
  fc.assert(
    fc.property(counts, counts, fc.double({ min: 0, max: 0.5, noNaN: true }), ([a, n], [b, m], margin) => {
      const [one, other] = [beliefOf(rated('x', a, n)), beliefOf(rated('x', b, m))];
      expect(chanceNotWorse(one, one, 0)).toBeCloseTo(0.5, 12);
      expect(chanceNotWorse(one, other, margin)).toBeGreaterThanOrEqual(chanceNotWorse(one, other, 0));
      expect(chanceNotWorse(one, other, 0) + chanceNotWorse(other, one, 0)).toBeCloseTo(1, 9);
    }),
  );
});
