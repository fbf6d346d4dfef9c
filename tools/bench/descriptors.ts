/**
 * How close the estimates of classification come to what was recorded: tokens, and complexity against the share of models
 * that fail a task.
 *
 * Tasks that the type weights were fitted to are left out. The recorded tokens are themselves estimates (characters / 4,
 * and one constant per class for answers), see data/recorded/README.md.
 */

import { type Classifier, classify } from '../../routing/task/classify';
import { COMPLEXITIES } from '../../routing/task/task';
import { fingerprint, type RecordedTask, readLabelledTasks, readRecordedTasks, recordedExamples } from '../fit-classifier/labelled-tasks';

export interface DescriptorReport {
  readonly tasks: number;
  /** Median of |estimate / recorded − 1|, a fraction. */
  readonly inputTokenError: number;
  readonly outputTokenError: number;
  /** Of input and output together: the error of a call's cost where both cost the same. */
  readonly totalTokenError: number;
  /** Spearman's rank correlation, in [−1, 1], of complexity with the share of models that fail the task. */
  readonly complexityCorrelation: number;
}

export function descriptorReport(classifier: Classifier = classify): DescriptorReport {
  const recorded = readRecordedTasks();
  const labelled = readLabelledTasks();
  const fitted = new Set([...labelled, ...recordedExamples(recorded, labelled)].map((task) => fingerprint(task.prompt)));
  const judged = recorded
    .filter((task) => !fitted.has(fingerprint(task.prompt)))
    .map((task) => ({ given: classifier(task.prompt), recorded: tokensOf(task), failRate: failRateOf(task) }));
  const errorOf = (ratio: (task: (typeof judged)[number]) => number): number => median(judged.map((task) => Math.abs(ratio(task) - 1)));
  return {
    tasks: judged.length,
    inputTokenError: errorOf(({ given, recorded: { input } }) => given.estimatedInputTokens / input),
    outputTokenError: errorOf(({ given, recorded: { output } }) => given.estimatedOutputTokens / output),
    totalTokenError: errorOf(
      ({ given, recorded: { input, output } }) => (given.estimatedInputTokens + given.estimatedOutputTokens) / (input + output),
    ),
    complexityCorrelation: correlation(
      ranks(judged.map((task) => COMPLEXITIES.indexOf(task.given.complexity))),
      ranks(judged.map((task) => task.failRate)),
    ),
  };
}

export function renderDescriptorReport(report: DescriptorReport): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    `recorded tasks judged:          ${report.tasks}`,
    `input tokens, median error:     ${percent(report.inputTokenError)}`,
    `output tokens, median error:    ${percent(report.outputTokenError)}`,
    `all tokens, median error:       ${percent(report.totalTokenError)}`,
    `complexity ~ share of failures: ${report.complexityCorrelation.toFixed(2)} (Spearman)`,
  ].join('\n');
}

/** The recorded tokens are the same for every model. */
function tokensOf(task: RecordedTask): { input: number; output: number } {
  const [any] = Object.values(task.models);
  if (any === undefined) throw new Error(`Recorded task ${task.id} has no models.`);
  return { input: any.input_tokens, output: any.output_tokens };
}

function failRateOf(task: RecordedTask): number {
  const qualities = Object.values(task.models).map((model) => model.quality);
  return 1 - qualities.reduce((sum, quality) => sum + quality, 0) / qualities.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Ranks from 0, equals sharing their mean rank. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const rankOf = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && order[to]!.value === order[from]!.value) to++;
    for (let at = from; at < to; at++) rankOf[order[at]!.at] = (from + to - 1) / 2;
    from = to;
  }
  return rankOf;
}

/** Pearson's correlation; of ranks it is Spearman's. */
function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  let together = 0;
  let ofX = 0;
  let ofY = 0;
  xs.forEach((x, at) => {
    const y = ys[at]!;
    together += (x - meanX) * (y - meanY);
    ofX += (x - meanX) ** 2;
    ofY += (y - meanY) ** 2;
  });
  return together / Math.sqrt(ofX * ofY);
}
