/**
 * What a replay gives, and what is concluded from it. The comparison is computed once, in an activity, and stored with every
 * number rounded: workflows and people read the stored words.
 */

import type { Judgements, PairVerdict } from '../../judging/judgement';
import type { CostRatio } from '../../statistics/cost-ratio';
import type { NanoUsd } from '../../units';
import type { EvidenceVerdict } from '../states';
import type { JudgeEvidence, JudgeProblem } from './judge-evidence';

/** One task answered by both models. */
export interface Pair {
  readonly taskId: string;
  readonly stratum: string;
  /** What makes tasks alike beside their stratum: the tenant, the conversation; the task's own id when there is nothing. */
  readonly cluster: string;
  /** Consecutive part of the pass, from 0. */
  readonly block: number;
  /** Pass it was drawn for. */
  readonly pass: 1 | 2;
  readonly isSentinel: boolean;
  /** Both answers are those of an earlier evaluation: nothing was paid for them now. */
  readonly isKnown?: boolean;
  readonly baseline: PairedAnswer;
  readonly candidate: PairedAnswer;
  /** What a judge said of the two answers, in each order; absent: none was asked. */
  readonly judgements?: Judgements;
  /** Its scores are a judge's. */
  readonly judged?: { readonly verdict: PairVerdict; readonly isFlipped: boolean };
}

/** One model's answer to a task. */
export interface PairedAnswer {
  /**
   * `scored`: it has a score. `failed`: timeout, refusal, unparsable or empty; counts as score 0 (intention to treat). `excluded`: the
   * provider was out, the grader failed, or money or time ended; says nothing of the model.
   */
  readonly end: 'scored' | 'failed' | 'excluded';
  /** In [0, 1]; present when scored. */
  readonly score?: number;
  /** For `excluded` and `failed`: why, a failure class or `grader`. */
  readonly why?: string;
  readonly costNanoUsd: NanoUsd;
  readonly latencyMs?: number;
}

/** One way to an interval of the difference of qualities. */
export interface MethodResult {
  readonly method: 'tango' | 'mover' | 'paired-t' | 'bootstrap' | 'cluster-robust' | 'blocks';
  /** Candidate minus baseline. */
  readonly delta: number;
  readonly low: number;
  readonly high: number;
  /** One-sided p-value of "worse by the margin or more". */
  readonly p: number;
}

/** A stratum of the comparison. */
export interface StratumResult {
  readonly name: string;
  /** Share of the frame, in [0, 1]. */
  readonly weight: number;
  readonly pairs: number;
  readonly delta: number;
  readonly low: number;
  readonly high: number;
  /** Its upper bound is below the margin: harm that the average hides. */
  readonly isVeto: boolean;
}

/** Amounts of one arm. */
export interface ArmAmounts {
  readonly n: number;
  readonly mean: number;
  readonly sd: number;
  readonly p50: number;
  readonly p95: number;
}

/** The judgement of one class's replay. */
export interface Comparison {
  readonly pass: 1 | 2;
  readonly baseline: string;
  readonly candidate: string;
  /** `binary`: success or not; `score`: a score in [0, 1]. */
  readonly scale: 'binary' | 'score';
  readonly pairs: number;
  readonly excluded: Readonly<Record<string, number>>;
  /** Both succeed, candidate only, baseline only, neither; a score of at least one half is a success on the `score` scale. */
  readonly cells: { readonly a: number; readonly b: number; readonly c: number; readonly d: number };
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  readonly delta: number;
  /** Agreed tolerance, and what earlier changes have left of it: what was tested against. */
  readonly tolerance: number;
  readonly margin: number;
  readonly methods: readonly MethodResult[];
  /** The widest, which decides. */
  readonly deciding: MethodResult['method'];
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** Over the passes so far; paid for two whether or not the second was used. */
  readonly pClass: number;
  readonly strata: readonly StratumResult[];
  readonly meanQuality: { readonly baseline: number; readonly candidate: number };
  /** Lower bound of the candidate's quality, to be above the floor. */
  readonly qualityLowerBound: number;
  readonly floor: number | null;
  /** From success to total failure, with the upper bound of its rate. */
  readonly catastrophic: { readonly count: number; readonly upper: number };
  readonly cost: { readonly baseline: ArmAmounts; readonly candidate: ArmAmounts; readonly ratio: CostRatio | null };
  readonly costPerSuccessNanoUsd: { readonly baseline: number | null; readonly candidate: number | null };
  readonly latencyMs: { readonly baseline: ArmAmounts; readonly candidate: ArmAmounts; readonly isTooSlow: boolean };
  /** Were all excluded pairs failures of the candidate, would the verdict stand? */
  readonly worstCase: { readonly delta: number; readonly verdict: EvidenceVerdict };
  readonly sentinels: { readonly pairs: number; readonly caught: number };
  /** Present when a judge compared answers that no grader scored. */
  readonly judge?: JudgeEvidence;
  /** Pairs that would have decided with the planned power at the discordance that was seen. */
  readonly pairsNeeded: number;
  /** Smallest loss that this sample finds with the planned power. */
  readonly detectableLoss: number;
  readonly power: number;
  readonly clusters: number;
  readonly effectivePairs: number;
  readonly verdict: EvidenceVerdict;
  readonly flags: readonly (
    | 'SUPERIOR'
    | 'WORSE_WITHIN_TOLERANCE'
    | 'STRATUM_VETO'
    | 'BELOW_FLOOR'
    | 'CATASTROPHIC'
    | 'TOO_SLOW'
    | 'WORST_CASE_FLIPS'
    | 'SENTINELS_MISSED'
    | 'NO_DATA'
    | 'JUDGE_LEANS'
    | JudgeProblem
  )[];
  /** The verdict in one plain sentence. */
  readonly sentence: string;
  /** Tasks on which the candidate did worst against the baseline, worst first, at most five. */
  readonly worst: readonly { readonly taskId: string; readonly baseline: number; readonly candidate: number }[];
}
