/** Half a year of a simulated world: tasks every day, a review every week, a person who approves whatever passes. */

import { RETURN_DAYS } from '../../../routing/review/propose/past-changes';
import { rolloutLength } from '../../../routing/review/rollout/rollout-length';
import { DAY_MS, type ReviewSettings } from '../../../routing/review/settings';
import type { Random } from '../draw';
import { DAYS } from './classes';
import { addSetback, beginClass, type ClassState, reroute } from './history';
import { drawDay, tasksOn, type Weather, WINDOW_DAYS } from './logs';
import { taskCost } from './models';
import { review } from './reviewing';
import { armFigures, beginRollout, drawRolloutDay, lookAtRollout } from './rolling-out';
import { bestModel, isEligible, isWrong, meanRate, TOLERANCE, trueDifference, type World } from './truth';
import { isWatchedOut, watchDay, watchFrom } from './watching';

/** What a year came to, for one class. */
export interface Tally {
  readonly world: World;
  approvals: number;
  wrongApprovals: number;
  /** Replays on, or approvals of, a model that may not have the content. */
  ineligible: number;
  promotions: number;
  rolledBack: number;
  stopped: number;
  /** Alarms of the watch, and those of them at a model that was as good as approved. */
  alarms: number;
  falseAlarms: number;
  flaps: number;
  /** Nano-USD that could have been saved from the first possible day, and that were. */
  available: number;
  reached: number;
  /** Nano-USD that replays cost. */
  replays: number;
  /** Intervals that decided a pass, and those that hold the truth. */
  intervals: number;
  covering: number;
  /** Passes by verdict. */
  readonly verdicts: Record<string, number>;
  /** Model at the end. */
  route: string;
}

/** Days between two reviews, and the first of them: the window must have been filled once. */
export const REVIEW_EVERY = 7;
const FIRST_REVIEW = WINDOW_DAYS;

export function simulateYear(worlds: readonly World[], settings: ReviewSettings, weather: Weather, random: Random): readonly Tally[] {
  const classes = worlds.map((world) => ({
    state: beginClass(world),
    tally: newTally(world),
    from: firstDayOfSaving(world, settings),
  }));
  const tallyOf = (state: ClassState) => classes.find((each) => each.state === state)!.tally;
  let openUntil = 0;
  const waiting: { readonly day: number; readonly begin: () => void }[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    for (const { begin } of waiting.filter((each) => each.day === day)) begin();
    if (day >= FIRST_REVIEW && day % REVIEW_EVERY === 0 && day >= openUntil) {
      const result = review(
        classes.map(({ state }) => state),
        settings,
        weather,
        day,
        random,
      );
      openUntil = day + result.days;
      for (const { state, candidate } of result.replayed) if (!isEligible(state.world, candidate)) tallyOf(state).ineligible += 1;
      for (const [state, spent] of result.spent) tallyOf(state).replays += spent;
      for (const { state, comparison } of result.judged) {
        const tally = tallyOf(state);
        const truth = trueDifference(state.world, comparison.baseline, comparison.candidate, day);
        tally.intervals += 1;
        if (comparison.low <= truth && truth <= comparison.high) tally.covering += 1;
        tally.verdicts[comparison.verdict] = (tally.verdicts[comparison.verdict] ?? 0) + 1;
      }
      for (const { state, candidate, plan, comparison } of result.approvals) {
        const tally = tallyOf(state);
        tally.approvals += 1;
        if (isWrong(state.world, plan.baseline, candidate, day)) tally.wrongApprovals += 1;
        if (!isEligible(state.world, candidate)) tally.ineligible += 1;
        const begin = () => {
          state.rollout = beginRollout(plan, comparison.cost.ratio?.hi ?? null, comparison.flags.includes('SUPERIOR'), openUntil);
        };
        if (openUntil > day) waiting.push({ day: openUntil, begin });
        else begin();
      }
    }
    for (const { state, tally, from } of classes) {
      lookAtRolloutOf(state, tally, day, random);
      liveThrough(state, tally, weather, day, day >= from, random);
    }
  }
  for (const { state, tally } of classes) tally.route = state.route;
  return classes.map(({ tally }) => tally);
}

