/**
 * How often a classifier gives the type that a task is labelled with, and what it takes for what.
 */

import { type Classifier, classify } from '../../routing/task/classify';
import { TASK_TYPES, type TaskType } from '../../routing/task/task';
import { type LabelledTask, type LabelTrust, readLabelledTasks } from '../fit-classifier/labelled-tasks';

export interface TypeAccuracy {
  readonly right: number;
  readonly all: number;
  /** A fraction in [0, 1]; NaN when there was nothing to judge. */
  readonly rate: number;
}

export interface ClassificationReport {
  readonly strong: TypeAccuracy;
  readonly weak: TypeAccuracy;
  readonly byType: Readonly<Record<TaskType, TypeAccuracy>>;
  /** Tasks by labelled type, then by the type given; a type never given is absent. */
  readonly confusion: Readonly<Record<TaskType, Readonly<Partial<Record<TaskType, number>>>>>;
}

/** Judges a classifier on labelled tasks. */
export function evaluateClassifier(classifier: Classifier, tasks: readonly LabelledTask[]): ClassificationReport {
  const confusion = Object.fromEntries(TASK_TYPES.map((type) => [type, {}])) as Record<TaskType, Partial<Record<TaskType, number>>>;
  const right: Record<LabelTrust, number> = { strong: 0, weak: 0 };
  const all: Record<LabelTrust, number> = { strong: 0, weak: 0 };
  for (const task of tasks) {
    const given = classifier(task.prompt).type;
    all[task.label]++;
    if (given === task.type) right[task.label]++;
    confusion[task.type][given] = (confusion[task.type][given] ?? 0) + 1;
  }
  const accuracy = (rightCount: number, allCount: number): TypeAccuracy => ({
    right: rightCount,
    all: allCount,
    rate: rightCount / allCount,
  });
  const byType = Object.fromEntries(
    TASK_TYPES.map((type) => [
      type,
      accuracy(
        confusion[type][type] ?? 0,
        Object.values(confusion[type]).reduce((sum, count) => sum + count, 0),
      ),
    ]),
  ) as Record<TaskType, TypeAccuracy>;
  return { strong: accuracy(right.strong, all.strong), weak: accuracy(right.weak, all.weak), byType, confusion };
}

/**
 * The report on the classifier in use. It was fitted to these very tasks, so this is how well it remembers; how well it
 * generalises is what `tools/fit-classifier` measures in five folds.
 */
export function classificationReport(classifier: Classifier = classify): ClassificationReport {
  return evaluateClassifier(classifier, readLabelledTasks());
}

/** The report as text: the rates, then the confusion matrix with labelled types as rows. */
export function renderClassificationReport({ strong, weak, byType, confusion }: ClassificationReport): string {
  const rate = ({ right, all, rate: share }: TypeAccuracy): string => `${right} of ${all} (${(100 * share).toFixed(1)} %)`;
  const shortNames = TASK_TYPES.map((type) => type.slice(0, 6));
  const nameWidth = Math.max(...TASK_TYPES.map((type) => type.length));
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(7)).join('');
  return [
    `strong labels: ${rate(strong)}`,
    `weak labels:   ${rate(weak)}`,
    '',
    `${'labelled \\ given'.padEnd(nameWidth)} ${cells(shortNames)}`,
    ...TASK_TYPES.map(
      (type) =>
        `${type.padEnd(nameWidth)} ${cells(TASK_TYPES.map((given) => String(confusion[type][given] ?? '·')))}   ${rate(byType[type])}`,
    ),
  ].join('\n');
}
