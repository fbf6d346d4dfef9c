/** How long a rollout takes at the volume of the window, so that nobody approves one that cannot end. */

import { asymptoticCsHalfWidth } from '../../statistics/sequential';
import { DAY_MS } from '../settings';
import type { RolloutPlan } from './rollout-plan';

/** One step of a canary. */
export interface StepLength {
  /** Share of the tasks on the candidate; the control has as much. */
  readonly weight: number;
  /** Tasks of each arm before the step may end. */
  readonly minPerArm: number;
  /** Days from the first task of the rollout to the start of the step, and how long it lasts. */
  readonly fromDay: number;
  readonly days: number;
  /** What the step waits for longest: its tasks, its time, or, as the last one, that too large a loss is excluded. */
  readonly waitsFor: 'tasks' | 'time' | 'proof';
}

export interface RolloutLength {
  readonly steps: readonly StepLength[];
  readonly soakDays: number;
  /** All steps and the soak. */
  readonly days: number;
  /** The steps and the soak take longer than the deadline: the rollout would be held for a person. */
  readonly isBeyondDeadline: boolean;
}

type Pace = Pick<RolloutPlan, 'canary' | 'tasksPerDay' | 'tolerance' | 'approvedLevel' | 'approvedDelta'>;

/**
 * Expected days of a rollout; null when it would never end: the class has no tasks, or the difference that was approved is itself
 * beyond the margin of promotion.
 *
 * A step lasts until its time is over and each arm has its tasks of this step, `minPerArm / (tasksPerDay · weight)` days, and until
 * the labels of the last of them are final. The last step lasts until the bound of promotion is reached too, were the difference in
 * traffic the one that was approved. It is a mean: tasks come unevenly.
 */
export function rolloutLength(pace: Pace): RolloutLength | null {
  const { canary, tasksPerDay } = pace;
  const tasksNeeded = tasksToPromote(pace);
  if (!(tasksPerDay > 0) || tasksNeeded === undefined) return null;
  const labelDays = canary.labelWindowMs / DAY_MS;
  const steps: StepLength[] = [];
  let fromDay = 0;
  let tasksBefore = 0;
  for (const [index, weight] of canary.steps.entries()) {
    const minPerArm = canary.minPerArm[index] ?? 0;
    const dwellDays = (canary.dwellMs[index] ?? 0) / DAY_MS;
    const perDay = tasksPerDay * weight;
    const taskDays = minPerArm / perDay + labelDays;
    const isLast = index === canary.steps.length - 1;
    const proofDays = isLast && tasksNeeded > tasksBefore ? (tasksNeeded - tasksBefore) / perDay + labelDays : 0;
    const days = Math.max(dwellDays, taskDays, proofDays);
    steps.push({ weight, minPerArm, fromDay, days, waitsFor: days === dwellDays ? 'time' : days === taskDays ? 'tasks' : 'proof' });
    fromDay += days;
    tasksBefore += days * perDay;
  }
  const soakDays = canary.soakMs / DAY_MS;
  const days = fromDay + soakDays;
  return { steps, soakDays, days, isBeyondDeadline: days > canary.deadlineMs / DAY_MS };
}

/** More tasks of an arm than any class has: beyond, the bound is not reached. */
const MOST_TASKS = 2 ** 30;

/**
 * Tasks of each arm from which the canary's lower bound is above the margin of promotion, were the true difference the approved one;
 * undefined: it never is. The variance is that of successes; scores in [0, 1] vary less.
 */
function tasksToPromote({ canary, tolerance, approvedLevel, approvedDelta }: Pace): number | undefined {
  const room = canary.marginFactor * tolerance + Math.min(0, approvedDelta);
  if (room <= 0) return undefined;
  const isEnough = (tasks: number) => {
    const rate = (approvedLevel * tasks + 1) / (tasks + 2);
    return asymptoticCsHalfWidth(Math.sqrt((2 * rate * (1 - rate)) / tasks), 2 * tasks, canary.alpha, canary.nStar, 1) < room;
  };
  let enough = 1;
  while (!isEnough(enough)) {
    if (enough > MOST_TASKS) return undefined;
    enough *= 2;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
