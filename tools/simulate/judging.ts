/** A judge that errs: how many inferior candidates it would let through, and what the correction makes of it. */

import { judgeMargin, predictionPoweredMean, roganGladen } from '../../routing/statistics/judge';
import { tangoNonInferiority } from '../../routing/statistics/tango';
import { chance, type Random, times } from './draw';
import { type Figure, meanFigure, shareFigure } from './figure';
import { pairwiseFigures } from './pairwise-judging';

const SENSITIVITY = 0.9;
const SPECIFICITY = 0.8;
const MARGIN = 0.05;
const ALPHA = 0.025;

export function judgingFigures(random: Random, runs: number): Figure[] {
  return [...margins(random, runs), corrected(random, runs), powered(random, runs), ...pairwiseFigures(random, runs)];
}

const judged = (random: Random, isGood: boolean): boolean => chance(random, isGood ? SENSITIVITY : 1 - SPECIFICITY);

/** A candidate that is worse by the margin, as the judge sees it. */
function judgedPairs(random: Random, n: number): { b: number; c: number; n: number } {
  let b = 0;
  let c = 0;
  for (let pair = 0; pair < n; pair += 1) {
    const u = random();
    // Of all pairs, 10 % are discordant: 2.5 % won, 7.5 % lost; both succeed on 75 %.
    const [base, cand] = u < 0.025 ? [false, true] : u < 0.1 ? [true, false] : u < 0.85 ? [true, true] : [false, false];
    const baseline = judged(random, base);
    const candidate = judged(random, cand);
    if (candidate && !baseline) b += 1;
    if (baseline && !candidate) c += 1;
  }
  return { b, c, n };
}

function margins(random: Random, runs: number): Figure[] {
  return [500, 1500].flatMap((n) => {
    const few = Math.ceil(runs / (n / 250));
    const drawn = times(few, () => judgedPairs(random, n));
    const passedAt = (margin: number) => drawn.filter((pairs) => tangoNonInferiority(pairs, margin).p <= ALPHA).length;
    return [
      shareFigure(
        { name: `judge .9/.8, worse by the margin, passed at the margin shrunk by Se + Sp − 1, ${n} pairs`, aim: 0.03, bound: 'at most' },
        passedAt(judgeMargin(MARGIN, SENSITIVITY, SPECIFICITY)),
        few,
      ),
      shareFigure(
        { name: `the same at the raw margin (why it is shrunk), ${n} pairs`, aim: 0.05, bound: 'at least' },
        passedAt(MARGIN),
        few,
      ),
    ];
  });
}

function corrected(random: Random, runs: number): Figure {
  const estimates = times(Math.ceil(runs / 10), () => {
    let positive = 0;
    for (let task = 0; task < 400; task += 1) if (judged(random, chance(random, 0.85))) positive += 1;
    return roganGladen(positive / 400, SENSITIVITY, SPECIFICITY);
  });
  return meanFigure(
    { name: 'success rate of .85 corrected for the judge (Rogan–Gladen)', aim: 0.85, bound: 'about', within: 0.005 },
    estimates,
    'difference',
  );
}

function powered(random: Random, runs: number): Figure {
  const few = Math.ceil(runs / 10);
  let covered = 0;
  for (let run = 0; run < few; run += 1) {
    const truth = times(600, () => chance(random, 0.8));
    const judge = truth.map((isGood) => (judged(random, isGood) ? 1 : 0));
    const { mean, se } = predictionPoweredMean(
      judge.slice(150),
      judge.slice(0, 150),
      truth.slice(0, 150).map((isGood) => (isGood ? 1 : 0)),
    );
    if (Math.abs(mean - 0.8) <= 1.96 * se) covered += 1;
  }
  return shareFigure({ name: '95 % interval of the prediction-powered mean covers', aim: 0.94, bound: 'at least' }, covered, few);
}
