/**
 * How texts look that ask for a certain type of work: the rules of classification that need no words.
 */

import type { Points } from './type-rules';
import type { Reading } from './words';

export interface ShapeRule {
  readonly name: string;
  readonly holds: (reading: Reading) => boolean;
  readonly points: Points;
}

/** Whether the text is nothing but words with commas between them: material to write a sentence from. */
export function isWordList({ commaCount, wordCount, lineCount }: Reading): boolean {
  return commaCount >= 4 && wordCount <= commaCount * 1.5 + 1 && lineCount === 1;
}

export const SHAPE_RULES: readonly ShapeRule[] = [
  { name: 'shape:next-to-nothing', holds: (r) => r.wordCount <= 2, points: { 'simple-task': 2.5 } },
  {
    name: 'shape:unfinished-statement',
    holds: (r) => r.wordCount >= 6 && !r.endsAsSentence && r.numberCount === 0 && r.lineCount === 1,
    points: { factual: 0.2 },
  },
  { name: 'shape:long-passage', holds: (r) => r.wordCount >= 120 && r.codeLines === 0, points: {} },
  { name: 'shape:question', holds: (r) => r.endsWithQuestion && r.sentenceCount <= 2 && r.wordCount <= 40, points: { factual: 1.2 } },
  { name: 'shape:questions-in-prose', holds: (r) => r.questionMarks > 0 && r.numberCount === 0, points: { factual: 0.5 } },
  {
    name: 'shape:lower-case-query',
    holds: (r) => r.startsLowerCase && !r.endsAsSentence && r.wordCount <= 16 && r.wordCount >= 4,
    points: { factual: 1 },
  },
  { name: 'shape:multiple-choice', holds: (r) => r.optionLines >= 3, points: { factual: 2 } },
  {
    name: 'shape:word-problem',
    holds: (r) => r.numberCount >= 2 && r.questionMarks >= 1 && r.codeLines === 0 && r.codeFences === 0,
    points: { analysis: 2 },
  },
  { name: 'shape:mathematics', holds: (r) => r.mathMarks >= 2 && r.codeLines === 0 && r.codeFences === 0, points: { analysis: 2 } },
  { name: 'shape:version-number', holds: (r) => r.versions > 0 && r.wordCount <= 20, points: { 'simple-task': 1.5 } },
  {
    name: 'shape:code',
    holds: (r) => r.codeFences >= 2 || r.codeLines >= 3,
    points: { 'code-generation': 0.5, debugging: 0.5, testing: 0.5, refactoring: 0.5 },
  },
  {
    name: 'shape:code-only',
    holds: (r) => r.codeLines >= 2 && r.codeFences === 0 && r.questionMarks === 0,
    points: { 'code-generation': 2 },
  },
  {
    name: 'shape:identifiers',
    holds: (r) => r.identifiers > 0 && r.wordCount < 40,
    points: { debugging: 0.5, refactoring: 0.5, 'code-generation': 0.5 },
  },
  {
    name: 'shape:title',
    holds: (r) => r.wordCount <= 9 && !r.endsAsSentence && r.lineCount === 1,
    points: { 'code-generation': 0.3, debugging: 0.3, refactoring: 0.3, 'simple-task': 0.2 },
  },
  { name: 'shape:keyword-list', holds: isWordList, points: { creative: 3 } },
  { name: 'shape:heading', holds: (r) => r.headings > 0, points: {} },
  { name: 'shape:list', holds: (r) => r.listItems >= 3, points: { planning: 0.3, coordination: 0.3 } },
  { name: 'shape:placeholders', holds: (r) => r.placeholders > 0, points: {} },
  { name: 'shape:long', holds: (r) => r.wordCount >= 60, points: {} },
  { name: 'shape:one-short-sentence', holds: (r) => r.wordCount <= 24 && r.endsAsSentence && !r.endsWithQuestion, points: {} },
];
