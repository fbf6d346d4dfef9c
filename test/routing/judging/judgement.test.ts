import { JUDGE_ROLES, resolveJudgements, scoreOfPreference } from '../../../routing/judging/judgement';
import { badAnswer, EMPTY_ANSWER } from '../../../routing/judging/sentinel';
import { judgementResult } from '../../../routing/review/replay/judgement-result';

const judged = (score: number) => ({ end: 'scored', score }) as const;

test.each([
  [1, 1, 'candidate', false],
  [0, 0, 'baseline', false],
  [0.5, 0.5, 'tie', false],
  [0, 1, 'tie', true],
  [1, 0, 'tie', true],
  [1, 0.5, 'tie', true],
])('%d and %d come to %s, flipped: %s', (one, other, verdict, isFlipped) => {
  expect(resolveJudgements({ baselineFirst: judged(one), candidateFirst: judged(other) })).toEqual({ kind: 'judged', verdict, isFlipped });
});

test('without both orders there is no verdict, and the reason of the first that is missing', () => {
  expect(resolveJudgements({ baselineFirst: { end: 'excluded', why: 'judge' }, candidateFirst: judged(1) })).toEqual({
    kind: 'unjudged',
    why: 'judge',
  });
  expect(resolveJudgements({ baselineFirst: judged(1), candidateFirst: { end: 'excluded', why: 'spend-cap' } })).toEqual({
    kind: 'unjudged',
    why: 'spend-cap',
  });
  expect(resolveJudgements({ baselineFirst: judged(1), candidateFirst: null })).toEqual({ kind: 'unjudged', why: 'not-replayed' });
});

test('a judge that always prefers the first answer is heard as saying the opposite of itself', () => {
  expect(JUDGE_ROLES.map((role) => scoreOfPreference(role, 'first'))).toEqual([0, 1]);
  expect(JUDGE_ROLES.map((role) => scoreOfPreference(role, 'second'))).toEqual([1, 0]);
  expect(JUDGE_ROLES.map((role) => scoreOfPreference(role, 'tie'))).toEqual([0.5, 0.5]);
});

test.each([
  ['content-refused', 'judge'],
  ['empty-answer', 'judge'],
  ['timeout-total', 'judge'],
  ['overloaded', 'overloaded'],
  ['budget-exhausted', 'budget-exhausted'],
  ['spend-cap', 'spend-cap'],
])('a judge that ended by %s leaves the pair out as %s', (code, why) => {
  const end = { kind: 'failed', code, score: null, isGraded: false, latencyMs: null, answer: null };
  expect(judgementResult('judge-baseline-first', end)).toEqual({ outcome: 'excluded', why });
});

describe('known-bad answers', () => {
  const good = 'A signal box is a building on a railway from which points and signals are set and locked against each other.';

  test('are the words in another order, or an answer to nothing; the same for the same seed', () => {
    const seeds = Array.from({ length: 40 }, (_, at) => `seed ${at}`);
    const bad = seeds.map((seed) => badAnswer(good, seed));
    expect(bad).toEqual(seeds.map((seed) => badAnswer(good, seed)));
    expect(bad).toContain(EMPTY_ANSWER);
    const shuffled = bad.filter((text) => text !== EMPTY_ANSWER);
    expect(shuffled.length).toBeGreaterThan(5);
    for (const text of shuffled) {
      expect(text).not.toBe(good);
      expect(text.split(' ').sort()).toEqual(good.split(' ').sort());
    }
  });

  test('of few words are an answer to nothing: in another order they may mean the same', () => {
    expect(badAnswer('Yes, it is.', 'any')).toBe(EMPTY_ANSWER);
    expect(badAnswer('', 'any')).toBe(EMPTY_ANSWER);
  });
});
