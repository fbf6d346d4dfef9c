/**
 * Measures how well fitted weights judge tasks that they were not fitted to.
 */

import { TASK_TYPES } from '../../routing/task/task';
import { createTypeModel, pointsAsWeights, type TypeModel } from '../../routing/task/type-model';
import { read } from '../../routing/task/words';
import { type Example, type FitOptions, fit } from './fit';
import type { LabelledTask, LabelTrust } from './labelled-tasks';

const FOLDS = 5;

/** Correct and all judgements per trust in the label. */
export type Accuracy = Record<LabelTrust, { right: number; all: number }>;

/** How often hand-written points alone are right. */
export function accuracyOfPoints(tasks: readonly LabelledTask[]): Accuracy {
  return accuracyOf(createTypeModel(pointsAsWeights()), tasks, { strong: { right: 0, all: 0 }, weak: { right: 0, all: 0 } });
}

/**
 * Fits on four fifths and judges the last, five times over and once per seed. The examples beside the labelled
 * tasks are always fitted to, except those whose text is in the judged fold.
 */
export function crossValidate(
  tasks: readonly LabelledTask[],
  beside: readonly Example[],
  options: FitOptions,
  seeds: readonly number[],
): Accuracy {
  const total: Accuracy = { strong: { right: 0, all: 0 }, weak: { right: 0, all: 0 } };
  for (const seed of seeds) {
    const order = shuffled(tasks, seed);
    for (let fold = 0; fold < FOLDS; fold++) {
      const judged = order.filter((_, at) => at % FOLDS === fold);
      const texts = new Set(judged.map((task) => task.prompt));
      const fitted = [...order.filter((_, at) => at % FOLDS !== fold).map((task) => ({ ...task, weight: 1 })), ...beside].filter(
        (example) => !texts.has(example.prompt),
      );
      accuracyOf(createTypeModel(fit(fitted, options)), judged, total);
    }
  }
  return total;
}

function accuracyOf(model: TypeModel, tasks: readonly LabelledTask[], into: Accuracy): Accuracy {
  for (const task of tasks) {
    const tally = into[task.label];
    tally.all++;
    if (TASK_TYPES[model(read(task.prompt)).best] === task.type) tally.right++;
  }
  return into;
}

/** Fisher–Yates with a linear congruential generator (Numerical Recipes), so that folds are the same on every machine. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const order = [...items];
  let state = seed >>> 0;
  for (let at = order.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
