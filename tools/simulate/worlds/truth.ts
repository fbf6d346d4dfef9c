/**
 * What is true of a class in a simulated world. The review never sees it; it sees the tasks, the answers and the scores that follow
 * from it.
 */

import { obstacleToCall } from '../../../routing/decision/admissible';
import type { PrivacyTier } from '../../../routing/task/task';
import { CATALOGUE, taskCost } from './models';

/** A class, and how good each model is at it. */
export interface World {
  readonly name: string;
  readonly tasksPerDay: number;
  /** Its calls are so many times as long as ordinary ones. */
  readonly length: number;
  /** Model that serves it at first. */
  readonly start: string;
  readonly floor: number | null;
  readonly privacyTier: PrivacyTier;
  /** Where its content must stay; null: anywhere. */
  readonly residency: string | null;
  /** Share of good answers on an ordinary day, by model. */
  readonly quality: Readonly<Record<string, number>>;
  /** What a model loses on the hard tenth beyond what every model loses there. */
  readonly ruin: Readonly<Record<string, number>>;
  /** Latency of a model as a multiple of the large one's. */
  readonly slowness: Readonly<Record<string, number>>;
  /** Standard deviation of a model's quality from day to day. */
  readonly dayNoise: number;
  /** A model that loses quality on a certain day and does not find it again. */
  readonly drift?: { readonly model: string; readonly day: number; readonly drop: number };
}

export const TOLERANCE = 0.05;
/** The most that the p95 of a candidate may be as a multiple of the baseline's. */
export const MAX_LATENCY_RATIO = 1.5;

/** A tenth of the tasks is hard: retried at first, and answered worse by every model. */
export const HARD_SHARE = 0.1;
const HARD_LOSS = 0.18;
/** Calls that a model does not bring to an answer. */
export const FAILED_SHARE = 0.003;
const DIGITS = 1e-9;

/** Share of good answers to tasks that are hard or not, on a day that is neither good nor bad. */
export function rateOf({ quality, ruin, drift }: World, model: string, isHard: boolean, day: number): number {
  const drifted = drift?.model === model && day >= drift.day ? drift.drop : 0;
  const level = quality[model]! - drifted;
  return isHard ? level - HARD_LOSS - (ruin[model] ?? 0) : level + (HARD_LOSS * HARD_SHARE) / (1 - HARD_SHARE);
}

/** Share of good answers to all tasks, those that get none among them. */
export function meanRate(world: World, model: string, day: number): number {
  const [hard, easy] = [rateOf(world, model, true, day), rateOf(world, model, false, day)];
  return (1 - FAILED_SHARE) * (HARD_SHARE * hard + (1 - HARD_SHARE) * easy);
}

export function trueDifference(world: World, from: string, to: string, day: number): number {
  return meanRate(world, to, day) - meanRate(world, from, day);
}

/** May have all content of the class. */
export function isEligible({ privacyTier, residency }: World, model: string): boolean {
  const task = { privacyTier, requires: {}, ...(residency === null ? {} : { residency }) };
  return obstacleToCall(CATALOGUE.models.get(model)!, task, { estimatedInputTokens: 1, estimatedOutputTokens: 1 }, 0) === undefined;
}

/**
 * Whether a change of the class's model on a day would be one that nobody agreed to: it loses the tolerance or more, over all tasks or
 * on the hard tenth, against the model before it or the one the class had at first; or it is below the floor, or too slow.
 */
export function isWrong(world: World, from: string, to: string, day: number): boolean {
  const { start, floor, slowness } = world;
  const loses = (before: string) =>
    trueDifference(world, before, to, day) <= -TOLERANCE + DIGITS ||
    rateOf(world, to, true, day) - rateOf(world, before, true, day) <= -TOLERANCE + DIGITS;
  return (
    !isEligible(world, to) ||
    loses(from) ||
    loses(start) ||
    (floor !== null && meanRate(world, to, day) < floor) ||
    slowness[to]! > MAX_LATENCY_RATIO * slowness[from]!
  );
}

/** The cheapest model that could serve the class on a day without harm; the one it had at first where there is none. */
export function bestModel(world: World, day: number): string {
  const { start, length } = world;
  return [...CATALOGUE.models.keys()].reduce(
    (best, model) => (taskCost(model, length) < taskCost(best, length) && !isWrong(world, start, model, day) ? model : best),
    start,
  );
}
