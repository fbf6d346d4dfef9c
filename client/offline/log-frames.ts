/**
 * The frame of a replay from records that stream by: how many tasks of which length and outcome a class has, and of each outcome the
 * tasks that come first in the order of a seeded draw. A record is looked at once and forgotten, so ten million fit.
 */

import { seededFraction } from '../../routing/decision/seeded-fraction';
import type { Frame, FrameTask } from '../../routing/review/sample/sample-plan';
import type { FrameCell, LoggedOutcome, Quarter } from '../../routing/review/sample/strata';
import { foundOrMade } from './found-or-made';
import { type GrowingFloats, growingFloats } from './growing-floats';
import type { LoggedTask } from './log-cells';

export interface FrameTerms {
  /** Of the review; the draw follows from it. */
  readonly seed: string;
  /** Tasks of each cell of a frame that must be at hand. */
  readonly perCell: number;
  /** Tasks of one tenant that come before others of its own in a cell. */
  readonly tenantCap: number;
}

export interface LogFrames {
  /** @param isRepeated the same input was seen before: it counts as a duplicate, and is not drawn */
  readonly add: (task: LoggedTask, isRepeated: boolean) => void;
  /** Names of the inputs of tasks that may be drawn, where the logs have them. */
  readonly inputsOf: (classes: readonly string[]) => ReadonlyMap<string, string>;
  /** The frame of a class, or of classes that are looked at as one, without some tasks. */
  readonly frameOf: (classes: readonly string[], drawnBefore: ReadonlySet<string>) => Frame;
}

/** A task that may be drawn. */
interface Kept {
  readonly taskId: string;
  readonly length: number;
  readonly tenant: string;
  readonly cluster: string;
  readonly inputHash: string | undefined;
  /** Its place in the draw, in [0, 1). */
  readonly draw: number;
}

/** Tasks of one class with one outcome. */
interface OutcomeTasks {
  /** Prompt lengths of all of them, in tokens; 0 where nothing is known. */
  readonly lengths: GrowingFloats;
  /** Those that come first in the draw, and at times as many again. */
  kept: Kept[];
  /** Nothing at or above this place is kept any more. */
  below: number;
}

interface ClassTasks {
  readonly outcomes: Readonly<Record<LoggedOutcome, OutcomeTasks>>;
  readonly tenants: Set<string>;
  tasks: number;
  duplicates: number;
}

const OUTCOMES: readonly LoggedOutcome[] = ['ok', 'retried', 'failed'];
const QUARTERS: readonly Quarter[] = [1, 2, 3, 4];
/** Nobody knows the quarters before the last record: each is to have as many as a cell needs, and more where one tenant has most. */
const KEPT_PER_CELL = 1.5 * QUARTERS.length;
/** From this many on, a tenant's share of a sample no longer depends on how many there are. */
const MOST_TENANTS = 100;

export function gatherFrames({ seed, perCell, tenantCap }: FrameTerms): LogFrames {
  const byClass = new Map<string, ClassTasks>();
  const most = Math.ceil(perCell * KEPT_PER_CELL);
  return {
    add(task, isRepeated) {
      if (task.outcome !== 'completed' && task.outcome !== 'failed') return;
      const own = foundOrMade(byClass, task.taskClass, newClass);
      own.tasks += 1;
      if (isRepeated) {
        own.duplicates += 1;
        return;
      }
      const { id: taskId, inputTokens: length = 0, tenant = '', conversation, inputHash } = task;
      if (own.tenants.size < MOST_TENANTS) own.tenants.add(tenant);
      const tasks = own.outcomes[outcomeOf(task)];
      tasks.lengths.push(length);
      const draw = seededFraction(seed + taskId, 0);
      if (draw >= tasks.below) return;
      tasks.kept.push({ taskId, length, tenant, draw, inputHash, cluster: conversation ?? (tenant === '' ? taskId : tenant) });
      if (tasks.kept.length >= 2 * most) keepFirst(tasks, most);
    },
    inputsOf: (classes) =>
      new Map(
        classes
          .flatMap((name) => OUTCOMES.flatMap((outcome) => byClass.get(name)?.outcomes[outcome].kept ?? []))
          .flatMap(({ taskId, inputHash }) => (inputHash === undefined ? [] : [[taskId, inputHash]])),
      ),
    frameOf(classes, drawnBefore) {
      const own = classes.flatMap((name) => byClass.get(name) ?? []);
      for (const { outcomes } of own) for (const outcome of OUTCOMES) keepFirst(outcomes[outcome], most);
      const cells = own.flatMap((each) => placed(each, drawnBefore));
      const drawable = QUARTERS.flatMap((quarter) =>
        OUTCOMES.flatMap((outcome) => {
          const inCell = cells.filter((cell) => cell.quarter === quarter && cell.outcome === outcome);
          return firstOf(
            inCell.flatMap(({ kept }) => kept),
            perCell,
            tenantCap,
          ).map((kept) => ({ kept, quarter, outcome }));
        }),
      ).sort((a, b) => a.kept.draw - b.kept.draw);
      const total = (of: (each: ClassTasks) => number) => own.reduce((sum, each) => sum + of(each), 0);
      return {
        tasks: total(({ tasks }) => tasks),
        replayable: total(({ tasks }) => tasks),
        duplicates: total(({ duplicates }) => duplicates),
        excluded: drawnBefore.size === 0 ? {} : { 'drawn-before': drawnBefore.size },
        tenants: new Set(own.flatMap(({ tenants }) => [...tenants])).size,
        cells: sizes(cells),
        drawable: drawable.map(
          ({ kept: { taskId, tenant, cluster }, quarter, outcome }): FrameTask => ({
            taskId,
            quarter,
            outcome,
            tenant,
            cluster,
            canBeSentinel: false,
          }),
        ),
      };
    },
  };
}

