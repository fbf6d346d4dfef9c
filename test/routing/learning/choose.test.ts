import type { RatingState } from '../../../routing/decision/knowledge';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { rankWithinProvider, ratingScore } from '../../../routing/learning/choose';
import { foldRatings } from '../../../routing/learning/ewma';
import { HAIKU, MYTHOS, OPUS, SONNET, testModel } from '../../support/catalogue';

const LEARNING = DEFAULT_POLICY.learning;
const MODELS = [HAIKU, SONNET, OPUS];

function ranking(ratings: Readonly<Record<string, readonly number[]>>, models = MODELS, defaultModel?: string): readonly string[] {
  const states = new Map<string, RatingState>(Object.entries(ratings).map(([key, log]) => [key, foldRatings(log, LEARNING)]));
  return rankWithinProvider(models, 'STANDARD', states, LEARNING, defaultModel).map(({ model }) => model.id);
}

test('without ratings the highest default priority comes first', () => {
  expect(ranking({})).toEqual([OPUS.id, SONNET.id, HAIKU.id]);
});

test("without ratings the provider's default model comes first among equals", () => {
  const twins = [testModel('a/one'), testModel('a/two')];
  expect(ranking({}, twins, 'a/two')).toEqual(['a/two', 'a/one']);
  expect(ranking({}, twins)).toEqual(['a/one', 'a/two']);
});

test('a rating score is the EWMA from three ratings on, the default priority / 25 before, and 0.3 more in the matching tier', () => {
  expect(ratingScore(SONNET, 'STANDARD', { ewma: 4.5, count: 3 }, LEARNING)).toEqual({
    score: expect.closeTo(4.8),
    ratings: 3,
    isPoor: false,
  });
  expect(ratingScore(SONNET, 'STANDARD', { ewma: 4.5, count: 2 }, LEARNING)).toEqual({
    score: expect.closeTo(3.5),
    ratings: 0,
    isPoor: false,
  });
  expect(ratingScore(SONNET, 'COMPLEX', undefined, LEARNING)).toEqual({ score: expect.closeTo(3.2), ratings: 0, isPoor: false });
});

test('the best rated model comes first once it is rated often enough', () => {
  expect(ranking({ [`${HAIKU.id}#STANDARD`]: [5, 5, 5, 5, 5] })[0]).toBe(HAIKU.id);
  expect(ranking({ [`${HAIKU.id}#STANDARD`]: [5, 5] })[0]).not.toBe(HAIKU.id);
});

test('ratings of another tier say nothing of this one, but end the rule for the unrated', () => {
  expect(ranking({ [`${HAIKU.id}#SIMPLE`]: [5, 5, 5], [HAIKU.id]: [5, 5, 5] })[0]).toBe(OPUS.id);
  const closePriorities = [{ ...SONNET, defaultPriority: 88 }, OPUS];
  expect(ranking({}, closePriorities)[0]).toBe(OPUS.id);
  expect(ranking({ [OPUS.id]: [3] }, closePriorities)[0]).toBe(SONNET.id);
});

test('two more ratings of 1 bring the first model below 2.5 and the next one is chosen', () => {
  const good = { [`${SONNET.id}#STANDARD`]: [4, 3, 2, 3, 5] };
  expect(ranking(good, [HAIKU, SONNET])[0]).toBe(SONNET.id);
  const poor = { [`${SONNET.id}#STANDARD`]: [4, 3, 2, 3, 5, 1, 1] };
  expect(ranking(poor, [HAIKU, SONNET])).toEqual([HAIKU.id, SONNET.id]);
});

test('one bad rating condemns nobody', () => {
  expect(ratingScore(SONNET, 'STANDARD', foldRatings([1], LEARNING), LEARNING).isPoor).toBe(false);
});

test('when all are poor, the least poor comes first', () => {
  const poor = {
    [`${SONNET.id}#STANDARD`]: [1, 1, 1, 1],
    [`${OPUS.id}#STANDARD`]: [1, 1, 1, 1, 1, 1],
    [`${MYTHOS.id}#STANDARD`]: [2, 1, 1, 1],
  };
  expect(ranking(poor, [OPUS, SONNET, MYTHOS])[0]).toBe(SONNET.id);
});
