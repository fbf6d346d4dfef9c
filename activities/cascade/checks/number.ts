/** The check that an answer ends with a number, within bounds if there are any. */

import { lastNumberIn } from '../../../routing/cascade/agreement';
import type { Checked, NumberCheck } from '../../../routing/cascade/check';
import type { CheckSubject } from './subject';

/** Longest answers that are looked at, in characters. */
const MAX_CHARACTERS = 1024 * 1024;

export function checkNumber({ min = -Infinity, max = Infinity }: NumberCheck, { answer }: CheckSubject): Checked {
  const number = answer.text.length > MAX_CHARACTERS ? undefined : lastNumberIn(answer.text);
  if (number === undefined) return { result: 'failed', why: 'The answer holds no number.' };
  return number >= min && number <= max
    ? { result: 'passed', why: 'The answer ends with a number within the bounds.' }
    : { result: 'failed', why: 'The number that the answer ends with is out of bounds.' };
}
