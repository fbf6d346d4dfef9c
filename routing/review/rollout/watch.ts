/**
 * The watch over a promoted change: does it still do what was approved?
 *
 * Two charts run over the outcomes of the class. A Bernoulli CUSUM sees a drop within the day where there is traffic; a CUSUM over
 * daily means sees a slow one. Both compare with the level at which the candidate was promoted, as the agreed tolerance would trip them
 * if they compared with the model before. Each look reads only what is new and carries on from where the last one stopped.
 */

import { bernoulliCusum, cusum } from '../../statistics/cusum';
import { percent, points } from '../report/words';
import type { ArmFigures } from './arms';
import type { RolloutPlan } from './rollout-plan';

/** An outcome of the watched class. */
export interface WatchedOutcome extends WatchPosition {
  /** A success (0 or 1) or a score in [0, 1]; null: it has no label. */
  readonly quality: number | null;
  /** Name under which the provider served the model; null: it does not say, or another model answered. */
  readonly servedAs: string | null;
}

/** Where a watch stands in the outcomes, in the order of their end. */
export interface WatchPosition {
  /** UTC, ISO 8601 with microseconds. */
  readonly at: string;
  readonly taskId: string;
}

/** One day in UTC. */
export interface WatchedDay {
  /** `2026-05-04`. */
  readonly day: string;
  readonly labelled: number;
  readonly sum: number;
}

/** What is kept from look to look. */
export interface WatchProgress {
  readonly looks: number;
  readonly position: WatchPosition | null;
  readonly labelled: number;
  /** The Bernoulli CUSUM, ≥ 0, and the highest it has been. */
  readonly sum: number;
  readonly highest: number;
  readonly days: readonly WatchedDay[];
  /** Quality at which it was promoted, in [0, 1]: what it is held to; absent: the level of the replay. */
  readonly level?: number;
  /** Names under which the model was served, those of the canary first. */
  readonly servedAs: readonly string[];
  /** The CUSUM over the golden set; absent: nothing of it was seen. */
  readonly golden?: GoldenProgress;
  /** Plain sentences: what a person should know. */
  readonly notes: readonly string[];
  /** Why it is to be taken back; absent: it holds its level. */
  readonly alarm?: string;
}

/** What the golden set keeps of its own; see `golden-set.ts`. */
export type GoldenProgress = Pick<WatchProgress, 'position' | 'labelled' | 'sum' | 'highest'>;

/** Before the first look. */
export function beginWatch(servedAs: readonly string[], level?: number): WatchProgress {
  return {
    looks: 0,
    position: null,
    labelled: 0,
    sum: 0,
    highest: 0,
    days: [],
    servedAs,
    notes: [],
    ...(level !== undefined && { level }),
  };
}

/** The replay's estimate counts as so many tasks beside those of the canary and the soak. */
const REPLAY_TASKS = 500;

/**
 * Quality that a promoted model has shown so far, in [0, 1]: in the replay, the canary and the soak together. The replay alone may be
 * three points too high by chance, and the chart would find that drop sooner or later in a model that never changed.
 */
export function promotedLevel(
  { approvedLevel }: Pick<RolloutPlan, 'approvedLevel'>,
  { even, soak }: Pick<ArmFigures, 'even' | 'soak'>,
): number {
  const [first, second] = [even.canary, soak.canary];
  return (approvedLevel * REPLAY_TASKS + first.sum + second.sum) / (REPLAY_TASKS + first.labelled + second.labelled);
}

/** The levels that the charts tell apart, both in (0, 1). */
export interface WatchLevels {
  readonly approved: number;
  readonly dropped: number;
}

/** A level that is approved as perfect would take a single failure for a catastrophe. */
const HIGHEST_LEVEL = 0.98;
const LOWEST_LEVEL = 0.01;

