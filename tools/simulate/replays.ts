/** The decision on a replay: how often a candidate that is worse by just the margin passes, and how often an equal one does. */

import { blockInterval, clusterRobustMean } from '../../routing/statistics/clusters';
import { combinePasses } from '../../routing/statistics/multiple-testing';
import { pairedMeanNonInferiority } from '../../routing/statistics/paired-mean';
import { samplePairedBinaryNIScore } from '../../routing/statistics/sample-size';
import { stratifiedPairedBinary } from '../../routing/statistics/stratified';
import { tangoCi, tangoNonInferiority } from '../../routing/statistics/tango';
import { discordantPairs, gaussian, type Random, times } from './draw';
import { type Figure, meanFigure, shareFigure } from './figure';

const MARGIN = 0.05;
const ALPHA = 0.025;
const Z = 1.959963984540054;

/** Share of runs in which a condition holds. */
function count(runs: number, holds: () => boolean): number {
  let held = 0;
  for (let run = 0; run < runs; run += 1) if (holds()) held += 1;
  return held;
}

export function replayFigures(random: Random, runs: number): Figure[] {
  return [
    ...sizeAtMargin(random, runs),
    ...power(random, runs),
    strata(random, runs),
    ...clusters(random, runs),
    ...scores(random, runs),
    ...passes(random, runs),
    ...coverage(random, runs),
    weights(random, runs),
  ];
}

/** A candidate that is worse by exactly the margin passes by luck alone, whatever share of the pairs is discordant. */
function sizeAtMargin(random: Random, runs: number): Figure[] {
  const worlds = [100, 350].flatMap((n) => [0.06, 0.1, 0.2].map((psi) => ({ n, psi })));
  const sizes = worlds.map(({ n, psi }) => {
    const passed = count(runs, () => tangoNonInferiority(discordantPairs(random, n, psi, -MARGIN), MARGIN).p <= ALPHA);
    const name = `worse by the margin, passed by the score test: ${n} pairs, ${psi * 100} % discordant`;
    return shareFigure({ name, aim: ALPHA, bound: 'at most' }, passed, runs);
  });
  const wald = count(runs, () => waldPasses(discordantPairs(random, 100, 0.06, -MARGIN)));
  const name = 'the same by the plain normal interval, 100 pairs, 6 % discordant (why it is not used)';
  return [...sizes, shareFigure({ name, aim: 0.06, bound: 'at least' }, wald, runs)];
}

function waldPasses({ b, c, n }: { b: number; c: number; n: number }): boolean {
  const delta = (b - c) / n;
  const se = Math.sqrt(((b + c) / n - delta ** 2) / n);
  return delta - Z * se > -MARGIN;
}

/** An equal candidate passes as often as the sample was planned for. */
function power(random: Random, runs: number): Figure[] {
  return [0.8, 0.9].map((planned) => {
    const n = samplePairedBinaryNIScore({ margin: MARGIN, discordance: 0.1, alphaOneSided: ALPHA, power: planned, trueDelta: 0 });
    const passed = count(runs, () => tangoNonInferiority(discordantPairs(random, n, 0.1, 0), MARGIN).p <= ALPHA);
    return shareFigure(
      { name: `equal candidate passes at the planned ${n} pairs`, aim: planned, bound: 'about', within: 0.015 },
      passed,
      runs,
    );
  });
}

/** Four strata of unequal size and difficulty, worse by the margin over all. */
function strata(random: Random, runs: number): Figure {
  const worlds = [
    { N: 4000, n: 180, psi: 0.06, delta: -0.03 },
    { N: 3000, n: 120, psi: 0.1, delta: -0.05 },
    { N: 2000, n: 90, psi: 0.15, delta: -0.07 },
    { N: 1000, n: 60, psi: 0.25, delta: -0.09 },
  ];
  const passed = count(runs, () => {
    const drawn = worlds.map(({ N, n, psi, delta }) => ({ N, ...discordantPairs(random, n, psi, delta) }));
    return stratifiedPairedBinary(drawn, 0.95).moverLo > -MARGIN;
  });
  return shareFigure({ name: 'worse by the margin over four strata, passed by MOVER', aim: ALPHA, bound: 'at most' }, passed, runs);
}

