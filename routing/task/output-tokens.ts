/**
 * Estimates how long an answer will be, before any model's own habits are known.
 *
 * What the prompt says of the length wins ("in one sentence", "500 words", "five examples"). Otherwise the kind of
 * answer decides: a fact is a line, worked mathematics a dozen lines, a function a screen, a design several pages.
 */

import { type CueName, cueNumber } from './cues';
import { has, hasCodeBlock, isCalculation, type Observation } from './observation';
import { isWordList } from './shape-rules';
import { COMPLEXITIES, type Complexity, type TaskType } from './task';
import { hashWord, NUMBER_WORD } from './word-hash';

/** Tokens of a usual answer per type, for simple, medium, complex and critical tasks. */
const USUAL: Readonly<Record<TaskType, readonly [number, number, number, number]>> = {
  architecture: [800, 1500, 2200, 3000],
  planning: [500, 900, 1500, 2200],
  'code-generation': [250, 500, 1200, 2000],
  'code-review': [300, 500, 900, 1400],
  debugging: [250, 450, 900, 1400],
  refactoring: [250, 450, 900, 1500],
  testing: [350, 600, 1000, 1500],
  documentation: [350, 600, 1100, 1600],
  analysis: [200, 350, 700, 1100],
  creative: [250, 450, 900, 1400],
  factual: [40, 40, 250, 500],
  coordination: [250, 450, 800, 1200],
  'simple-task': [60, 120, 250, 400],
};

/** Tokens per unit of length that a prompt may ask for. */
const TOKENS_PER_UNIT: readonly (readonly [cue: CueName, tokens: number])[] = [
  ['unit:word', 1.35],
  ['unit:sentence', 25],
  ['unit:paragraph', 110],
  ['unit:page', 600],
  ['unit:item', 35],
];

const NUMBER_NAMES = new Map(
  ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'].map((name, at) => [
    hashWord(name),
    at + 1,
  ]),
);
/** How far before its unit a number may stand: "500 words", "three short paragraphs", "ten catchy new names". */
const NUMBER_REACH = 3;
/** A length beyond this is not believed. */
const MOST_TOKENS = 32_000;

const TERSE_TOKENS = 10;
/** Worked answers: a word problem is solved in a short paragraph, mathematics and puzzles take more. */
const WORD_PROBLEM_TOKENS = 200;
const MATHEMATICS_TOKENS = 300;
const PUZZLE_TOKENS = 300;
const CHOICE_TOKENS = 80;
/** A question about a passage is answered with what in the passage says so. */
const PASSAGE_TOKENS = 120;
const PASSAGE_WORDS = 100;
const SENTENCE_TOKENS = 60;
const FUNCTION_TOKENS = 200;
const COMPLETED_CODE_TOKENS = 250;
const EXPLANATION_TOKENS = 350;
const LETTER_TOKENS = 300;
const LONG_FORM_TOKENS = 900;
/** A rewritten or mended text is about as long as the text given. */
const REWRITTEN_SHARE = 1.1;

/** Estimated tokens of the answer, an integer ≥ 1 and at most `maxOutputTokens` if that is given. */
export function estimateOutputTokens(
  type: TaskType,
  complexity: Complexity,
  inputTokens: number,
  observation: Observation,
  maxOutputTokens?: number,
): number {
  const stated = statedLength(observation);
  let tokens = stated ?? usualLength(type, complexity, inputTokens, observation);
  if (stated === undefined && tokens > CHOICE_TOKENS) {
    if (has(observation, 'brief')) tokens *= 0.6;
    if (has(observation, 'detailed')) tokens *= 1.3;
  }
  const limit = Number.isFinite(maxOutputTokens) ? Math.max(1, Math.floor(maxOutputTokens!)) : MOST_TOKENS;
  return Math.min(Math.max(1, Math.round(tokens)), limit);
}

/** The length that the prompt asks for, or undefined. */
function statedLength(observation: Observation): number | undefined {
  if (has(observation, 'terse')) return TERSE_TOKENS;
  const { reading, features } = observation;
  for (const [cue, tokensPerUnit] of TOKENS_PER_UNIT) {
    if (!has(observation, cue)) continue;
    const unitAt = features.cuePlaces[cueNumber(cue)]!;
    for (let at = unitAt - 1; at >= Math.max(0, unitAt - NUMBER_REACH); at--) {
      const word = reading.words[at]!;
      const count = word === NUMBER_WORD ? reading.numbers.get(at) : NUMBER_NAMES.get(word);
      if (count !== undefined && count > 0) return Math.min(count * tokensPerUnit, MOST_TOKENS);
    }
  }
  return undefined;
}

/** Whether the text begins by asking for an explanation: "Explain how …", "Why does …", "Can you describe …". */
function asksToExplain(observation: Observation): boolean {
  return has(observation, 'explain') && observation.features.cuePlaces[cueNumber('explain')]! <= 3;
}

function usualLength(type: TaskType, complexity: Complexity, inputTokens: number, observation: Observation): number {
  const { reading } = observation;
  const usual = USUAL[type][COMPLEXITIES.indexOf(complexity)]!;
  switch (type) {
    case 'factual':
      if (reading.optionLines >= 3) return CHOICE_TOKENS;
      if (reading.wordCount > PASSAGE_WORDS) return PASSAGE_TOKENS;
      return asksToExplain(observation) ? EXPLANATION_TOKENS : usual;
    case 'analysis':
      if (reading.optionLines >= 3) return CHOICE_TOKENS;
      if (has(observation, 'puzzle')) return PUZZLE_TOKENS;
      if (isCalculation(observation))
        return reading.mathMarks >= 2 || has(observation, 'rigour') ? MATHEMATICS_TOKENS : WORD_PROBLEM_TOKENS;
      return usual;
    case 'code-generation':
      if (hasCodeBlock(observation) && reading.codeFences === 0) return COMPLETED_CODE_TOKENS;
      return has(observation, 'function') && reading.wordCount < 60 ? FUNCTION_TOKENS : usual;
    case 'creative':
      // A bare list of words asks for a sentence that uses them.
      if (isWordList(reading)) return SENTENCE_TOKENS;
      if (has(observation, 'long-form')) return LONG_FORM_TOKENS;
      return has(observation, 'letter-form') ? LETTER_TOKENS : usual;
    case 'refactoring':
    case 'debugging':
      return hasCodeBlock(observation) ? Math.max(usual / 2, inputTokens * REWRITTEN_SHARE) : usual;
    default:
      return usual;
  }
}
