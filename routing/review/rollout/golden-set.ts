/**
 * The golden set of a promoted change: tasks of its own replay that are run again each night, so that a drift is found where there
 * is little traffic or none.
 *
 * They are tasks that the candidate did well when it was proved. A set drawn without regard to that has a level of its own, which
 * repeats every night: of twenty tasks with 95 % good answers, two or more fail in a quarter of all sets, and of models that always
 * answer alike and never changed, 26 % were taken back within 180 simulated nights. What was done well once is on average done at least
 * as well again. Drawn so, none of these raised an alarm; of models that do a fifth of the tasks well only three times in four, 5 % did
 * with 20 tasks and 1 % with 50.
 *
 * For the same reason its outcomes are charted apart: among those of traffic they would hide a drop that traffic alone shows, and
 * the means of its nights have too much in common for a chart over days.
 */

import { seededFraction } from '../../decision/seeded-fraction';
import { allocate } from '../../statistics/allocation';
import type { SampleStratum } from '../findings';
import type { RolloutPlan } from './rollout-plan';
import { type GoldenProgress, type WatchedOutcome, type WatchProgress, watchOutcomes } from './watch';

/** A task that the candidate answered in its proof. */
export interface ProvenTask {
  readonly taskId: string;
  readonly stratum: string;
  /** Of the candidate's answer, in [0, 1]. */
  readonly score: number;
}

/** What a golden set can be drawn from. */
export interface GoldenFrame {
  /** Strata of the sample with their sizes in traffic. */
  readonly strata: readonly Pick<SampleStratum, 'name' | 'size'>[];
  /** Tasks whose content is still there. */
  readonly tasks: readonly ProvenTask[];
}

/**
 * The tasks of a golden set, at most `count`: from each stratum the share that it has in traffic, fewer where it has no more of them.
 *
 * The same seed draws the same tasks, in whatever order they come. One that is gone is replaced by the next of its stratum, and no
 * other one leaves the set.
 *
 * @param count tasks wanted, an integer of at least 0
 * @param level quality at which the candidate was promoted, in [0, 1]
 */
export function drawGoldenSet(
  { strata, tasks }: GoldenFrame,
  { scale }: Pick<RolloutPlan, 'scale'>,
  { count, level, seed }: { readonly count: number; readonly level: number; readonly seed: string },
): readonly string[] {
  if (!strata.some(({ size }) => size > 0)) return [];
  const shares = allocate(
    strata.map(({ name, size }) => ({ name, N: size, S: 0 })),
    count,
    0,
    'proportional',
  );
  const draw = ({ taskId }: ProvenTask) => seededFraction(seed + taskId, 0);
  const done = tasks.filter(({ score }) => (scale === 'binary' ? score >= 0.5 : score >= level));
  return strata.flatMap(({ name }, at) =>
    done
      .filter(({ stratum }) => stratum === name)
      .toSorted((a, b) => draw(a) - draw(b) || (a.taskId < b.taskId ? -1 : 1))
      .slice(0, shares[at])
      .map(({ taskId }) => taskId),
  );
}

const NOTHING_SEEN: GoldenProgress = { position: null, labelled: 0, sum: 0, highest: 0 };

/**
 * Goes on with a watch over new outcomes of its golden set, on a CUSUM of their own; its alarm is one of the watch.
 *
 * @param outcomes in the order of their end, after `progress.golden.position`
 */
export function watchGoldenSet(plan: RolloutPlan, progress: WatchProgress, outcomes: readonly WatchedOutcome[]): WatchProgress {
  if (outcomes.length === 0 || progress.alarm !== undefined) return progress;
  const singleTasks = { ...plan, watch: { ...plan.watch, dailyH: Number.MAX_VALUE } };
  const seen = watchOutcomes(singleTasks, { ...progress, ...(progress.golden ?? NOTHING_SEEN), days: [] }, outcomes);
  const { position, labelled, sum, highest, servedAs, notes, alarm } = seen;
  return {
    ...progress,
    servedAs,
    notes,
    golden: { position, labelled, sum, highest },
    ...(alarm !== undefined && { alarm: `${alarm} Its golden set shows it.` }),
  };
}