/** Twenty tenants with twenty tasks each that resemble each other. */
function clusters(random: Random, runs: number): Figure[] {
  const few = Math.ceil(runs / 2);
  let naive = 0;
  let robust = 0;
  for (let run = 0; run < few; run += 1) {
    const groups: Record<string, number[]> = {};
    for (let group = 0; group < 20; group += 1) {
      const shift = gaussian(random) * Math.sqrt(0.1) * 0.4;
      groups[`tenant ${group}`] = times(20, () => -MARGIN + shift + gaussian(random) * Math.sqrt(0.9) * 0.4);
    }
    const { mean, seNaive, p } = clusterRobustMean(groups, MARGIN);
    if (mean - Z * seNaive > -MARGIN) naive += 1;
    if (p <= ALPHA) robust += 1;
  }
  // Days of one provider: each shifts all its tasks; all on one day, or spread over seven.
  const days = (blocks: number) => {
    const perDay = Math.floor(420 / blocks);
    return times(blocks, () => {
      const shift = gaussian(random) * 0.02;
      return times(perDay, () => shift + gaussian(random) * 0.4).reduce((sum, value) => sum + value, 0) / perDay;
    });
  };
  const covers = ({ lo, hi }: { lo: number; hi: number }) => lo <= 0 && hi >= 0;
  const oneDay = count(few, () => {
    const [mean = 0] = days(1);
    const half = (Z * 0.4) / Math.sqrt(420);
    return covers({ lo: mean - half, hi: mean + half });
  });
  const seven = count(few, () => covers(blockInterval(days(7), 0.95)));
  return [
    shareFigure(
      {
        name: 'worse by the margin in 20 tenants of 20 alike tasks (ICC .1), passed by the cluster-robust test',
        aim: ALPHA,
        bound: 'at most',
      },
      robust,
      few,
    ),
    shareFigure({ name: 'the same as if tasks were independent (why it is not used)', aim: 0.09, bound: 'at least' }, naive, few),
    shareFigure({ name: '95 % interval covers the truth when replayed over 7 day blocks', aim: 0.94, bound: 'at least' }, seven, few),
    shareFigure({ name: 'the same replayed on one day (why blocks exist)', aim: 0.9, bound: 'at most' }, oneDay, few),
  ];
}

/** Scores instead of successes. */
function scores(random: Random, runs: number): Figure[] {
  const passes = (delta: number, n: number) =>
    pairedMeanNonInferiority(
      times(n, () => delta + gaussian(random) * 0.8),
      0.15,
      0.95,
    ).p <= ALPHA;
  const few = Math.ceil(runs / 2);
  return [
    shareFigure(
      { name: 'scores: worse by the margin (.15 of 1 to 5), passed, 224 pairs', aim: ALPHA, bound: 'at most' },
      count(few, () => passes(-0.15, 224)),
      few,
    ),
    shareFigure(
      { name: 'scores: equal candidate passes at 224 pairs', aim: 0.8, bound: 'about', within: 0.015 },
      count(few, () => passes(0, 224)),
      few,
    ),
  ];
}

/** Two looks on fresh tasks, both paid for. */
function passes(random: Random, runs: number): Figure[] {
  const look = () => tangoNonInferiority(discordantPairs(random, 300, 0.12, -MARGIN), MARGIN).p;
  const both = times(runs, () => [look(), look()] as const);
  return [
    shareFigure(
      { name: 'worse by the margin, passed in one of two passes', aim: ALPHA, bound: 'at most' },
      both.filter((p) => combinePasses(p, 2) <= ALPHA).length,
      runs,
    ),
    shareFigure(
      { name: 'the same if the second look were free (why it is not)', aim: 0.035, bound: 'at least' },
      both.filter((p) => Math.min(...p) <= ALPHA).length,
      runs,
    ),
  ];
}

/** 95 % intervals hold the truth. */
function coverage(random: Random, runs: number): Figure[] {
  return [-0.05, 0, 0.04].map((delta) => {
    const covered = count(runs, () => {
      const [low, high] = tangoCi(discordantPairs(random, 300, 0.12, delta), 0.95);
      return low <= delta && delta <= high;
    });
    return shareFigure({ name: `95 % interval covers a true difference of ${delta}`, aim: 0.94, bound: 'at least' }, covered, runs);
  });
}

/** A rare hard stratum is sampled ten times too often, so that it can be seen; unweighted it would dominate. */
function weights(random: Random, runs: number): Figure {
  const few = Math.ceil(runs / 4);
  const estimates = times(few, () => {
    const easy = { N: 9_000, ...discordantPairs(random, 250, 0.08, 0) };
    const hard = { N: 1_000, ...discordantPairs(random, 150, 0.3, -0.08) };
    return stratifiedPairedBinary([easy, hard], 0.95).delta;
  });
  return meanFigure(
    {
      name: 'weighted estimate after oversampling a hard tenth (truth −.008; unweighted it reads −.030)',
      aim: -0.008,
      bound: 'about',
      within: 0.001,
    },
    estimates,
    'difference',
  );
}
