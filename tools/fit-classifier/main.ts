/**
 * Fits the type weights anew and writes them into the routing core. See README.md beside this file.
 */

import { writeFileSync } from 'node:fs';
import { writeWeights } from '../../routing/task/weights-table';
import { type Accuracy, accuracyOfPoints, crossValidate } from './cross-validate';
import { fit } from './fit';
import { readLabelledTasks } from './labelled-tasks';
import { FIT_OPTIONS, readExamplesBeside } from './recipe';

const WEIGHTS_PATH = 'routing/task/type-weights.ts';
const SEEDS = [1, 2, 3, 4, 5];

function describe(name: string, { strong, weak }: Accuracy): string {
  const share = ({ right, all }: { right: number; all: number }): string => `${((100 * right) / all).toFixed(1)} %`;
  return `${name.padEnd(24)} strong ${share(strong)}   weak ${share(weak)}`;
}

function main(): void {
  const tasks = readLabelledTasks();
  const beside = readExamplesBeside();
  console.log(describe('points alone', accuracyOfPoints(tasks)));
  console.log(describe('fitted, five-fold', crossValidate(tasks, beside, FIT_OPTIONS, SEEDS)));
  if (process.argv.includes('--write')) {
    const weights = fit([...tasks.map((task) => ({ ...task, weight: 1 })), ...beside], FIT_OPTIONS);
    writeFileSync(WEIGHTS_PATH, moduleOf(writeWeights(weights)));
    console.log(`Wrote ${WEIGHTS_PATH}: ${weights.vocabulary.length} terms.`);
  }
}

function moduleOf(table: string): string {
  return `/**
 * What was learned about task types from labelled tasks. Written by tools/fit-classifier; do not edit.
 *
 * One line per bias, rule ("@") and term, in the order of TASK_TYPES, in hundredths of a logit; see weights-table.ts.
 */

import type { TypeWeights } from './type-model';
import { readWeights } from './weights-table';

const TABLE = \`
${table}
\`;

export function learnedWeights(): TypeWeights {
  return readWeights(TABLE);
}
`;
}

main();
