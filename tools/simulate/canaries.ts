/** The canary: 400 tasks a day through the three steps and the soak, looked at every day. */

import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { errorRateEValue } from '../../routing/statistics/bernoulli-sequence';
import { canaryDecision } from '../../routing/statistics/canary';
import { sequentialSampleRatioP } from '../../routing/statistics/sample-ratio';
import { binomial, type Random, times } from './draw';
import { type Figure, meanFigure, shareFigure } from './figure';

const TASKS_PER_DAY = 400;
const BASE = 0.85;
const MARGIN = 0.05;
const DAY_MS = 86_400_000;
const { steps, minPerArm, dwellMs, alpha, nStar, marginFactor, deadlineMs, errorRateLimit, sampleRatioAlarm } =
  DEFAULT_REVIEW_SETTINGS.canary;

/** How a canary ended, and how many tasks the candidate had by then. */
interface Ending {
  readonly kind: 'PROMOTE' | 'ROLLBACK' | 'HOLD';
  readonly candidateTasks: number;
}

export function canaryFigures(random: Random, runs: number): Figure[] {
  const few = Math.ceil(runs / 5);
  const equal = times(few, () => runCanary(random, 0));
  const worse = (points: number) => times(Math.ceil(few / 2), () => runCanary(random, -points / 100));
  const [five, ten, fifteen, twentyFive] = [worse(5), worse(10), worse(15), worse(25)] as const;
  const rolledBack = (endings: readonly Ending[]) => endings.filter(({ kind }) => kind === 'ROLLBACK');
  const until = (endings: readonly Ending[]) => rolledBack(endings).map(({ candidateTasks }) => candidateTasks);
  return [
    shareFigure({ name: 'equal candidate rolled back', aim: 0.02, bound: 'at most' }, rolledBack(equal).length, few),
    shareFigure(
      { name: 'equal candidate promoted', aim: 0.97, bound: 'at least' },
      equal.filter(({ kind }) => kind === 'PROMOTE').length,
      few,
    ),
    shareFigure(
      { name: 'equal candidate rolled back by a daily z-test (why it is not used)', aim: 0.08, bound: 'at least' },
      times(few, () => dailyTest(random)).filter(Boolean).length,
      few,
    ),
    shareFigure({ name: '10 points worse: rolled back', aim: 0.97, bound: 'at least' }, rolledBack(ten).length, ten.length),
    meanFigure({ name: '10 points worse: candidate tasks until then', aim: 400, bound: 'at most' }, until(ten), 'tasks'),
    shareFigure({ name: '15 points worse: rolled back', aim: 0.99, bound: 'at least' }, rolledBack(fifteen).length, fifteen.length),
    meanFigure({ name: '15 points worse: candidate tasks until then', aim: 250, bound: 'at most' }, until(fifteen), 'tasks'),
    shareFigure({ name: '25 points worse: rolled back', aim: 0.99, bound: 'at least' }, rolledBack(twentyFive).length, twentyFive.length),
    meanFigure({ name: '25 points worse: candidate tasks until then', aim: 120, bound: 'at most' }, until(twentyFive), 'tasks'),
    shareFigure(
      { name: '5 points worse: rolled back (why the replay comes first)', aim: 0.3, bound: 'at least' },
      rolledBack(five).length,
      five.length,
    ),
    errorAlarm(random, few),
    ratioAlarm(random, few),
  ];
}

/** Days of a rollout until its end. */
function runCanary(random: Random, delta: number): Ending {
  const counts = { xCand: 0, nCand: 0, xCtrl: 0, nCtrl: 0 };
  const rule = { alpha, nStar, margin: MARGIN, canaryMargin: marginFactor * MARGIN, minPerArm: minPerArm[0] ?? 50 };
  let step = 0;
  let daysInStep = 0;
  for (let day = 1; day <= deadlineMs / DAY_MS; day += 1) {
    const arm = Math.round(TASKS_PER_DAY * (steps[step] ?? 0.5));
    counts.xCand += binomial(random, arm, BASE + delta);
    counts.nCand += arm;
    counts.xCtrl += binomial(random, arm, BASE);
    counts.nCtrl += arm;
    daysInStep += 1;
    const isLast = step === steps.length - 1;
    const isDone = daysInStep * DAY_MS >= (dwellMs[step] ?? 0) && counts.nCand >= (minPerArm[step] ?? 0);
    const decision = canaryDecision(counts, rule, { stepDone: isDone, lastStep: isLast });
    if (decision === 'ROLLBACK') return { kind: 'ROLLBACK', candidateTasks: counts.nCand };
    // Held back by its bound alone: more tasks may still decide, until the deadline.
    if (decision === 'PROMOTE') return { kind: 'PROMOTE', candidateTasks: counts.nCand };
    if (isDone && !isLast) {
      step += 1;
      daysInStep = 0;
    }
  }
  return { kind: 'HOLD', candidateTasks: counts.nCand };
}

/** An equal candidate under a test that is right once, asked on each of 14 days. */
function dailyTest(random: Random): boolean {
  let [cand, ctrl, n] = [0, 0, 0];
  for (let day = 0; day < 14; day += 1) {
    cand += binomial(random, 100, BASE);
    ctrl += binomial(random, 100, BASE);
    n += 100;
    const pooled = (cand + ctrl) / (2 * n);
    const z = (cand - ctrl) / n / Math.sqrt((2 * pooled * (1 - pooled)) / n);
    if (z < -1.645) return true;
  }
  return false;
}

/** Calls that fail at just the rate that is allowed, looked at after each of 500. */
function errorAlarm(random: Random, runs: number): Figure {
  const few = Math.ceil(runs / 10);
  let alarms = 0;
  for (let run = 0; run < few; run += 1) {
    let errors = 0;
    for (let n = 1; n <= 500; n += 1) {
      const failed = random() < errorRateLimit;
      if (failed) errors += 1;
      if (failed && errorRateEValue(errors, n, errorRateLimit) >= 1 / alpha) {
        alarms += 1;
        break;
      }
    }
  }
  return shareFigure({ name: 'errors at the allowed rate: alarm at any of 500 looks', aim: alpha, bound: 'at most' }, alarms, few);
}

/** A fair split, looked at every 20 tasks. */
function ratioAlarm(random: Random, runs: number): Figure {
  const few = Math.ceil(runs / 4);
  let alarms = 0;
  for (let run = 0; run < few; run += 1) {
    const looks = times(50, () => {
      const left = binomial(random, 20, 0.5);
      return [left, 20 - left];
    });
    if (Math.min(...sequentialSampleRatioP(looks, [0.5, 0.5])) < sampleRatioAlarm) alarms += 1;
  }
  return shareFigure({ name: 'fair split: sample-ratio alarm at any of 50 looks', aim: sampleRatioAlarm, bound: 'at most' }, alarms, few);
}
