/** What a sample of this size could have found, at the noise that it showed. */

import { clusterRobustMean } from '../../statistics/clusters';
import { effectiveSampleSize } from '../../statistics/effective-size';
import { sampleMean } from '../../statistics/mean';
import { normalCdf, normalQuantile } from '../../statistics/normal';
import { tangoExactPower } from '../../statistics/power';
import { samplePairedBinaryNIScore, samplePairedMeanNI, smallestDecidableN } from '../../statistics/sample-size';
import { criticalZ } from '../../statistics/tango';
import type { Comparison } from './evidence';
import { groupedBy, pairsOf } from './methods';
import type { FrameStratum } from './scored-pairs';

/** Exact power takes time with the square of the pairs; from here on the normal approximation is as good. */
const LARGEST_EXACT = 600;

export interface SensitivityTerms {
  readonly scale: 'binary' | 'score';
  /** Distance from the assumed truth to what must be exceeded: the margin; for an improvement, the one that is to be found. In (0, 1). */
  readonly distance: number;
  /** Of one look, one-sided, in (0, 0.5). */
  readonly alpha: number;
  /** Planned, in (alpha, 1). */
  readonly power: number;
  /** Share of discordant pairs that is assumed where no pair is known, in (0, 1]. */
  readonly discordance: number;
}

export type Sensitivity = Pick<Comparison, 'pairsNeeded' | 'detectableLoss' | 'power' | 'clusters' | 'effectivePairs'>;

/**
 * Pairs that decide with the planned power, the smallest loss that this many find with it, the power that this sample had for an
 * equal candidate, and the number of independent pairs that it is worth: weights and clusters make it fewer.
 */
export function sensitivityOf(
  strata: readonly FrameStratum[],
  { scale, distance, alpha, power, discordance }: SensitivityTerms,
): Sensitivity {
  const pairs = pairsOf(strata);
  const n = pairs.length;
  const clusters = new Set(pairs.map(({ cluster }) => cluster)).size;
  const discordant = pairs.filter(({ difference }) => difference !== 0).length / n;
  const sd = n === 0 ? Math.sqrt(discordance) : n === 1 ? 0 : sampleMean(pairs.map(({ difference }) => difference)).sd;
  const lost = designEffect(strata, clusters);
  const effectivePairs = n / lost;

  const least = smallestDecidableN(distance, alpha);
  const wanted = () => {
    if (scale === 'score') return samplePairedMeanNI(distance, sd, alpha, power);
    return samplePairedBinaryNIScore({
      margin: distance,
      discordance: n === 0 ? discordance : discordant,
      alphaOneSided: alpha,
      power,
      trueDelta: 0,
    });
  };
  const pairsNeeded = Math.ceil(Math.max(least, sd === 0 ? 0 : wanted()) * lost);
  if (n === 0) return { pairsNeeded, detectableLoss: 1, power: 0, clusters, effectivePairs: 0 };

  const z = criticalZ(alpha);
  const detectableLoss = Math.min(
    1,
    Math.max(((z + normalQuantile(power)) * sd) / Math.sqrt(effectivePairs), z ** 2 / (effectivePairs + z ** 2)),
  );
  const powerNow = () => {
    const worth = Math.max(1, Math.floor(effectivePairs));
    if (sd === 0) return worth >= least ? 1 : 0;
    if (scale === 'score' || worth > LARGEST_EXACT) return normalCdf((distance * Math.sqrt(worth)) / sd - z);
    return tangoExactPower({ n: worth, margin: distance, discordance: discordant, trueDelta: 0, alphaOneSided: alpha });
  };
  return { pairsNeeded, detectableLoss, power: powerNow(), clusters, effectivePairs };
}

/** How many times more pairs the same precision takes: by unequal weights (Kish), or by clusters whose tasks resemble each other. */
function designEffect(strata: readonly FrameStratum[], clusters: number): number {
  const sampled = strata.filter(({ pairs }) => pairs.length > 0);
  const n = pairsOf(sampled).length;
  if (n < 2) return 1;
  const byWeights = n / effectiveSampleSize(sampled.flatMap(({ weight, pairs }) => pairs.map(() => weight / pairs.length)));
  if (clusters < 2 || clusters === n) return Math.max(1, byWeights);
  return Math.max(1, byWeights, clusterRobustMean(Object.fromEntries(groupedBy(sampled, ({ cluster }) => cluster)), 1).designEffect);
}
