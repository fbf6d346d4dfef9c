/**
 * Answers that need not be paid for again: pairs of which an earlier evaluation has both. Half a pair is worth nothing, because two graders,
 * or one grader at two times, would be compared and not two models.
 */

import type { Evaluation } from '../../db/queries/evaluations';
import type { PairedAnswer } from '../../routing/review/prove/evidence';
import { DAY_MS } from '../../routing/review/settings';

export interface KnownPair {
  readonly baseline: PairedAnswer;
  readonly candidate: PairedAnswer;
  /** Where it comes from. */
  readonly run: string;
  readonly grader: string;
}

/** Finds the pair of a task by its id, or by the name of its input. */
export type FindKnownPair = (taskId: string, inputHash: string | undefined, models: ComparedModels) => KnownPair | undefined;

interface ComparedModels {
  /** Catalogue ids. */
  readonly baseline: string;
  readonly candidate: string;
}

/** What was served longer ago under a name may be another model by now. */
const MOST_AGE_MS = 90 * DAY_MS;

/**
 * @param names catalogue ids by the names of the evaluations
 * @param asOf  milliseconds since the epoch: what was evaluated later, or more than 90 days before, is not used
 */
export function findKnownPairs(evaluations: readonly Evaluation[], names: ReadonlyMap<string, string>, asOf: number): FindKnownPair {
  const usable = evaluations.filter(
    ({ evaluatedAt, costNanoUsd }) => costNanoUsd !== undefined && evaluatedAt <= asOf && evaluatedAt > asOf - MOST_AGE_MS,
  );
  const byTask = Map.groupBy(usable, ({ item }) => item);
  const byInput = Map.groupBy(usable, ({ inputHash }) => inputHash ?? '');
  return (taskId, inputHash, { baseline, candidate }) => {
    const own = byTask.get(taskId) ?? (inputHash === undefined ? undefined : byInput.get(inputHash)) ?? [];
    const ofModel = (id: string) => own.filter(({ model }) => (names.get(model) ?? model) === id);
    for (const first of ofModel(baseline)) {
      const second = ofModel(candidate).find(({ run, grader }) => run === first.run && grader === first.grader);
      if (second !== undefined) return { baseline: answerOf(first), candidate: answerOf(second), run: first.run, grader: first.grader };
    }
    return undefined;
  };
}

function answerOf({ score, costNanoUsd = 0, latencyMs }: Evaluation): PairedAnswer {
  return { end: 'scored', score, costNanoUsd, ...(latencyMs === undefined ? {} : { latencyMs }) };
}
