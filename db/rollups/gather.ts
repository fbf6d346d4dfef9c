/** Gathers roll-ups: what belongs to one class and model becomes one cell, whatever number of rows it came in. */

import type { RolledCell } from '../../routing/review/figures/merge-figures';
import { addDemands, addSums, NO_DEMANDS, NO_SUMS } from '../../routing/review/figures/rolled-figures';
import { DAY_MS } from '../../routing/review/settings';
import type { Batches, Rollup } from '../queries/rollup-rows';
import type { EndedTasks } from '../queries/rollups';
import { addAmounts, addBytes, emptySketch, type Sketch, toBytes } from './sketch';

/** What is gathered of one class and model, over the days it names. */
export type Cell = RolledCell<Sketch>;

/**
 * Cells of tasks that ended within an hour. Groups of one class and model must follow each other.
 *
 * @param from when the hour begins: its day is theirs
 * @yields each cell when it is complete, so that one is held at a time
 */
export async function* gatherTasks(from: number, tasks: Batches<EndedTasks>): AsyncGenerator<Cell> {
  let cell: Cell | undefined;
  for await (const batch of tasks) {
    for (const group of batch) {
      if (cell !== undefined && !isOf(cell, group)) {
        yield cell;
        cell = undefined;
      }
      cell = withTasks(cell ?? emptyCell(group, from), group);
    }
  }
  if (cell !== undefined) yield cell;
}

/**
 * Cells of rows of roll-ups, one for each class and model, or for each class, model and day. Rows of one class and model must
 * follow each other, in the order of time.
 *
 * @yields each cell when it is complete, so that one is held at a time
 */
export async function* gatherRollups(rows: Batches<Rollup>, per: 'model' | 'day'): AsyncGenerator<Cell> {
  let cell: Cell | undefined;
  for await (const batch of rows) {
    for (const row of batch) {
      if (cell !== undefined && (!isOf(cell, row) || (per === 'day' && !cell.days.has(dayOf(row.periodStart))))) {
        yield cell;
        cell = undefined;
      }
      cell = withRollup(cell ?? emptyCell(row, row.periodStart), row);
    }
  }
  if (cell !== undefined) yield cell;
}

/** The row of a cell. */
export function rollupOf({ taskClass, model, sums, demands, cost, latency }: Cell, periodStart: number): Rollup {
  return { ...sums, periodStart, taskClass, model, demands, costSketch: toBytes(cost), latencySketch: toBytes(latency) };
}

/** Number of the day, in UTC, since the epoch. */
export function dayOf(instant: number): number {
  return Math.floor(instant / DAY_MS);
}

function isOf(cell: Cell, { taskClass, model }: { readonly taskClass: string; readonly model: string }): boolean {
  return cell.taskClass === taskClass && cell.model === model;
}

function emptyCell({ taskClass, model }: Pick<Cell, 'taskClass' | 'model'>, at: number): Cell {
  return {
    taskClass,
    model,
    sums: NO_SUMS,
    demands: NO_DEMANDS,
    days: new Set([dayOf(at)]),
    cost: emptySketch(),
    latency: emptySketch(),
  };
}

/** The sketches are added to in place. */
function withTasks(cell: Cell, group: EndedTasks): Cell {
  const { taskClass, model, privacyTier, residency, costsNano, latenciesMs, capabilities, maxInputTokens, maxOutputTokens, ...counts } =
    group;
  addAmounts(cell.cost, costsNano);
  addAmounts(cell.latency, latenciesMs);
  return {
    ...cell,
    sums: addSums(cell.sums, {
      ...counts,
      costSumNano: sumOf(costsNano),
      costSquareSum: squareSumOf(costsNano),
      latencyCount: latenciesMs.length,
      latencySumMs: sumOf(latenciesMs),
      latencySquareSum: squareSumOf(latenciesMs),
    }),
    demands: addDemands(cell.demands, {
      privacyTiers: { [privacyTier]: group.tasks },
      residencies: { [residency]: group.tasks },
      capabilities,
      maxInputTokens,
      maxOutputTokens,
    }),
  };
}

/** The sketches are added to in place. */
function withRollup(cell: Cell, row: Rollup): Cell {
  addBytes(cell.cost, row.costSketch);
  addBytes(cell.latency, row.latencySketch);
  return {
    ...cell,
    sums: addSums(cell.sums, row),
    demands: addDemands(cell.demands, row.demands),
    days: new Set([...cell.days, dayOf(row.periodStart)]),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function squareSumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
