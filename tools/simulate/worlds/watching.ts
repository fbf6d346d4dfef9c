/** The watch over a promoted change in a simulated world, a look each morning. */

import type { ArmFigures } from '../../../routing/review/rollout/arms';
import type { RolloutPlan } from '../../../routing/review/rollout/rollout-plan';
import { beginWatch, promotedLevel, type WatchedOutcome, type WatchProgress, watchOutcomes } from '../../../routing/review/rollout/watch';
import { DAY_MS } from '../../../routing/review/settings';
import type { Random } from '../draw';
import { type DayLog, instantOf } from './logs';

export interface LiveWatch {
  readonly plan: RolloutPlan;
  readonly sinceDay: number;
  progress: WatchProgress;
}

export function watchFrom(plan: RolloutPlan, arms: ArmFigures, day: number): LiveWatch {
  return { plan, sinceDay: day, progress: beginWatch([], promotedLevel(plan, arms)) };
}

/** Whether the watch is to be over by its length. */
export function isWatchedOut({ plan, sinceDay }: LiveWatch, today: number): boolean {
  return (today - sinceDay) * DAY_MS >= plan.watch.durationMs;
}

/** Looks at the tasks of a day; true when it raises the alarm. */
export function watchDay(watch: LiveWatch, { day, tasks, good }: DayLog, random: Random): boolean {
  const at = new Date(instantOf(day)).toISOString();
  let goodLeft = good;
  const outcomes = Array.from({ length: tasks }, (_, index): WatchedOutcome => {
    // In an order in which every other is as likely.
    const isGood = random() * (tasks - index) < goodLeft;
    if (isGood) goodLeft -= 1;
    return { at, taskId: '', quality: isGood ? 1 : 0, servedAs: null };
  });
  watch.progress = watchOutcomes(watch.plan, watch.progress, outcomes);
  return watch.progress.alarm !== undefined;
}
