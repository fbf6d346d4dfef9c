/**
 * The ways to an interval of the difference of qualities, and which of them decides.
 *
 * Each way sees a kind of noise that the others do not: few discordant pairs, skewed scores, tasks that resemble each other, a provider's
 * good and bad hours. All that apply are computed, and the least sure of them decides.
 */

import { bcaMean } from '../../statistics/bootstrap';
import { blockInterval, clusterRobustMean } from '../../statistics/clusters';
import { satterthwaiteDf } from '../../statistics/effective-size';
import { sampleMean, testAboveMargin, tHalfWidth } from '../../statistics/mean';
import { normalUpperTail } from '../../statistics/normal';
import { stratifiedPairedBinary, stratifiedUpperTail } from '../../statistics/stratified';
import { tangoCi, tangoZ } from '../../statistics/tango';
import type { MethodResult } from './evidence';
import type { FrameStratum, ScoredPair } from './scored-pairs';

/** Fewer clusters or blocks give an interval that is too narrow. */
const LEAST_CLUSTERS = 8;
/** Pairs of a block that has a mean worth the name. */
const LEAST_PAIRS_OF_BLOCK = 5;
/** No difference of scores in [0, 1] varies by more: what is assumed of a stratum of which fewer than two pairs are known. */
const LARGEST_VARIANCE = 1;
/** Beyond this a normal tail is 0 in double precision. */
const LARGEST_Z = 38;

export interface MethodQuestion {
  readonly scale: 'binary' | 'score';
  /** The difference that must be exceeded: minus the margin, or 0 where an improvement is to be proved. In (−1, 1). */
  readonly threshold: number;
  /** Two-sided, in (0, 1). */
  readonly conf: number;
  readonly seed: string;
}

/** Every method that applies, the plainest first. None without two pairs. */
export function differencesBy(strata: readonly FrameStratum[], question: MethodQuestion): MethodResult[] {
  if (pairsOf(strata).length < 2) return [];
  return [
    ...(question.scale === 'binary' ? [scoreTest(strata, question)] : [pairedT(strata, question), ...bootstrap(strata, question)]),
    ...clusterRobust(strata, question),
    ...blocks(strata, question),
  ];
}

/**
 * The method that decides: where all find the candidate above the threshold, the one with the largest p; where all find it below, the
 * one that is least sure of that. When they disagree, the largest p.
 */
export function decidingMethod(methods: readonly MethodResult[]): MethodResult | undefined {
  const byP = methods.toSorted((one, other) => one.p - other.p);
  const [least] = byP;
  return least !== undefined && least.p > 0.5 ? least : byP.at(-1);
}

/** The values of all pairs, moved so that their plain mean is the stratified difference and their deviations are its influences. */
function linearised(strata: readonly FrameStratum[]): readonly { readonly pair: ScoredPair; readonly value: number }[] {
  const n = pairsOf(strata).length;
  const delta = stratifiedDelta(strata);
  return strata.flatMap(({ weight, pairs }) => {
    const mean = meanDifference(pairs);
    return pairs.map((pair) => ({ pair, value: delta + ((n * weight) / pairs.length) * (pair.difference - mean) }));
  });
}

/** Candidate minus baseline over the frame. A stratum without a pair counts as no difference, and widens the interval. */
export function stratifiedDelta(strata: readonly FrameStratum[]): number {
  return strata.reduce((sum, { weight, pairs }) => sum + weight * meanDifference(pairs), 0);
}

export function pairsOf(strata: readonly FrameStratum[]): ScoredPair[] {
  return strata.flatMap(({ pairs }) => pairs);
}

/** Discordant pairs of a stratum, as Tango's test takes them. */
export function discordantPairs(pairs: readonly ScoredPair[]): { b: number; c: number; n: number } {
  return {
    b: pairs.filter(({ difference }) => difference > 0).length,
    c: pairs.filter(({ difference }) => difference < 0).length,
    n: pairs.length,
  };
}

