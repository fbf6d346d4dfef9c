/**
 * The answers of a pass as numbers, by stratum of the frame: what all figures of a comparison are computed from.
 *
 * What says nothing of a model is left out of both arms and counted; what a model failed at by itself scores 0.
 */

import type { NanoUsd } from '../../units';
import type { SampleStratum } from '../findings';
import type { Pair, PairedAnswer } from './evidence';

/** A score from which an answer counts as a success. */
export const SUCCESS = 0.5;

/** A pair that compares. */
export interface ScoredPair {
  readonly taskId: string;
  readonly cluster: string;
  readonly block: number;
  /** Scores in [0, 1]. */
  readonly baseline: number;
  readonly candidate: number;
  /** Candidate minus baseline. */
  readonly difference: number;
  /** Gave nothing that could be scored. */
  readonly isFailed: { readonly baseline: boolean; readonly candidate: boolean };
  readonly costNanoUsd: { readonly baseline: NanoUsd; readonly candidate: NanoUsd };
  readonly latencyMs: { readonly baseline: number | undefined; readonly candidate: number | undefined };
}

/** A stratum of the frame with its pairs; there may be none. */
export interface FrameStratum {
  readonly name: string;
  /** Tasks of the frame, at least as many as pairs. */
  readonly size: number;
  /** Share of the frame, in (0, 1]. */
  readonly weight: number;
  readonly pairs: readonly ScoredPair[];
}

/** How excluded pairs are taken: left out, or each as a success of the baseline that the candidate failed. */
export type ExcludedAs = 'left-out' | 'lost';

/**
 * The strata of the frame with their pairs; sentinels are none. A stratum that the plan does not know is taken as large as its pairs.
 */
export function scoredStrata(pairs: readonly Pair[], plan: readonly SampleStratum[], excludedAs: ExcludedAs): FrameStratum[] {
  const byStratum = new Map<string, ScoredPair[]>(plan.filter(({ size }) => size > 0).map(({ name }) => [name, []]));
  for (const pair of pairs.filter(({ isSentinel }) => !isSentinel)) {
    const scored = exclusionOf(pair) === undefined ? scoredPair(pair) : excludedAs === 'lost' ? lostPair(pair) : undefined;
    if (!byStratum.has(pair.stratum)) byStratum.set(pair.stratum, []);
    if (scored !== undefined) byStratum.get(pair.stratum)!.push(scored);
  }
  const planned = new Map(plan.map(({ name, size }) => [name, size]));
  const sized = [...byStratum].map(([name, own]) => ({ name, size: Math.max(planned.get(name) ?? 0, own.length), pairs: own }));
  const frame = sized.reduce((sum, { size }) => sum + size, 0);
  return sized.filter(({ size }) => size > 0).map((stratum) => ({ ...stratum, weight: stratum.size / frame }));
}

/** Pairs that are left out, by reason. */
export function excludedCounts(pairs: readonly Pair[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const pair of pairs) {
    const why = pair.isSentinel ? undefined : exclusionOf(pair);
    if (why !== undefined) counts[why] = (counts[why] ?? 0) + 1;
  }
  return counts;
}

/** `binary` when every score that was given is 0 or 1. */
export function scaleOf(pairs: readonly Pair[]): 'binary' | 'score' {
  const isWhole = ({ end, score }: PairedAnswer) => end !== 'scored' || score === 0 || score === 1;
  return pairs.every(({ isSentinel, baseline, candidate }) => isSentinel || (isWhole(baseline) && isWhole(candidate))) ? 'binary' : 'score';
}

/** Sentinels that were scored, and how many of them were seen to be bad. */
export function sentinelCounts(pairs: readonly Pair[]): { readonly drawn: number; readonly pairs: number; readonly caught: number } {
  const drawn = pairs.filter(({ isSentinel }) => isSentinel);
  const scored = drawn.filter(({ candidate }) => exclusionOfAnswer(candidate) === undefined);
  return { drawn: drawn.length, pairs: scored.length, caught: scored.filter(({ candidate }) => scoreOf(candidate) < SUCCESS).length };
}

/** Why a pair compares nothing; undefined when it does. */
function exclusionOf({ baseline, candidate }: Pair): string | undefined {
  return exclusionOfAnswer(baseline) ?? exclusionOfAnswer(candidate);
}

function exclusionOfAnswer({ end, score, why }: PairedAnswer): string | undefined {
  if (end === 'excluded') return why ?? 'excluded';
  // A score that is none: the grader's fault, not the model's.
  return end === 'scored' && !(score !== undefined && score >= 0 && score <= 1) ? 'grader' : undefined;
}

function scoreOf({ end, score }: PairedAnswer): number {
  return end === 'scored' ? (score ?? 0) : 0;
}

function scoredPair({ taskId, cluster, block, baseline, candidate }: Pair): ScoredPair {
  return {
    taskId,
    cluster,
    block,
    baseline: scoreOf(baseline),
    candidate: scoreOf(candidate),
    difference: scoreOf(candidate) - scoreOf(baseline),
    isFailed: { baseline: baseline.end === 'failed', candidate: candidate.end === 'failed' },
    costNanoUsd: { baseline: baseline.costNanoUsd, candidate: candidate.costNanoUsd },
    latencyMs: { baseline: baseline.latencyMs, candidate: candidate.latencyMs },
  };
}

function lostPair(pair: Pair): ScoredPair {
  return { ...scoredPair(pair), baseline: 1, candidate: 0, difference: -1, isFailed: { baseline: false, candidate: true } };
}