/** The level at which it was promoted and the one to be noticed, kept inside of (0, 1). */
export function watchLevels({ approvedLevel, watch }: Pick<RolloutPlan, 'approvedLevel' | 'watch'>, level = approvedLevel): WatchLevels {
  const approved = Math.min(HIGHEST_LEVEL, Math.max(2 * LOWEST_LEVEL, level));
  return { approved, dropped: Math.max(LOWEST_LEVEL, Math.min(approved - watch.drop, approved - LOWEST_LEVEL)) };
}

/**
 * Goes on with a watch over new outcomes, and stops at the first alarm: it stays, whatever comes after it.
 *
 * A score counts for the share of a success that it is; as the exponential is convex, the chart then raises no more false alarms than
 * with successes alone. A day is judged when a later one has begun; its standard deviation is that of its mean, but no less than
 * the drop to be found, so that a busy class is not taken back for a difference that nobody would mind.
 *
 * @param outcomes in the order of their end, after `progress.position`
 */
export function watchOutcomes(plan: RolloutPlan, before: WatchProgress, outcomes: readonly WatchedOutcome[]): WatchProgress {
  const { watch, candidate } = plan;
  const levels = watchLevels(plan, before.level);
  const { weights } = bernoulliCusum([], levels.approved, levels.dropped, watch.limit);
  const days = [...before.days];
  let { position, labelled, sum, highest, alarm, servedAs, notes } = before;
  for (const outcome of outcomes) {
    if (alarm !== undefined) break;
    const { at, taskId, quality } = outcome;
    position = { at, taskId };
    if (outcome.servedAs !== null && !servedAs.includes(outcome.servedAs)) {
      if (servedAs.length > 0) notes = [...notes, noteServed(candidate, outcome.servedAs, servedAs, at)];
      servedAs = [...servedAs, outcome.servedAs];
    }
    if (quality === null) continue;
    labelled += 1;
    sum = Math.max(0, sum + quality * weights.success + (1 - quality) * weights.failure);
    highest = Math.max(highest, sum);
    const isNewDay = addToDay(days, at.slice(0, 10), quality);
    if (sum >= watch.limit) {
      alarm = `Of the answers of ${candidate}, ${percent(levels.approved)} were good when it was promoted; it is ${points(watch.drop)} points less by now.`;
    } else if (isNewDay && isDailyAlarm(plan, levels, days.slice(0, -1))) {
      alarm = `The daily results of ${candidate} have stayed below the ${percent(levels.approved)} at which it was promoted.`;
    }
  }
  const looks = before.looks + 1;
  return { ...before, looks, position, labelled, sum, highest, days, servedAs, notes, ...(alarm === undefined ? {} : { alarm }) };
}

/** Whether the days that are over have stayed below the approved level for too long. */
function isDailyAlarm({ watch }: RolloutPlan, { approved, dropped }: WatchLevels, days: readonly WatchedDay[]): boolean {
  const deviations = days.map(({ labelled, sum }) => {
    const sd = Math.max(Math.sqrt((approved * (1 - approved)) / labelled), approved - dropped);
    return (sum / labelled - approved) / sd;
  });
  return cusum(deviations, 0, 1, watch.dailyK, watch.dailyH).path.some(([, falls]) => falls > watch.dailyH);
}

/** Counts an outcome for its day; true when it is the first of a day after another. */
function addToDay(days: WatchedDay[], day: string, quality: number): boolean {
  const last = days.at(-1);
  if (last?.day === day) {
    days[days.length - 1] = { day, labelled: last.labelled + 1, sum: last.sum + quality };
    return false;
  }
  days.push({ day, labelled: 1, sum: quality });
  return last !== undefined;
}

/** A model that is served under a new name may be another one: said aloud, and held to the same level. */
function noteServed(candidate: string, servedAs: string, known: readonly string[], at: string): string {
  return `${at}: ${candidate} is served as "${servedAs}", which was not among ${known.join(', ')}. It was approved as it was: measure it anew.`;
}
