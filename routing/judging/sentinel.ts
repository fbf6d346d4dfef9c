/**
 * Answers that are known to be bad, put beside a good one: a judge that does not call them worse cannot tell a bad candidate from a
 * good one either.
 */

import { seededFraction } from '../decision/seeded-fraction';

/** An answer to nothing: it is polite, well-formed, and does none of the work. */
export const EMPTY_ANSWER = 'I am afraid that I have nothing to say about this.';

/** Fewer words may mean the same in any order. */
const LEAST_WORDS = 12;

/**
 * A bad answer to the task of a good one: its own words in another order, which is as long and as learned and says nothing; and now
 * and then, and where there are few words, an answer to nothing.
 *
 * @param seed fixes which
 */
export function badAnswer(good: string, seed: string): string {
  const words = good.split(/\s+/u).filter((word) => word !== '');
  if (words.length < LEAST_WORDS || seededFraction(seed, 0) < 0.5) return EMPTY_ANSWER;
  return words
    .map((word, at) => ({ word, place: seededFraction(seed, at + 1) }))
    .sort((one, other) => one.place - other.place)
    .map(({ word }) => word)
    .join(' ');
}
