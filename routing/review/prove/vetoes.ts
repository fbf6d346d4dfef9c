/**
 * Harm that a good average can hide: in one stratum, below the level that was agreed, or as answers that are of no use at all. Each can
 * stop a change by itself, and none can be outweighed.
 */

import { tHalfWidth } from '../../statistics/mean';
import { clopperPearson, clopperPearsonUpperOneSided, wilson } from '../../statistics/rates';
import { tangoLimits, twoSidedZ } from '../../statistics/tango';
import type { StratumResult } from './evidence';
import { discordantPairs, pairsOf, stratifiedDelta, stratifiedMean } from './methods';
import { type FrameStratum, type ScoredPair, SUCCESS } from './scored-pairs';

/** On a scale, so large a drop is a catastrophe: three of the four steps from 5 to 1. */
const CATASTROPHIC_DROP = 0.75;
/** One-sided: none in 300 shows that at most 1 % are. */
const CATASTROPHIC_CONFIDENCE = 0.95;

/**
 * Every stratum with an interval so wide that all of them hold together (Bonferroni). It vetoes when even its upper end is below
 * `harmBelow`; a stratum that is everything hides behind no average, and has no veto of its own.
 *
 * @param alpha one-sided, over all strata
 */
export function stratumResults(
  strata: readonly FrameStratum[],
  { scale, harmBelow, alpha }: { readonly scale: 'binary' | 'score'; readonly harmBelow: number; readonly alpha: number },
): StratumResult[] {
  const conf = 1 - (2 * alpha) / Math.max(1, strata.length);
  return strata.map((stratum) => {
    const [low, high] = stratumInterval(stratum, scale, conf);
    const delta = stratifiedDelta([{ ...stratum, weight: 1 }]);
    return {
      name: stratum.name,
      weight: stratum.weight,
      pairs: stratum.pairs.length,
      delta,
      low,
      high,
      isVeto: strata.length > 1 && high < harmBelow,
    };
  });
}

function stratumInterval(stratum: FrameStratum, scale: 'binary' | 'score', conf: number): readonly [number, number] {
  const n = stratum.pairs.length;
  if (n === 0) return [-1, 1];
  const z = twoSidedZ(conf);
  if (scale === 'binary') return tangoLimits(discordantPairs(stratum.pairs), z);
  const { mean, se, df } = stratifiedMean([{ ...stratum, weight: 1 }], ({ difference }) => difference);
  // Two scores that happen to be equal prove nothing: never narrower than the score interval of as many pairs without a difference.
  const half = Math.max(tHalfWidth(se, df, conf), z ** 2 / (n + z ** 2));
  return [Math.max(-1, mean - half), Math.min(1, mean + half)];
}

/** Mean score of one arm over the frame; strata without a pair are taken to be like the others. 0 without any pair. */
export function meanQuality(strata: readonly FrameStratum[], scoreOf: (pair: ScoredPair) => number): number {
  const known = strata.filter(({ pairs }) => pairs.length > 0);
  const total = known.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return 0;
  return known.reduce(
    (sum, { weight, pairs }) => sum + (weight / total) * (pairs.reduce((all, pair) => all + scoreOf(pair), 0) / pairs.length),
    0,
  );
}

/**
 * Interval of the candidate's quality over the frame: Wilson's limits of the strata put together as MOVER does, or a t interval of
 * scores. [0, 1] without a pair.
 *
 * @see Zou & Donner (2008), Statistics in Medicine 27:1693, for the combination
 */
export function candidateQuality(strata: readonly FrameStratum[], scale: 'binary' | 'score', conf: number): readonly [number, number] {
  if (pairsOf(strata).length === 0) return [0, 1];
  const mean = meanQuality(strata, ({ candidate }) => candidate);
  if (scale === 'score') {
    const { se, df } = stratifiedMean(strata, ({ candidate }) => candidate);
    const half = tHalfWidth(se, df, conf);
    return [Math.max(0, mean - half), Math.min(1, mean + half)];
  }
  let below = 0;
  let above = 0;
  for (const { weight, pairs } of strata) {
    const successes = pairs.filter(({ candidate }) => candidate >= SUCCESS).length;
    const rate = pairs.length === 0 ? mean : successes / pairs.length;
    const [low, high] = pairs.length === 0 ? [0, 1] : wilson(successes, pairs.length, conf);
    below += (weight * (rate - low)) ** 2;
    above += (weight * (high - rate)) ** 2;
  }
  return [Math.max(0, mean - Math.sqrt(below)), Math.min(1, mean + Math.sqrt(above))];
}

/**
 * Tasks that the baseline did and the candidate failed altogether: it gave nothing that could be scored, or on a scale nearly nothing
 * of what the baseline gave. A mere "wrong" in place of "right" is what the difference of the rates counts, and is none.
 *
 * @returns the count, and the bounds of its rate, each at 95 %
 */
export function catastrophicDrops(
  pairs: readonly ScoredPair[],
  scale: 'binary' | 'score',
): { readonly count: number; readonly lower: number; readonly upper: number } {
  const count = pairs.filter(
    ({ baseline, difference, isFailed }) =>
      baseline >= SUCCESS && (isFailed.candidate || (scale === 'score' && difference <= -CATASTROPHIC_DROP)),
  ).length;
  if (pairs.length === 0) return { count, lower: 0, upper: 1 };
  return {
    count,
    lower: clopperPearson(count, pairs.length, 2 * CATASTROPHIC_CONFIDENCE - 1)[0],
    upper: clopperPearsonUpperOneSided(count, pairs.length, CATASTROPHIC_CONFIDENCE),
  };
}
