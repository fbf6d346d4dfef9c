/** The watch after promotion, and the averages that are not used for decisions. */

import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { bernoulliCusum, cusum } from '../../routing/statistics/cusum';
import { ewmaLimits, ewmaPath } from '../../routing/statistics/smoothing';
import { chance, gaussian, type Random, times } from './draw';
import { type Figure, meanFigure, shareFigure } from './figure';

const { drop, limit, dailyK, dailyH } = DEFAULT_REVIEW_SETTINGS.watch;
const LEVEL = 0.87;
const TASKS_PER_DAY = 400;

export function driftFigures(random: Random, runs: number): Figure[] {
  return [...watch(random, Math.ceil(runs / 50)), ...daily(random, Math.ceil(runs / 20)), ...averages(random, Math.ceil(runs / 20))];
}

/** Sixty days at the approved level, or with a drop of 14 points on day 40. */
function watch(random: Random, runs: number): Figure[] {
  const day = (rate: number) => times(TASKS_PER_DAY, () => (chance(random, rate) ? 1 : 0));
  const alarmDay = (rateOn: (day: number) => number): number => {
    const outcomes = times(60, (at) => day(rateOn(at))).flat();
    const { alarmIndex } = bernoulliCusum(outcomes, LEVEL, LEVEL - drop, limit);
    return alarmIndex === -1 ? Infinity : Math.floor(alarmIndex / TASKS_PER_DAY);
  };
  const steady = times(runs, () => alarmDay(() => LEVEL));
  const drifting = times(runs, () => alarmDay((at) => (at >= 40 ? LEVEL - 0.14 : LEVEL)));
  const found = drifting.filter((at) => at >= 40 && at <= 41);
  return [
    shareFigure(
      { name: 'steady model rolled back within 60 days', aim: 0.02, bound: 'at most' },
      steady.filter(Number.isFinite).length,
      runs,
    ),
    shareFigure({ name: 'drop of 14 points found the same or the next day', aim: 0.97, bound: 'at least' }, found.length, runs),
    meanFigure(
      { name: 'days until it is found', aim: 0.5, bound: 'at most' },
      found.map((at) => at - 40),
      'days',
    ),
  ];
}

/** CUSUM over daily means: length until a false alarm, and until a shift of one standard deviation is found. */
function daily(random: Random, runs: number): Figure[] {
  const lengthUntilAlarm = (shift: number) => {
    const { alarmIndex } = cusum(
      times(6_000, () => shift + gaussian(random)),
      0,
      1,
      dailyK,
      dailyH,
    );
    return alarmIndex === -1 ? 6_000 : alarmIndex + 1;
  };
  return [
    meanFigure(
      { name: 'daily means, steady: days until a false alarm', aim: 465, bound: 'about', within: 20 },
      times(runs, () => lengthUntilAlarm(0)),
      'days',
    ),
    meanFigure(
      { name: 'daily means, down by one standard deviation: days until found', aim: 10.4, bound: 'about', within: 0.4 },
      times(runs, () => lengthUntilAlarm(-1)),
      'days',
    ),
  ];
}

/** Two equal models with ratings of 1 to 5: how far apart their EWMAs look, and what a router that believed them would do. */
function averages(random: Random, runs: number): Figure[] {
  const rating = () => 4 + gaussian(random) * 0.9;
  let apart = 0;
  let alarms = 0;
  for (let run = 0; run < runs; run += 1) {
    const [left, right] = [ewmaPath(times(60, rating), 0.3, 4).at(-1)!, ewmaPath(times(60, rating), 0.3, 4).at(-1)!];
    if (Math.abs(left - right) > 0.15) apart += 1;
    const means = times(28, () => gaussian(random));
    const chart = { mean: 0, sigma: 1, lambda: 0.2, limitWidth: 2.7 };
    const isOut = ewmaPath(means, 0.2, 0).some((value, at) => {
      const [low, high] = ewmaLimits(chart, at + 1);
      return value < low || value > high;
    });
    if (isOut) alarms += 1;
  }
  return [
    shareFigure(
      { name: 'two equal models look .15 apart by EWMA of ratings (why it decides nothing)', aim: 0.78, bound: 'about', within: 0.03 },
      apart,
      runs,
    ),
    shareFigure({ name: 'steady daily means cross their EWMA limits within 28 days', aim: 0.15, bound: 'at most' }, alarms, runs),
  ];
}
