/**
 * Everything that classification has seen of a task, on which each of its parts then judges.
 */

import { type CueName, cueNumber } from './cues';
import type { Features } from './features';
import type { Reading } from './words';

export interface Observation {
  readonly reading: Reading;
  readonly features: Features;
}

/** How often the words of a cue occur, at most 255. */
export function countOf({ features }: Observation, cue: CueName): number {
  return features.cueCounts[cueNumber(cue)]!;
}

export function has(observation: Observation, cue: CueName): boolean {
  return countOf(observation, cue) > 0;
}

/** Whether the text carries code itself, not only talk of it. */
export function hasCodeBlock({ reading }: Observation): boolean {
  return reading.codeFences > 0 || reading.codeLines >= 2;
}

/** Whether the text is a question about quantities or with formulas: a word problem or a piece of mathematics. */
export function isCalculation(observation: Observation): boolean {
  const { reading } = observation;
  if (hasCodeBlock(observation)) return false;
  return (
    reading.mathMarks >= 2 ||
    (reading.numberCount >= 2 && has(observation, 'how-many')) ||
    (has(observation, 'rigour') && reading.wordCount < 200)
  );
}
