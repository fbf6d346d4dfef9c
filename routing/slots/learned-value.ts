/**
 * What a task is worth whose submitter does not say, by what submitters said of tasks like it.
 *
 * Tasks are alike in steps: of one class; of one layer in it; of one team in that; of one API key in that. Each such cell has the
 * mean of the values that were stated in it, pulled towards the cell around it as far as chance could explain the difference.
 */

import { normalShrinkage } from '../statistics/shrinkage';
import type { ValuedTask } from './expected-value';

/** What a cell is made of, from the coarsest step to the finest. */
export const CELL_PARTS = ['taskClass', 'layer', 'team', 'key'] as const;

/** Tasks that are alike: the first parts, in their order; none: all tasks. Null: the submitter named none. */
export type ValueCell = { readonly [Part in (typeof CELL_PARTS)[number]]?: string | null };

/** Stated values of one of the finest cells. */
export interface StatedValues {
  readonly cell: Required<ValueCell>;
  /** How many tasks, at least 1. */
  readonly tasks: number;
  /** Their mean, at least 0. */
  readonly mean: number;
  /** Sum of the squared deviations from their mean, at least 0. */
  readonly squaredDeviations: number;
}

/** On what a learned value rests. */
export interface ValueBasis {
  /** How many tasks of the cell had a stated value. */
  readonly tasks: number;
  readonly cell: ValueCell;
}

export interface LearnedValue extends ValueBasis {
  /** At least 0, in the unit of the stated values. */
  readonly value: number;
}

/** Learned values by cell. A cell that has too few tasks is not among them. */
export type LearnedValues = ReadonlyMap<string, LearnedValue>;

/**
 * Learns a value for each cell with enough tasks: the posterior mean of a normal model, step by step.
 *
 * Variances come from the data, one pair for each step, by moments. σ² is the pooled variance inside of cells. τ², between the cells of
 * one cell around them, is (Σ n(m − M)² − (number of cells − number around them) σ²) / (N − Σ n²/n′), at least 0: n and m are tasks and
 * mean of a cell, n′ and M those of the one around it, N all tasks. The value of a cell is w·m + (1 − w)·(value of the one around it),
 * with w = τ²/(τ² + σ²/n).
 *
 * @param leastTasks tasks that a cell needs, an integer of at least 2
 * @see Searle, Casella and McCulloch (1992), "Variance Components", chapter 3: the estimator by analysis of variance
 */
export function learnValues(stated: readonly StatedValues[], leastTasks: number): LearnedValues {
  const learned = new Map<string, LearnedValue>();
  const usable = stated.filter(isUsable);
  let around = gather(usable, 0);
  const [all] = around.values();
  if (all === undefined || all.tasks < leastTasks) return learned;
  learned.set(keyOf(all.cell), { value: all.mean, tasks: all.tasks, cell: all.cell });
  for (let parts = 1; parts <= CELL_PARTS.length; parts++) {
    const cells = gather(usable, parts);
    const { within, between } = variancesOf(cells, around);
    for (const [key, { cell, tasks, mean }] of cells) {
      const prior = learned.get(keyAround(cell));
      if (tasks < leastTasks || prior === undefined) continue;
      // Without any variance all means are the same, and there is nothing to pull.
      const value = within + between === 0 ? mean : normalShrinkage(mean, Math.sqrt(within / tasks), prior.value, Math.sqrt(between)).mean;
      learned.set(key, { value, tasks, cell });
    }
    around = cells;
  }
  return learned;
}

/** The value of the finest cell of a task that has enough tasks; undefined when all of them together are too few. */
export function learnedValueOf(
  { facts, taskClass }: Pick<ValuedTask, 'facts' | 'taskClass'>,
  learned: LearnedValues,
): LearnedValue | undefined {
  const { team = null, key = null } = facts.scope;
  const finest = { taskClass, layer: facts.layer ?? null, team, key };
  for (let parts = CELL_PARTS.length; parts >= 0; parts--) {
    const found = learned.get(keyOf(coarser(finest, parts)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** For people: `debugging/simple, layer ui, no team`. */
export function describeCell(cell: ValueCell): string {
  const [taskClass, ...named] = CELL_PARTS.filter((part) => cell[part] !== undefined); // a JSON column does not keep the order of keys
  if (taskClass === undefined) return 'all tasks';
  return [cell[taskClass], ...named.map((part) => (cell[part] === null ? `no ${part}` : `${part} ${cell[part]}`))].join(', ');
}

interface Cell extends Omit<StatedValues, 'cell'> {
  readonly cell: ValueCell;
}

/** A row that is no figure teaches nothing. */
function isUsable({ tasks, mean, squaredDeviations }: StatedValues): boolean {
  return tasks > 0 && [tasks, mean, squaredDeviations].every((figure) => Number.isFinite(figure) && figure >= 0);
}

/** The cells of so many parts. */
function gather(stated: readonly StatedValues[], parts: number): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const { cell: finest, ...figures } of stated) {
    const cell = coarser(finest, parts);
    const key = keyOf(cell);
    const known = cells.get(key);
    cells.set(key, { cell, ...(known === undefined ? figures : together(known, figures)) });
  }
  return cells;
}

/** Figures of two groups of tasks together; the update of Chan, Golub and LeVeque (1979), which loses no digits. */
function together(a: Omit<Cell, 'cell'>, b: Omit<Cell, 'cell'>): Omit<Cell, 'cell'> {
  const tasks = a.tasks + b.tasks;
  const apart = b.mean - a.mean;
  return {
    tasks,
    mean: a.mean + (apart * b.tasks) / tasks,
    squaredDeviations: a.squaredDeviations + b.squaredDeviations + (apart ** 2 * a.tasks * b.tasks) / tasks,
  };
}

/** σ² inside of cells and τ² between them, each at least 0. */
function variancesOf(
  cells: ReadonlyMap<string, Cell>,
  around: ReadonlyMap<string, Cell>,
): { readonly within: number; readonly between: number } {
  let tasks = 0;
  let insideOf = 0;
  let amongMeans = 0;
  let overlap = 0;
  for (const { cell, tasks: n, mean, squaredDeviations } of cells.values()) {
    const whole = around.get(keyAround(cell));
    if (whole === undefined) continue;
    tasks += n;
    insideOf += squaredDeviations;
    amongMeans += n * (mean - whole.mean) ** 2;
    overlap += n ** 2 / whole.tasks;
  }
  const within = tasks > cells.size ? insideOf / (tasks - cells.size) : 0;
  const spread = amongMeans - (cells.size - around.size) * within;
  return { within, between: spread > 0 && tasks > overlap ? spread / (tasks - overlap) : 0 };
}

function coarser(cell: Required<ValueCell>, parts: number): ValueCell {
  return Object.fromEntries(CELL_PARTS.slice(0, parts).map((part) => [part, cell[part]]));
}

function keyOf(cell: ValueCell): string {
  return JSON.stringify(CELL_PARTS.filter((part) => cell[part] !== undefined).map((part) => cell[part]));
}

function keyAround(cell: ValueCell): string {
  const parts = CELL_PARTS.filter((part) => cell[part] !== undefined);
  return JSON.stringify(parts.slice(0, -1).map((part) => cell[part]));
}
