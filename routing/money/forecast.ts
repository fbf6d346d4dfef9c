/**
 * What a period will have cost when it is over, with an interval that says how much of that is guessing.
 *
 * A plain model: money of a day = level × factor of its weekday × chance. The level is smoothed exponentially, at the speed that
 * would have told the past days best, so that it follows a change and does not run after noise; a factor is pulled towards 1 as far
 * as the weeks seen leave it open. The interval holds what is spread within days, how far the level may wander until each of them,
 * and that the level itself is an estimate.
 *
 * @see Hyndman, Koehler, Ord & Snyder (2008), "Forecasting with Exponential Smoothing", §6: variance of the ETS(A,N,N) model over
 *   a lead time
 */

import { tQuantile } from '../statistics/student';
import type { NanoUsd } from '../units';

/** Monday 0 … Sunday 6. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export interface PastDay {
  readonly weekday: Weekday;
  readonly spentNano: NanoUsd;
}

export interface ForecastInput {
  /** Whole days, the last one yesterday, none left out. Only the newest `MAX_DAYS` count. */
  readonly past: readonly PastDay[];
  /** What the period has cost until now, today included. */
  readonly spentNano: NanoUsd;
  readonly today: {
    readonly weekday: Weekday;
    /** Share of a day's money that is usually spent by this time of day, in [0, 1]. */
    readonly usualShare: number;
  };
  /** Weekdays of the days of the period that follow today. */
  readonly ahead: readonly Weekday[];
  /** Probability inside the interval, in (0, 1). */
  readonly confidence: number;
}

export interface Forecast {
  readonly expectedNano: NanoUsd;
  /** Bounds of what the whole period will have cost; never below what is spent. */
  readonly lowNano: NanoUsd;
  readonly highNano: NanoUsd;
  /** Until the end of today, and of each day of `ahead`: the same three, of the period from its beginning. */
  readonly path: readonly ForecastPoint[];
  /** Past days that it rests on. */
  readonly days: number;
}

export type ForecastPoint = Pick<Forecast, 'expectedNano' | 'lowNano' | 'highNano'>;

/** With fewer whole days, nothing is foretold. */
export const MIN_DAYS = 7;
/** Eight weeks: what is older says little of next week. */
export const MAX_DAYS = 56;
/** Two of each weekday: with one, a weekday cannot be told from its noise. */
const WEEKDAYS_FROM = 14;

/** Speeds of smoothing that are tried: none is the mean of all days. */
const SPEEDS = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6];

/** A weekday on which less than this share of an ordinary day is spent says nothing of the level. */
const SILENT = 0.05;

interface Model {
  readonly level: number;
  readonly factors: readonly number[];
  /** Standard errors of the factors. */
  readonly factorErrors: readonly number[];
  /** What part of a day's surprise stays in the level, in [0, 1): the most that the past days leave open. */
  readonly wandering: number;
  /** Standard deviation of an ordinary day, in nano-USD as the level. */
  readonly sd: number;
  readonly degreesOfFreedom: number;
  /** Days that the level is the mean of, in effect. */
  readonly levelDays: number;
}

/** Undefined: there are too few past days, or nothing was ever spent. */
export function forecastSpending({ past, spentNano, today, ahead, confidence }: ForecastInput): Forecast | undefined {
  const days = past.slice(-MAX_DAYS);
  if (days.length < MIN_DAYS || days.every((day) => day.spentNano === 0)) return undefined;
  const model = fit(days);
  const restOfToday = Math.min(1, Math.max(0, 1 - today.usualShare));
  const steps = [
    { weekday: today.weekday, share: restOfToday, spread: model.factors[today.weekday]! * Math.sqrt(restOfToday) },
    ...ahead.map((weekday) => ({ weekday, share: 1, spread: model.factors[weekday]! })),
  ];
  const path = steps.map((_, last) => pointAfter(model, steps.slice(0, last + 1), spentNano, confidence));
  return { ...path.at(-1)!, path, days: days.length };
}

interface Step {
  readonly weekday: Weekday;
  /** Of the day that is still to come, in [0, 1]. */
  readonly share: number;
  /** What its chance multiplies. */
  readonly spread: number;
}

/** The period at the end of some days. */
function pointAfter(model: Model, steps: readonly Step[], spentNano: NanoUsd, confidence: number): ForecastPoint {
  const { level, factors, factorErrors, wandering, sd, degreesOfFreedom, levelDays } = model;
  const expected = steps.map(({ weekday, share }) => factors[weekday]! * share);
  const total = sumOf(expected);
  const mean = level * total;
  // The surprise of a day counts for itself, and moves the level of every day that follows it.
  let variance = total ** 2 / levelDays;
  let following = total;
  for (const [place, { spread }] of steps.entries()) {
    following -= expected[place]!;
    variance += (spread + wandering * following) ** 2;
  }
  // What is wrong with one factor is wrong with the others the other way: whole weeks know nothing of it.
  const ofWeekday = factors.map((_, weekday) => sumOf(steps.map((step) => (step.weekday === weekday ? step.share : 0))));
  const even = meanOf(ofWeekday);
  const misjudged = sumOf(ofWeekday.map((share, weekday) => ((share - even) * factorErrors[weekday]!) ** 2));
  const reach = Math.hypot(sd * Math.sqrt(variance), level * Math.sqrt(misjudged));
  if (mean <= 0) return { expectedNano: spentNano, lowNano: spentNano, highNano: spentNano + Math.round(reach) };
  // Money is never negative and surprises are dear ones: bounds of a log-normal with this mean and deviation.
  const logVariance = Math.log(1 + (reach / mean) ** 2);
  const middle = Math.log(mean) - logVariance / 2;
  const quantile = tQuantile((1 + confidence) / 2, degreesOfFreedom);
  const bound = (sign: number) => spentNano + Math.round(Math.exp(middle + sign * quantile * Math.sqrt(logVariance)));
  return { expectedNano: spentNano + Math.round(mean), lowNano: bound(-1), highNano: bound(1) };
}

