/**
 * Grading of answers. The answer is what a model wrote: nothing in it is run, and no check takes more than linear time in it.
 */

import { compilePattern, compileSchema, type Grader } from '../../db/documents/grader';
import { gradeByCommand } from './command';
import { type Grade, soundGrade } from './grade';

/** Whether grading takes no noticeable time, or runs a program and wants a step of its own. */
export function isQuick(grader: Grader | undefined): boolean {
  return grader?.kind !== 'command';
}

/** Longest answer that patterns, numbers and schemas look at, in characters; longer ones score 0 by these. */
const MAX_ANSWER_CHARACTERS = 1024 * 1024;

/** Grades an answer. Never rejects, and never gives a score outside [0, 1]; an aborted signal ends a program that grades. */
export async function grade(grader: Grader, answer: string, signal: AbortSignal = new AbortController().signal): Promise<Grade> {
  try {
    if (grader.kind === 'command') return soundGrade(await gradeByCommand(grader, answer, signal));
    if (answer.length > MAX_ANSWER_CHARACTERS) return { score: 0, detail: 'The answer is longer than a grader looks at.' };
    return soundGrade(gradeByText(grader, answer));
  } catch {
    // A schema can refer to itself without end, a program may find no room; patterns and schemas that do not compile were refused
    // with the task.
    return { detail: `The ${grader.kind} grader failed on this answer.` };
  }
}

function gradeByText(grader: Exclude<Grader, { kind: 'command' }>, answer: string): Grade {
  switch (grader.kind) {
    case 'exact': {
      const isSame = folded(answer.trim(), grader.ignoreCase) === folded(grader.expected.trim(), grader.ignoreCase);
      return verdict(isSame, 'The answer is the expected text.', 'The answer is not the expected text.');
    }
    case 'contains': {
      const texts = typeof grader.expected === 'string' ? [grader.expected] : grader.expected;
      const whole = folded(answer, grader.ignoreCase);
      const missing = texts.filter((text) => !whole.includes(folded(text, grader.ignoreCase))).length;
      return verdict(
        missing === 0,
        'The answer contains every expected text.',
        `${missing} of ${texts.length} expected texts are missing.`,
      );
    }
    case 'regex': {
      const isFound = compilePattern(grader.pattern, grader.ignoreCase).matcher(answer).find();
      return verdict(isFound, 'The pattern is found.', 'The pattern is not found.');
    }
    case 'numeric': {
      const number = lastNumber(answer);
      if (number === undefined) return { score: 0, detail: 'The answer holds no number.' };
      const isNear = Math.abs(number - grader.expected) <= grader.tolerance;
      return verdict(isNear, 'The number is the expected one, within the tolerance.', 'The number is not the expected one.');
    }
    case 'json-schema': {
      const value = jsonIn(answer);
      if (value === undefined) return { score: 0, detail: 'The answer is not JSON.' };
      const validate = compileSchema(grader.schema);
      if (validate(value.json)) return { score: 1, detail: 'The answer conforms to the schema.' };
      const [first] = validate.errors ?? [];
      return {
        score: 0,
        detail: `The answer does not conform to the schema: keyword "${first?.keyword}" at ${first?.schemaPath.slice(0, 200)}.`,
      };
    }
  }
}

function verdict(isGood: boolean, good: string, bad: string): Grade {
  return isGood ? { score: 1, detail: good } : { score: 0, detail: bad };
}

function folded(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.toLowerCase() : text;
}

/**
 * The last number in a text, where models put their result: `1,234.5`, `-3`, `2e-3`, `$18.`, `1/2` is 2. Thousands may be
 * separated by commas. Undefined when there is none.
 */
function lastNumber(text: string): number | undefined {
  let last: string | undefined;
  for (const [match] of text.matchAll(/[-+\u2212]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d{1,3})?/g)) last = match;
  if (last === undefined) return undefined;
  const number = Number(last.replaceAll(',', '').replace('\u2212', '-'));
  return Number.isFinite(number) ? number : undefined;
}

/** The JSON value that an answer is, or the one in its only or last fenced block. */
function jsonIn(answer: string): { readonly json: unknown } | undefined {
  const blocks = answer.split('```');
  // Odd pieces are inside of fences; the first line of one may name a language.
  const fenced =
    blocks.length >= 3 ? blocks[blocks.length - (blocks.length % 2 === 0 ? 1 : 2)]?.replace(/^[a-zA-Z0-9]*\s*\n/, '') : undefined;
  for (const candidate of [answer, fenced]) {
    try {
      if (candidate !== undefined) return { json: JSON.parse(candidate) };
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
