/**
 * Makes the figures of a review from what was rolled up: one entry for each class, or for each agreed group of classes.
 */

import type { Amounts, ClassFigures, ModelFigures } from './figures';
import { addDemands, addSums, NO_DEMANDS, NO_SUMS, type RolledSums } from './rolled-figures';

/** One model on one class over the whole window; the model is empty for tasks that no model was found for. */
export interface RolledCell<S> {
  readonly taskClass: string;
  readonly model: string;
  readonly sums: RolledSums;
  readonly demands: ClassFigures['demands'];
  /** Days with at least one task, as numbers of days since the epoch. */
  readonly days: ReadonlySet<number>;
  readonly cost: S;
  readonly latency: S;
}

/** Ratings by people of one model on one class. */
export interface RatedCell {
  readonly taskClass: string;
  readonly model: string;
  readonly rated: number;
  readonly ratingSum: number;
}

/** What distributions can do, whatever they are made of. */
export interface DistributionMath<S> {
  readonly merge: (distributions: readonly S[]) => S;
  /** Values in it. */
  readonly count: (distribution: S) => number;
  /** @param share in [0, 1] */
  readonly quantile: (distribution: S, share: number) => number;
}

/**
 * The figures of every class that has a task, most tasks first.
 *
 * @param groups classes that are reviewed as one, by the name of the group. A class of a group does not appear on its own
 */
export function mergeFigures<S>(
  cells: readonly RolledCell<S>[],
  ratings: readonly RatedCell[],
  groups: Readonly<Record<string, readonly string[]>>,
  math: DistributionMath<S>,
): readonly ClassFigures[] {
  const classesOf = new Map(Object.entries(groups));
  const groupOf = new Map([...classesOf].flatMap(([name, classes]) => classes.map((taskClass) => [taskClass, name] as const)));
  const nameOf = ({ taskClass }: { readonly taskClass: string }): string => groupOf.get(taskClass) ?? taskClass;
  const ratingsByName = Map.groupBy(ratings, nameOf);
  return [...Map.groupBy(cells, nameOf)]
    .map(([name, own]) => classFigures(name, classesOf.get(name) ?? [name], own, ratingsByName.get(name) ?? [], math))
    .sort((a, b) => b.tasks - a.tasks || compare(a.name, b.name));
}

function classFigures<S>(
  name: string,
  classes: readonly string[],
  cells: readonly RolledCell<S>[],
  ratings: readonly RatedCell[],
  math: DistributionMath<S>,
): ClassFigures {
  const sums = cells.map((cell) => cell.sums).reduce(addSums, NO_SUMS);
  const ratingsByModel = Map.groupBy(ratings, ({ model }) => model);
  const models = [...Map.groupBy(cells, ({ model }) => model)]
    .filter(([model]) => model !== '')
    .map(([model, own]) => modelFigures(model, own, ratingsByModel.get(model) ?? [], math))
    .sort((a, b) => b.tasks - a.tasks || compare(a.model, b.model));
  return {
    name,
    classes,
    tasks: sums.tasks,
    ...(sums.imported > 0 && { imported: sums.imported }),
    refused: sums.refused,
    demands: cells.map(({ demands }) => demands).reduce(addDemands, NO_DEMANDS),
    models,
    activeDays: new Set(cells.flatMap(({ days }) => [...days])).size,
    costNanoUsd: sums.costSumNano,
  };
}

function modelFigures<S>(
  model: string,
  cells: readonly RolledCell<S>[],
  ratings: readonly RatedCell[],
  math: DistributionMath<S>,
): ModelFigures {
  const sums = cells.map((cell) => cell.sums).reduce(addSums, NO_SUMS);
  return {
    model,
    tasks: sums.tasks,
    completed: sums.completed,
    failed: sums.failed,
    retried: sums.retried,
    graded: sums.graded,
    scoreSum: sums.scoreSum,
    scoreSquareSum: sums.scoreSquareSum,
    good: sums.good,
    isBinary: sums.fractional === 0,
    rated: ratings.reduce((total, { rated }) => total + rated, 0),
    ratingSum: ratings.reduce((total, { ratingSum }) => total + ratingSum, 0),
    cost: amounts(math, math.merge(cells.map(({ cost }) => cost)), sums.costSumNano, sums.costSquareSum),
    latencyMs: amounts(math, math.merge(cells.map(({ latency }) => latency)), sums.latencySumMs, sums.latencySquareSum),
  };
}

function amounts<S>(math: DistributionMath<S>, distribution: S, sum: number, squareSum: number): Amounts {
  const count = math.count(distribution);
  if (count === 0) return { count: 0, mean: 0, sd: 0, p50: 0, p95: 0 };
  return {
    count,
    mean: sum / count,
    sd: standardDeviation(count, sum, squareSum),
    p50: math.quantile(distribution, 0.5),
    p95: math.quantile(distribution, 0.95),
  };
}

/** Of values whose sum and sum of squares are known, with n − 1; 0 for fewer than two. Rounding may leave less than 0, which is 0. */
export function standardDeviation(count: number, sum: number, squareSum: number): number {
  return count < 2 ? 0 : Math.sqrt(Math.max(0, (squareSum - (sum * sum) / count) / (count - 1)));
}

/** By code unit, so that the order is the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