function fit(days: readonly PastDay[]): Model {
  const { factors, factorErrors, parameters } = weekdayFactors(days);
  const levels = days.flatMap(({ weekday, spentNano }) => (factors[weekday]! < SILENT ? [] : [spentNano / factors[weekday]!]));
  const tried = SPEEDS.map((speed) => smooth(levels, speed));
  const best = tried.reduce((a, b) => (b.squares < a.squares ? b : a));
  // As far from the best as one standard error is: a likelihood lower by a factor of √e.
  const open = tried.filter(({ squares }) => squares <= best.squares * (1 + 1 / Math.max(1, best.surprises)));
  const degreesOfFreedom = Math.max(2, best.surprises - parameters);
  return {
    level: best.level,
    factors,
    factorErrors,
    wandering: Math.max(...open.map(({ speed }) => speed)),
    sd: spreadOf(best, degreesOfFreedom),
    degreesOfFreedom,
    levelDays: best.speed === 0 ? levels.length : Math.min(levels.length, (2 - best.speed) / best.speed),
  };
}

/** Days at the beginning from which the level only starts. */
const START = 4;

/** The level after all days, and the squares of how far each was from what was expected of it: as money, and as its logarithm. */
function smooth(levels: readonly number[], speed: number) {
  let level = levels[0] ?? 0;
  let logLevel = Math.log(level);
  let squares = 0;
  let logSquares = 0;
  let surprises = 0;
  for (const [place, seen] of levels.entries()) {
    const surprise = seen - level;
    const logSurprise = Math.log(seen) - logLevel;
    if (place >= START) {
      squares += surprise ** 2;
      logSquares += logSurprise ** 2;
      surprises++;
    }
    const gain = Math.max(speed, 1 / (place + 1));
    level += gain * surprise;
    logLevel += gain * logSurprise;
  }
  return { level, speed, squares, logSquares, surprises };
}

/**
 * Few days of few dear tasks show less spread than there is: the dearest day is missing. Their logarithms tell it, where there was
 * no day without money.
 */
function spreadOf({ level, squares, logSquares }: ReturnType<typeof smooth>, degreesOfFreedom: number): number {
  const byLogs = level * Math.sqrt(Math.expm1(logSquares / degreesOfFreedom));
  return Math.max(Math.sqrt(squares / degreesOfFreedom), Number.isFinite(byLogs) ? byLogs : 0);
}

/**
 * Money of each weekday as a part of an ordinary day, with mean 1.
 *
 * Means of weekdays with a normal prior whose variance comes by moments: what they differ by beyond their own errors.
 */
function weekdayFactors(days: readonly PastDay[]): Pick<Model, 'factors' | 'factorErrors'> & { readonly parameters: number } {
  const flat = { factors: Array<number>(7).fill(1), factorErrors: Array<number>(7).fill(0), parameters: 1 };
  if (days.length < WEEKDAYS_FROM) return flat;
  const amounts = flat.factors.map((_, weekday) => days.filter((day) => day.weekday === weekday).map(({ spentNano }) => spentNano));
  const means = amounts.map(meanOf);
  const ordinary = meanOf(means);
  if (ordinary === 0) return flat;
  const within = sumOf(amounts.map((values, weekday) => sumOf(values.map((value) => (value - means[weekday]!) ** 2))));
  const variance = within / Math.max(1, days.length - 7);
  const errors = amounts.map((values) => variance / values.length);
  const between = Math.max(0, sumOf(means.map((mean) => (mean - ordinary) ** 2)) / 6 - meanOf(errors));
  const trust = errors.map((error) => (between + error === 0 ? 0 : between / (between + error)));
  return {
    factors: means.map((mean, weekday) => 1 + trust[weekday]! * (mean / ordinary - 1)),
    factorErrors: errors.map((error, weekday) => Math.sqrt(trust[weekday]! * error) / ordinary),
    parameters: 1 + 6 * meanOf(trust),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function meanOf(values: readonly number[]): number {
  return sumOf(values) / values.length;
}

/** When a budget will be spent, as places in the path of a forecast; a place that is absent is after the end of the period. */
export interface RunOut {
  /** By what is expected. */
  readonly expected?: number;
  /** As early as by the upper bound of the interval. */
  readonly earliest?: number;
  /** By its lower bound, at the latest. */
  readonly latest?: number;
}

/** @param limitNano of the budget, of which the money before the path is a part */
export function runOut({ path }: Pick<Forecast, 'path'>, limitNano: NanoUsd): RunOut {
  const first = (of: (point: ForecastPoint) => NanoUsd) => {
    const place = path.findIndex((point) => of(point) >= limitNano);
    return place < 0 ? undefined : place;
  };
  const [expected, earliest, latest] = [first((at) => at.expectedNano), first((at) => at.highNano), first((at) => at.lowNano)];
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(earliest === undefined ? {} : { earliest }),
    ...(latest === undefined ? {} : { latest }),
  };
}
