/**
 * Dataset runs of Langfuse. A run item names the trace of one item; its scores and the model that answered stand with the trace, so
 * the exports of all three are read together: run items, scores, and observations or traces.
 */

import { firstOf, numberOf, objectOf } from '../telemetry/foreign-values';
import type { Row } from '../telemetry/formats/format';
import type { EvaluationDraft } from './check-evaluation';

/** Joins what the files say, however they were mixed. */
export function langfuseEvaluations(values: Iterable<Row>): EvaluationDraft[] {
  const items: Row[] = [];
  const scores = new Map<unknown, Row[]>();
  const generations = new Map<unknown, Row>();
  for (const row of rowsOf(values)) {
    const trace = firstOf(row, 'traceId', 'trace_id');
    if (firstOf(row, 'datasetItemId', 'dataset_item_id') !== undefined) items.push(row);
    else if (firstOf(row, 'type') === 'GENERATION') generations.set(trace, row);
    else if (trace !== undefined && 'value' in row && 'name' in row) scores.set(trace, [...(scores.get(trace) ?? []), row]);
  }
  return items.flatMap((item) => {
    const trace = firstOf(item, 'traceId', 'trace_id');
    const generation = generations.get(trace) ?? {};
    return (scores.get(trace) ?? []).flatMap((score): EvaluationDraft[] => {
      const value = numberOf(score.value);
      // Another scale, or a category: nobody knows here what it is worth.
      if (typeof value !== 'number' || value < 0 || value > 1) return [];
      return [
        {
          run: firstOf(item, 'datasetName', 'dataset_name', 'datasetRunName', 'dataset_run_name', 'datasetRunId'),
          item: firstOf(item, 'datasetItemId', 'dataset_item_id'),
          model: firstOf(generation, 'model', 'providedModelName', 'provided_model_name'),
          grader: score.name,
          score: value,
          evaluatedAt: firstOf(score, 'timestamp', 'createdAt', 'created_at') ?? firstOf(item, 'createdAt', 'created_at'),
          costUsd: numberOf(firstOf(generation, 'calculatedTotalCost', 'totalCost', 'total_cost')),
        },
      ];
    });
  });
}

/** Rows, lists of runs with their items, and traces with what is inside them. */
function* rowsOf(values: Iterable<unknown>): Generator<Row> {
  for (const value of values) {
    const row = objectOf(value);
    yield row;
    if (Array.isArray(row.datasetRunItems))
      yield* rowsOf(row.datasetRunItems.map((item) => ({ datasetName: row.datasetName, ...objectOf(item) })));
    if (Array.isArray(row.observations)) yield* rowsOf(row.observations);
    if (Array.isArray(row.scores)) yield* rowsOf(row.scores.map((score) => ({ traceId: row.id, ...objectOf(score) })));
  }
}