function lookAtRolloutOf(state: ClassState, tally: Tally, day: number, random: Random): void {
  const { rollout, world } = state;
  if (rollout === undefined) return;
  const morning = lookAtRollout(rollout, world, day, random);
  if (morning === 'goes-on') return;
  state.rollout = undefined;
  if (morning === 'promoted') {
    const { plan, isSuperior } = rollout;
    tally.promotions += 1;
    countReturn(state, tally, plan.candidate, day);
    reroute(state, plan.candidate, day);
    state.promotions.push({ day, delta: plan.approvedDelta, isSuperior, isTakenBack: false });
    state.watch = watchFrom(plan, armFigures(rollout, world, day, random), day);
  } else if (morning === 'rolled-back') {
    tally.rolledBack += 1;
    addSetback(state, rollout.plan.candidate, day);
  } else tally.stopped += 1;
}

function liveThrough(state: ClassState, tally: Tally, weather: Weather, day: number, mayCount: boolean, random: Random): void {
  const { world, rollout, watch, route } = state;
  const tasks = tasksOn(world, day, random);
  const logs =
    rollout === undefined
      ? [drawDay(world, weather, random, route, day, tasks)]
      : drawRolloutDay(rollout, world, weather, day, tasks, random);
  state.log.push(...logs);
  if (mayCount) addSaving(tally, route, day, tasks);
  if (watch === undefined) return;
  // A second rollout has part of the class; the others are still on the model that is watched.
  const isAlarm = watchDay(
    watch,
    logs.find(({ model }) => model === watch.plan.candidate) ?? { day, model: route, tasks: 0, failed: 0, good: 0, cost: 0 },
    random,
  );
  if (isAlarm) {
    tally.alarms += 1;
    if (meanRate(world, route, day) > watch.plan.approvedLevel - watch.plan.watch.drop && !isDrifted(world, route, day))
      tally.falseAlarms += 1;
    countReturn(state, tally, watch.plan.baseline, day);
    reroute(state, watch.plan.baseline, day);
    const promotion = state.promotions.at(-1);
    if (promotion !== undefined) promotion.isTakenBack = true;
    addSetback(state, watch.plan.candidate, day);
    state.watch = undefined;
    state.rollout = undefined;
  } else if (isWatchedOut(watch, day)) state.watch = undefined;
}

/** A class goes back to a model that it left a short time ago, though the one it has now is what it was. */
function countReturn({ world, changes, route }: ClassState, tally: Tally, to: string, day: number): void {
  const isReturn = changes.some((change) => change.from === to && change.day > day - RETURN_DAYS);
  if (isReturn && !isDrifted(world, route, day)) tally.flaps += 1;
}

export function isDrifted({ drift }: World, model: string, day: number): boolean {
  return drift?.model === model && day >= drift.day;
}

/** Counts what a day's tasks could have saved, and what they did: nothing on a model that does harm. */
export function addSaving(tally: Tally, route: string, day: number, tasks: number): void {
  const { world } = tally;
  tally.available += tasks * savingOf(world, bestModel(world, day));
  if (!isWrong(world, world.start, route, day)) tally.reached += tasks * savingOf(world, route);
}

function savingOf({ start, length }: World, model: string): number {
  return Math.max(0, taskCost(start, length) - taskCost(model, length));
}

/** The day after which a saving counts: the first review, and the shortest rollout that the settings allow at the class's volume. */
function firstDayOfSaving(world: World, { canary, replay }: ReviewSettings): number {
  const best = bestModel(world, 0);
  if (best === world.start) return FIRST_REVIEW;
  const length = rolloutLength({
    ...{ canary, tasksPerDay: world.tasksPerDay, tolerance: TOLERANCE },
    approvedLevel: meanRate(world, best, 0),
    approvedDelta: trueDifference(world, world.start, best, 0),
  });
  return FIRST_REVIEW + Math.ceil((replay.blocks * replay.blockSpacingMs) / DAY_MS) + Math.ceil(length?.days ?? 0);
}

export function newTally(world: World): Tally {
  return {
    ...{ world, approvals: 0, wrongApprovals: 0, ineligible: 0, promotions: 0, rolledBack: 0, stopped: 0, alarms: 0, falseAlarms: 0 },
    ...{ flaps: 0, available: 0, reached: 0, replays: 0, intervals: 0, covering: 0, verdicts: {}, route: world.start },
  };
}
