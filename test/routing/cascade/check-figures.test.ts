/** How good a check is, and what its cascade is worth, from what was counted. */

import { type CheckCounts, figuresOfCheck } from '../../../routing/cascade/check-figures';
import { wilson } from '../../../routing/statistics/rates';

const NOTHING = {
  ...{ costNanoUsd: null, goodScore: null, badScore: null, givenAfterGood: null, givenAfterBad: null },
  ...{ laterCostAfterGood: null, laterCostAfterBad: null },
};

const COUNTS: CheckCounts = {
  ...{ taskClass: 'work', model: 'a/cheap', check: 'judge', passed: 66, failed: 34, crashed: 0, escalated: 34 },
  ...{ goodPassed: 63, goodFailed: 7, badPassed: 3, badFailed: 27, costNanoUsd: 100, delayMs: 5_000 },
  graded: {
    ...{ costNanoUsd: 5, goodScore: 1, badScore: 0, givenAfterGood: 0.98, givenAfterBad: 0.7 },
    ...{ laterCostAfterGood: 100, laterCostAfterBad: 100 },
  },
};

test('sensitivity is of bad answers, specificity of good ones, each with its interval', () => {
  const found = figuresOfCheck(COUNTS, 0.01);
  expect(found.sensitivity).toEqual({ of: 30, share: 0.9, interval: wilson(27, 30, 0.95) });
  expect(found.specificity).toEqual({ of: 70, share: 0.9, interval: wilson(63, 70, 0.95) });
  expect(found).toMatchObject({
    answers: 100,
    meanCostNanoUsd: 1,
    meanDelayMs: 50,
    passRate: { share: 0.66 },
    escalationRate: { share: 0.34 },
  });
});

test('a check that is right nine times in ten pays where the models differ so, and a weaker one is said to need more', () => {
  expect(figuresOfCheck(COUNTS, 0.01).worth).toMatchObject({ pays: true, saved: expect.closeTo(1 - 40 / 100, 9) });
  const weak = { ...COUNTS, goodPassed: 49, goodFailed: 21, badPassed: 12, badFailed: 18 };
  const { worth } = figuresOfCheck(weak, 0.01);
  expect(worth?.pays).toBe(false);
  expect(worth?.neededAccuracy).toBeGreaterThan(0.7);
});

test('nothing that was not counted is made up', () => {
  const none = { passed: 0, failed: 0, crashed: 2, escalated: 2, goodPassed: 0, goodFailed: 0, badPassed: 0, badFailed: 0 };
  const found = figuresOfCheck({ ...COUNTS, ...none, graded: NOTHING }, 0.01);
  expect(found).toMatchObject({ answers: 2, passRate: null, sensitivity: null, specificity: null, worth: null });
});
