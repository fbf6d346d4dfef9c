/**
 * Judges how much a task demands of a model.
 *
 * Demand is a number of points: a start that depends on the type, plus what the text shows. There is no public data
 * labelled with complexity; points were set by judgement and by which kinds of recorded task small models fail. How well
 * the steps rank single tasks by the share of models that fail them is in tools/bench/descriptors.ts.
 */

import type { CueName } from './cues';
import type { Signal } from './descriptor';
import { countOf, has, hasCodeBlock, isCalculation, type Observation } from './observation';
import type { Complexity, TaskType } from './task';

/** Demand of a plain task of each type. */
const START: Readonly<Record<TaskType, number>> = {
  architecture: 2.5,
  planning: 1.6,
  'code-generation': 1.4,
  'code-review': 1.7,
  debugging: 1.5,
  refactoring: 1.4,
  testing: 1.4,
  documentation: 0.6,
  analysis: 1.4,
  creative: 0.8,
  factual: 0.4,
  coordination: 1.5,
  'simple-task': 0.2,
};

/** Least demand of each step above simple. */
const LEAST_DEMAND = { medium: 1, complex: 2.1, critical: 3.6 } as const;

/** What each occurrence of a cue adds, and the most that its occurrences add together. */
const CUE_POINTS: readonly (readonly [cue: CueName, each: number, most: number])[] = [
  ['scale', 0.25, 0.7],
  ['breadth', 0.15, 0.4],
  ['rigour', 0.4, 1.2],
  ['science', 0.45, 1.4],
  ['puzzle', 0.4, 1.2],
  ['delicate', 0.15, 0.5],
  ['stakes', 0.6, 1.2],
  ['large', 0.3, 0.6],
  ['think', 0.4, 0.4],
  ['small', -0.4, -0.8],
];

export interface Demand {
  readonly complexity: Complexity;
  readonly signals: readonly Signal[];
}

/** The step of complexity that a task of this type comes to. */
export function judgeDemand(type: TaskType, observation: Observation): Demand {
  const { reading } = observation;
  const signals: Signal[] = [];
  let points = 0;
  const add = (name: string, weight: number): void => {
    points += weight;
    signals.push({ of: 'complexity', name, weight });
  };
  add(`type:${type}`, START[type]);
  for (const [cue, each, most] of CUE_POINTS) {
    const count = countOf(observation, cue);
    if (count > 0) add(cue, each > 0 ? Math.min(count * each, most) : Math.max(count * each, most));
  }
  if (type === 'factual') {
    // Small models know common sense and school science about as well as large ones; names and dates they do not.
    const recalled = countOf(observation, 'recall') * 0.4 + reading.nameCount * 0.3;
    if (recalled > 0 && reading.wordCount <= 100) add('recall', Math.min(recalled, 0.8));
    // A query in lower case is one for a search engine: it looks for something out of the way.
    if (reading.startsLowerCase && !reading.endsAsSentence && reading.wordCount >= 5) add('search-query', 0.4);
    if (reading.wordCount > 100) add('passage', 0.6);
  } else if (reading.wordCount > 150) add('long', 0.3);
  if (type === 'analysis' && isCalculation(observation)) {
    // Everyday arithmetic is what small models fail least; formulas are what they fail most.
    if (reading.mathMarks >= 2) add('mathematics', Math.min(0.6 + reading.mathMarks * 0.03, 1));
    else if (has(observation, 'how-many') && reading.wordCount <= 150) add('everyday-arithmetic', -0.5);
  }
  if (reading.listItems >= 4) add('many-items', 0.3);
  if (hasCodeBlock(observation) && reading.lineCount > 60) add('long-code', 0.3);
  if (reading.placeholders > 0 && has(observation, 'persona')) add('template', -0.2);
  return { complexity: complexityOf(points), signals };
}

function complexityOf(points: number): Complexity {
  if (points >= LEAST_DEMAND.critical) return 'critical';
  if (points >= LEAST_DEMAND.complex) return 'complex';
  return points >= LEAST_DEMAND.medium ? 'medium' : 'simple';
}
