/**
 * Past outcomes as they stream by, gathered to what roll-ups keep of them: sums, demands and sketches for each class and model. What is
 * held follows classes × models, not the number of tasks.
 */

import { dayOf } from '../../db/rollups/gather';
import { emptySketch, type Sketch } from '../../db/rollups/sketch';
import type { RatedCell, RolledCell } from '../../routing/review/figures/merge-figures';
import { NO_SUMS, type RolledSums } from '../../routing/review/figures/rolled-figures';
import type { ModelTokens } from '../../routing/review/propose/call-tokens';
import type { Capability, PrivacyTier } from '../../routing/task/task';
import type { TelemetryRecord } from '../telemetry/record';
import { foundOrMade } from './found-or-made';

/** A record whose class and tier are known, and whose model and cost are those of the catalogue where it has them. */
export interface LoggedTask extends TelemetryRecord {
  readonly taskClass: string;
  readonly privacyTier: PrivacyTier;
}

export interface LogCells {
  readonly add: (task: LoggedTask) => void;
  readonly cells: () => readonly RolledCell<Sketch>[];
  readonly ratings: () => readonly RatedCell[];
  /** Mean tokens of the calls of these classes, by model. */
  readonly tokensOf: (classes: readonly string[]) => readonly ModelTokens[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A cell that is added to in place: ten million records leave no time for copies. */
interface OpenCell {
  readonly taskClass: string;
  readonly model: string;
  readonly sums: Mutable<RolledSums>;
  readonly privacyTiers: Partial<Record<PrivacyTier, number>>;
  readonly residencies: Record<string, number>;
  readonly capabilities: Set<Capability>;
  readonly days: Set<number>;
  readonly cost: Sketch;
  readonly latency: Sketch;
  maxInputTokens: number;
  maxOutputTokens: number;
  /** Calls whose tokens are known, and their sums. */
  counted: number;
  inputTokens: number;
  outputTokens: number;
  rated: number;
  ratingSum: number;
}

/** A score from which an answer is good. */
const GOOD = 0.5;

export function gatherCells(): LogCells {
  const byClass = new Map<string, Map<string, OpenCell>>();
  const all = () => [...byClass.values()].flatMap((models) => [...models.values()]);
  return {
    add(task) {
      const models = foundOrMade(byClass, task.taskClass, () => new Map<string, OpenCell>());
      addTask(
        foundOrMade(models, task.model, () => openCell(task)),
        task,
      );
    },
    cells: () => all().map(closed),
    ratings: () => all().flatMap(({ taskClass, model, rated, ratingSum }) => (rated === 0 ? [] : [{ taskClass, model, rated, ratingSum }])),
    tokensOf: (classes) =>
      all().flatMap(({ taskClass, model, counted, inputTokens, outputTokens }) =>
        counted === 0 || !classes.includes(taskClass)
          ? []
          : [{ model, calls: counted, inputTokens: inputTokens / counted, outputTokens: outputTokens / counted }],
      ),
  };
}

function openCell({ taskClass, model }: LoggedTask): OpenCell {
  return {
    ...{ taskClass, model, sums: { ...NO_SUMS }, privacyTiers: {}, residencies: Object.create(null) as Record<string, number> },
    ...{ capabilities: new Set<Capability>(), days: new Set<number>(), cost: emptySketch(), latency: emptySketch() },
    ...{ maxInputTokens: 0, maxOutputTokens: 0, counted: 0, inputTokens: 0, outputTokens: 0, rated: 0, ratingSum: 0 },
  };
}

function addTask(cell: OpenCell, task: LoggedTask): void {
  const { sums } = cell;
  sums.tasks += 1;
  sums[task.outcome] += 1;
  if (task.calls > 1) sums.retried += 1;
  if (task.score !== undefined) addScore(sums, task.score);
  if (task.costNanoUsd !== undefined) {
    sums.costSumNano += task.costNanoUsd;
    sums.costSquareSum += task.costNanoUsd * task.costNanoUsd;
    cell.cost.accept(task.costNanoUsd);
  }
  if (task.latencyMs !== undefined && task.outcome === 'completed') {
    sums.latencyCount += 1;
    sums.latencySumMs += task.latencyMs;
    sums.latencySquareSum += task.latencyMs * task.latencyMs;
    cell.latency.accept(task.latencyMs);
  }
  if (task.rating !== undefined) {
    cell.rated += 1;
    cell.ratingSum += task.rating;
  }
  addDemands(cell, task);
}

function addScore(sums: Mutable<RolledSums>, score: number): void {
  sums.graded += 1;
  if (score >= GOOD) sums.good += 1;
  if (score > 0 && score < 1) sums.fractional += 1;
  sums.scoreSum += score;
  sums.scoreSquareSum += score * score;
}

function addDemands(
  cell: OpenCell,
  { privacyTier, residency = '', capabilities = [], inputTokens, outputTokens, endedAt }: LoggedTask,
): void {
  cell.privacyTiers[privacyTier] = (cell.privacyTiers[privacyTier] ?? 0) + 1;
  cell.residencies[residency] = (cell.residencies[residency] ?? 0) + 1;
  for (const capability of capabilities) cell.capabilities.add(capability);
  cell.days.add(dayOf(endedAt));
  if (inputTokens !== undefined && inputTokens > cell.maxInputTokens) cell.maxInputTokens = inputTokens;
  if (outputTokens !== undefined && outputTokens > cell.maxOutputTokens) cell.maxOutputTokens = outputTokens;
  if (inputTokens === undefined || outputTokens === undefined || inputTokens + outputTokens === 0) return;
  cell.counted += 1;
  cell.inputTokens += inputTokens;
  cell.outputTokens += outputTokens;
}

function closed({ taskClass, model, sums, days, cost, latency, ...cell }: OpenCell): RolledCell<Sketch> {
  const { privacyTiers, residencies, maxInputTokens, maxOutputTokens } = cell;
  const demands = {
    privacyTiers,
    residencies: { ...residencies },
    capabilities: [...cell.capabilities].sort(),
    maxInputTokens,
    maxOutputTokens,
  };
  return { taskClass, model, sums, demands, days, cost, latency };
}
