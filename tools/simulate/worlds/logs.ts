/** What the tasks of a class leave in the logs, day by day, and the figures that a review reads from them. */

import type { Amounts, ClassFigures, ModelFigures } from '../../../routing/review/figures/figures';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS } from '../../../routing/review/settings';
import { binomial, gaussian, type Random } from '../draw';
import { CALL_TOKENS, taskCost } from './models';
import { FAILED_SHARE, HARD_SHARE, rateOf, type World } from './truth';

/** The first day, a Monday. */
const FIRST_DAY_MS = Date.UTC(2026, 0, 5);
export const WINDOW_DAYS = DEFAULT_REVIEW_SETTINGS.screen.windowMs / DAY_MS;

/** Spread of the logarithms of a task's cost and of an answer's time. */
export const COST_SIGMA = 0.5;
export const LATENCY_SIGMA = 0.6;
const COST_VARIATION = Math.sqrt(Math.exp(COST_SIGMA ** 2) - 1);
const P95_Z = 1.645;
/** Standard error of the logarithm of a p95 is this over the root of the count: √(.95·.05)/φ(1.645), times the spread. */
const P95_ERROR = (LATENCY_SIGMA * Math.sqrt(0.05 * 0.95)) / 0.1031;
const LARGE_P95_MS = 4_000;
/** Tasks at the weekend, as a share of other days. */
const WEEKEND = 0.5;

/** Tasks of one model on one day. */
export interface DayLog {
  readonly day: number;
  readonly model: string;
  readonly tasks: number;
  readonly failed: number;
  readonly good: number;
  /** Nano-USD of all of them. */
  readonly cost: number;
}

/** The morning of a day, in milliseconds since the epoch. */
export function instantOf(day: number): number {
  return FIRST_DAY_MS + day * DAY_MS;
}

/** How much better or worse than usual each model does on each day, in standard deviations. */
export type Weather = (model: string, day: number) => number;

/** The weather of a run, the same for all its classes. */
export function drawWeather(random: Random): Weather {
  const drawn = new Map<string, number>();
  return (model, day) => {
    const key = `${model} ${day}`;
    const known = drawn.get(key) ?? gaussian(random);
    drawn.set(key, known);
    return known;
  };
}

/** Share of good answers on a day, its weather included. */
export function rateOn(world: World, weather: Weather, model: string, isHard: boolean, day: number): number {
  return Math.min(1, Math.max(0, rateOf(world, model, isHard, day) + world.dayNoise * weather(model, day)));
}

/** Tasks that arrive on a day: fewer at weekends, Poisson otherwise. */
export function tasksOn({ tasksPerDay }: World, day: number, random: Random): number {
  const mean = (tasksPerDay * 7 * (day % 7 < 5 ? 1 : WEEKEND)) / (5 + 2 * WEEKEND);
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(random)));
  let count = 0;
  for (let left = Math.exp(-mean), product = random(); product > left; product *= random()) count += 1;
  return count;
}

/** So many tasks answered by one model on one day. */
export function drawDay(world: World, weather: Weather, random: Random, model: string, day: number, tasks: number): DayLog {
  const failed = binomial(random, tasks, FAILED_SHARE);
  const answered = tasks - failed;
  const hard = binomial(random, answered, HARD_SHARE);
  const good =
    binomial(random, hard, rateOn(world, weather, model, true, day)) +
    binomial(random, answered - hard, rateOn(world, weather, model, false, day));
  const mean = taskCost(model, world.length);
  return { day, model, tasks, failed, good, cost: Math.max(0, mean * (tasks + Math.sqrt(tasks) * COST_VARIATION * gaussian(random))) };
}

/** What a review sees of a class on the morning of a day. */
export function classFigures(world: World, log: readonly DayLog[], today: number, random: Random): ClassFigures {
  const window = log.filter(({ day, tasks }) => day >= today - WINDOW_DAYS && day < today && tasks > 0);
  const tasks = sum(window, (entry) => entry.tasks);
  const models = [...Map.groupBy(window, ({ model }) => model)]
    .map(([model, entries]) => modelFigures(world, model, entries, random))
    .sort((a, b) => b.tasks - a.tasks);
  return {
    name: world.name,
    classes: [world.name],
    tasks,
    refused: 0,
    demands: {
      privacyTiers: { [world.privacyTier]: tasks },
      residencies: { [world.residency ?? '']: tasks },
      capabilities: [],
      maxInputTokens: CALL_TOKENS.inputTokens * world.length,
      maxOutputTokens: CALL_TOKENS.outputTokens * world.length,
    },
    models,
    activeDays: new Set(window.map(({ day }) => day)).size,
    costNanoUsd: Math.round(sum(window, ({ cost }) => cost)),
  };
}

function modelFigures(world: World, model: string, entries: readonly DayLog[], random: Random): ModelFigures {
  const tasks = sum(entries, (entry) => entry.tasks);
  const failed = sum(entries, (entry) => entry.failed);
  const good = sum(entries, (entry) => entry.good);
  return {
    model,
    tasks,
    completed: tasks - failed,
    failed,
    retried: Math.round(HARD_SHARE * tasks),
    graded: tasks - failed,
    scoreSum: good,
    scoreSquareSum: good,
    good,
    isBinary: true,
    rated: 0,
    ratingSum: 0,
    cost: amounts(tasks, sum(entries, ({ cost }) => cost) / tasks, COST_SIGMA),
    latencyMs: latencyAmounts(world, model, tasks, random),
  };
}

function latencyAmounts({ slowness }: World, model: string, tasks: number, random: Random): Amounts {
  const p95 = LARGE_P95_MS * slowness[model]! * Math.exp(p95Error(tasks) * gaussian(random));
  return amounts(tasks, p95 / Math.exp(P95_Z * LATENCY_SIGMA - LATENCY_SIGMA ** 2 / 2), LATENCY_SIGMA);
}

/** Standard error of the logarithm of an observed p95. */
export function p95Error(tasks: number): number {
  return P95_ERROR / Math.sqrt(tasks);
}

/** True p95 of a model's answers. */
export function p95Of({ slowness }: World, model: string): number {
  return LARGE_P95_MS * slowness[model]!;
}

/** A log-normal amount of this mean. */
function amounts(count: number, mean: number, sigma: number): Amounts {
  const p50 = mean / Math.exp(sigma ** 2 / 2);
  return { count, mean, sd: mean * Math.sqrt(Math.exp(sigma ** 2) - 1), p50, p95: p50 * Math.exp(P95_Z * sigma) };
}

export function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
