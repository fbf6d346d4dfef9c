/**
 * Which figures of a class have left the band in which they used to be: quality, cost and latency of each day, smoothed, against
 * limits set by the days before. A crossing asks for a review and decides nothing.
 */

import { sampleMean } from '../../statistics/mean';
import { ewma, ewmaLimits } from '../../statistics/smoothing';

/** One model on one class on one day. */
export interface DayFigures {
  /** Scores in [0, 1], their sum and sum of squares. */
  readonly graded: number;
  readonly scoreSum: number;
  readonly scoreSquareSum: number;
  /** Tasks with a cost, and the sums of their nano-USD. */
  readonly priced: number;
  readonly costSumNano: number;
  readonly costSquareSum: number;
  /** Calls that answered, and the 95th percentile of their milliseconds. */
  readonly answered: number;
  readonly latencyP95Ms: number;
}

export type Measure = 'quality' | 'cost' | 'latency';

/** A measure that is worse than its limit. */
export interface Crossing {
  readonly measure: Measure;
  /** The smoothed value of the latest days: a score, nano-USD per task, or milliseconds. */
  readonly average: number;
  /** Where the days before would have kept it. */
  readonly limit: number;
  /** Of those days. */
  readonly mean: number;
  readonly days: number;
}

/** Weight of the newest day and width of the limits: two equal models cross about once in 500 days. See docs/statistics.md. */
const LAMBDA = 0.2;
const LIMIT_WIDTH = 2.7;

/** Days that are smoothed and judged: a working week. The days before set the limits; with fewer of them the spread is a guess. */
const JUDGED_DAYS = 5;
const MIN_BASE_DAYS = 10;

/** Values of a day below which its mean says little. */
const MIN_VALUES = 20;

/** The sketch's own error is the least spread that a quantile of a day can have, as a fraction of it. */
const QUANTILE_ERROR = 0.01;

/**
 * What has become worse in the latest days. A measure with too few days of enough values is not judged.
 *
 * @param days in the order of time, the present day last
 */
export function crossedThresholds(days: readonly DayFigures[]): readonly Crossing[] {
  const quality = days
    .filter(({ graded }) => graded >= MIN_VALUES)
    .map(({ graded, scoreSum, scoreSquareSum }) => dayMean(graded, scoreSum, scoreSquareSum, 1));
  const cost = days
    .filter(({ priced }) => priced >= MIN_VALUES)
    .map(({ priced, costSumNano, costSquareSum }) => dayMean(priced, costSumNano, costSquareSum, 0));
  const latency = days
    .filter(({ answered }) => answered >= MIN_VALUES)
    .map(({ latencyP95Ms }) => ({ value: latencyP95Ms, noise: QUANTILE_ERROR * latencyP95Ms }));
  return [crossing('quality', quality, -1), crossing('cost', cost, 1), crossing('latency', latency, 1)].filter(
    (each) => each !== undefined,
  );
}

/** A value of one day, and the spread that chance within the day alone gives it. */
interface DayValue {
  readonly value: number;
  readonly noise: number;
}

/**
 * @param highest when above 0, one more value of 0 and one of this count towards the noise, so that a class without a failure so
 *   far is not taken for one that cannot fail
 */
function dayMean(count: number, sum: number, squareSum: number, highest: number): DayValue {
  const n = highest > 0 ? count + 2 : count;
  const variance = Math.max(0, (squareSum + highest ** 2) / n - ((sum + highest) / n) ** 2);
  return { value: sum / count, noise: Math.sqrt(variance / count) };
}

/** @param worse 1 when higher is worse, −1 when lower is */
function crossing(measure: Measure, days: readonly DayValue[], worse: 1 | -1): Crossing | undefined {
  const base = days.slice(0, -JUDGED_DAYS);
  if (base.length < MIN_BASE_DAYS) return undefined;
  const { mean, sd } = sampleMean(base.map(({ value }) => value));
  const judged = days.slice(-JUDGED_DAYS);
  const noise = Math.sqrt(days.reduce((sum, day) => sum + day.noise ** 2, 0) / days.length);
  const chart = { mean, sigma: Math.max(sd, noise), lambda: LAMBDA, limitWidth: LIMIT_WIDTH };
  const [low, high] = ewmaLimits(chart, judged.length);
  const average = ewma(
    judged.map(({ value }) => value),
    LAMBDA,
    mean,
  );
  const limit = worse === 1 ? high : low;
  return worse * (average - limit) > 0 ? { measure, average, limit, mean, days: base.length } : undefined;
}