function newClass(): ClassTasks {
  const none = (): OutcomeTasks => ({ lengths: growingFloats(), kept: [], below: Number.POSITIVE_INFINITY });
  return { outcomes: { ok: none(), retried: none(), failed: none() }, tenants: new Set(), tasks: 0, duplicates: 0 };
}

function outcomeOf({ outcome, calls }: LoggedTask): LoggedOutcome {
  return outcome === 'failed' ? 'failed' : calls > 1 ? 'retried' : 'ok';
}

function keepFirst(tasks: OutcomeTasks, most: number): void {
  if (tasks.kept.length <= most) return;
  tasks.kept = tasks.kept.sort((a, b) => a.draw - b.draw).slice(0, most);
  tasks.below = tasks.kept.at(-1)!.draw;
}

/** A cell of one class, with its tasks that may be drawn. */
interface PlacedCell extends FrameCell {
  readonly kept: readonly Kept[];
}

/** Cells of a class: quarters are of all its tasks, also where some are taken out, so that a second pass has the strata of the first. */
function placed({ outcomes }: ClassTasks, without: ReadonlySet<string>): PlacedCell[] {
  const limits = quarterLimits(OUTCOMES.map((outcome) => outcomes[outcome].lengths));
  const quarterOf = (length: number) => (1 + limits.filter((limit) => length > limit).length) as Quarter;
  return OUTCOMES.flatMap((outcome) => {
    const { lengths, kept } = outcomes[outcome];
    const counts = new Map<Quarter, number>();
    for (const length of lengths.values()) {
      const quarter = quarterOf(length);
      counts.set(quarter, (counts.get(quarter) ?? 0) + 1);
    }
    return [...counts].map(([quarter, size]) => {
      const own = kept.filter(({ length }) => quarterOf(length) === quarter);
      const left = own.filter(({ taskId }) => !without.has(taskId));
      return { quarter, outcome, size: size - (own.length - left.length), kept: left };
    });
  });
}

/** The lengths that end the first three quarters. */
function quarterLimits(all: readonly GrowingFloats[]): readonly number[] {
  const sorted = joined(all.map(({ values }) => values())).sort();
  return [1, 2, 3].map((quarter) => sorted[Math.ceil((quarter * sorted.length) / QUARTERS.length) - 1] ?? 0);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The first so many in the order of the draw; those beyond a tenant's cap after all others. */
function firstOf(kept: readonly Kept[], count: number, tenantCap: number): Kept[] {
  const byTenant = new Map<string, number>();
  const crowded: Kept[] = [];
  const first: Kept[] = [];
  for (const task of [...kept].sort((a, b) => a.draw - b.draw)) {
    const before = byTenant.get(task.tenant) ?? 0;
    byTenant.set(task.tenant, before + 1);
    (before < tenantCap ? first : crowded).push(task);
  }
  return [...first, ...crowded].slice(0, count);
}

/** Cells of several classes together. */
function sizes(cells: readonly PlacedCell[]): FrameCell[] {
  return QUARTERS.flatMap((quarter) =>
    OUTCOMES.flatMap((outcome) => {
      const size = cells.filter((cell) => cell.quarter === quarter && cell.outcome === outcome).reduce((sum, cell) => sum + cell.size, 0);
      return size === 0 ? [] : [{ quarter, outcome, size }];
    }),
  );
}
