/**
 * What the shipped weights are fitted from besides the labelled tasks, and how.
 */

import type { Example, FitOptions } from './fit';
import {
  knownType,
  RECORDED_TASKS_PATH,
  readLabelledTasks,
  readRecordedTasks,
  readWrittenExamples,
  recordedExamples,
} from './labelled-tasks';

/** Chosen by five-fold accuracy, which is flat around these values: a factor of two in any of them moves it by about a point. */
export const FIT_OPTIONS: FitOptions = { minExamples: 3, rulePull: 1, termPull: 0.3, pointScale: 0.8, leastWeight: 0.3, steps: 100 };

/** Written examples count less than texts that people really wrote. */
const WRITTEN_WEIGHT = 0.7;
/** Many benchmark tasks are alike; they are here for their breadth and must not drown the rest. */
const RECORDED_WEIGHT = 0.15;

/** The examples that are fitted to beside the labelled tasks, and are never judged. */
export function readExamplesBeside(): Example[] {
  return [
    ...readWrittenExamples().map((example) => ({ ...example, weight: WRITTEN_WEIGHT })),
    ...recordedExamples(readRecordedTasks(), readLabelledTasks()).map(({ prompt, task_type }, at) => ({
      prompt,
      type: knownType(task_type, RECORDED_TASKS_PATH, at),
      weight: RECORDED_WEIGHT,
    })),
  ];
}