/** Mean of a stratified sample of values in [−1, 1], its standard error, and the degrees of freedom of that. */
export function stratifiedMean(
  strata: readonly FrameStratum[],
  pick: (pair: ScoredPair) => number,
): { readonly mean: number; readonly se: number; readonly df: number } {
  const parts = strata.map(({ weight, pairs }) => {
    const values = pairs.map(pick);
    if (values.length >= 2) return { weight, n: values.length, mean: sampleMean(values).mean, variance: sampleMean(values).sd ** 2 };
    // Taken as two values that vary as much as any can.
    return { weight, n: 2, mean: values[0] ?? 0, variance: 2 * LARGEST_VARIANCE };
  });
  const mean = parts.reduce((sum, part) => sum + part.weight * part.mean, 0);
  const se = Math.sqrt(parts.reduce((sum, { weight, variance, n }) => sum + (weight ** 2 * variance) / n, 0));
  const [weights, variances, sizes] = [parts.map(({ weight }) => weight), parts.map(({ variance }) => variance), parts.map(({ n }) => n)];
  return { mean, se, df: se === 0 ? sizes.reduce((sum, n) => sum + n - 1, 0) : satterthwaiteDf(weights, variances, sizes) };
}

function scoreTest(strata: readonly FrameStratum[], { threshold, conf }: MethodQuestion): MethodResult {
  const [only, ...others] = strata;
  if (others.length === 0) {
    const pairs = discordantPairs(only!.pairs);
    const [low, high] = tangoCi(pairs, conf);
    const z = Math.max(-LARGEST_Z, Math.min(LARGEST_Z, tangoZ(pairs, threshold)));
    return { method: 'tango', delta: (pairs.b - pairs.c) / pairs.n, low, high, p: normalUpperTail(z) };
  }
  // Of a stratum without a pair nothing is known; one pair without a difference leaves it nearly every difference there can be.
  const counted = strata.map(({ size, pairs }) =>
    pairs.length === 0 ? { N: size, n: 1, b: 0, c: 0 } : { N: size, ...discordantPairs(pairs) },
  );
  const { delta, moverLo, moverHi } = stratifiedPairedBinary(counted, conf);
  return { method: 'mover', delta, low: moverLo, high: moverHi, p: stratifiedUpperTail(counted, threshold) };
}

function pairedT(strata: readonly FrameStratum[], { threshold, conf }: MethodQuestion): MethodResult {
  const { mean, se, df } = stratifiedMean(strata, ({ difference }) => difference);
  return tResult('paired-t', mean, se, df, threshold, conf);
}

function bootstrap(strata: readonly FrameStratum[], { threshold, conf, seed }: MethodQuestion): MethodResult[] {
  if (strata.some(({ pairs }) => pairs.length < 2)) return [];
  const resampled = strata.map(({ weight, pairs }) => ({ weight, values: pairs.map(({ difference }) => difference) }));
  const { mean, low, high, p } = bcaMean(resampled, { conf, bound: threshold, seed: `${seed}/bootstrap` });
  return [{ method: 'bootstrap', delta: mean, low, high, p }];
}

function clusterRobust(strata: readonly FrameStratum[], { threshold, conf }: MethodQuestion): MethodResult[] {
  const groups = groupedBy(strata, ({ cluster }) => cluster);
  if (groups.size < LEAST_CLUSTERS || groups.size === pairsOf(strata).length) return [];
  // Only its standard error is used: its own test knows no margin of 0.
  const { mean, seCluster } = clusterRobustMean(Object.fromEntries(groups), 1);
  return [tResult('cluster-robust', mean, seCluster, groups.size - 1, threshold, conf)];
}

function blocks(strata: readonly FrameStratum[], { threshold, conf }: MethodQuestion): MethodResult[] {
  const full = [...groupedBy(strata, ({ block }) => String(block)).values()].filter(({ length }) => length >= LEAST_PAIRS_OF_BLOCK);
  if (full.length < LEAST_CLUSTERS) return [];
  const deltas = full.map((values) => sampleMean(values).mean);
  const { mean, lo, hi } = blockInterval(deltas, conf);
  const { p } = testAboveMargin(mean, sampleMean(deltas).se, -threshold, deltas.length - 1);
  return [{ method: 'blocks', delta: mean, low: lo, high: hi, p }];
}

/** The linearised values by something that tasks have in common. */
export function groupedBy(strata: readonly FrameStratum[], keyOf: (pair: ScoredPair) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { pair, value } of linearised(strata)) {
    const group = groups.get(keyOf(pair));
    if (group === undefined) groups.set(keyOf(pair), [value]);
    else group.push(value);
  }
  return groups;
}

function tResult(method: MethodResult['method'], mean: number, se: number, df: number, threshold: number, conf: number): MethodResult {
  const half = tHalfWidth(se, df, conf);
  return { method, delta: mean, low: mean - half, high: mean + half, p: testAboveMargin(mean, se, -threshold, df).p };
}

function meanDifference(pairs: readonly ScoredPair[]): number {
  return pairs.length === 0 ? 0 : pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length;
}
