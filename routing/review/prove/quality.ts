/** What the scores of a pass prove of the candidate: one of three verdicts, with every number that it rests on. */

import { combinePasses } from '../../statistics/multiple-testing';
import type { Comparison, MethodResult, StratumResult } from './evidence';
import { decidingMethod, differencesBy, pairsOf } from './methods';
import type { FrameStratum } from './scored-pairs';
import { candidateQuality, catastrophicDrops, stratumResults } from './vetoes';

/** Both looks at a class are paid for, whether or not the second was used: whether to use it was decided from the data. */
export const LOOKS = 2;

/** What is to be proved. */
export interface QualityTerms {
  readonly scale: 'binary' | 'score';
  /** The difference that must be exceeded, candidate minus baseline, in (−1, 1). */
  readonly threshold: number;
  /** A stratum that is worse than this by all it may be stops the change. */
  readonly harmBelow: number;
  readonly floor: number | null;
  /** One-sided, in (0, 0.5). */
  readonly alpha: number;
  /** The class's p over its passes may not be above this. */
  readonly maxP: number;
  readonly catastrophicCap: number;
  /** With fewer pairs, not even equal answers to every task would be a proof. */
  readonly leastPairs: number;
  /** p of the earlier passes of this candidate. */
  readonly earlierP: readonly number[];
  readonly seed: string;
}

export interface QualityJudgement {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  readonly methods: readonly MethodResult[];
  /** Undefined without two pairs. */
  readonly deciding: MethodResult | undefined;
  readonly pClass: number;
  readonly strata: readonly StratumResult[];
  readonly quality: readonly [low: number, high: number];
  readonly catastrophic: { readonly count: number; readonly upper: number };
  readonly vetoes: readonly Extract<Comparison['flags'][number], 'STRATUM_VETO' | 'BELOW_FLOOR' | 'CATASTROPHIC'>[];
}

/**
 * PASS: the difference is above the threshold with all certainty that is asked for, and no veto speaks. FAIL: it is below the
 * threshold as surely, or a stratum is, or the candidate is below the floor or above the cap of catastrophes as surely. INCONCLUSIVE:
 * everything else, no data first of all.
 */
export function judgeQuality(strata: readonly FrameStratum[], terms: QualityTerms): QualityJudgement {
  const { scale, threshold, harmBelow, floor, alpha, maxP, catastrophicCap, leastPairs, earlierP, seed } = terms;
  const pairs = pairsOf(strata);
  const conf = 1 - 2 * alpha;
  const methods = differencesBy(strata, { scale, threshold, conf, seed });
  const deciding = decidingMethod(methods);
  const pClass = combinePasses([...earlierP, deciding?.p ?? 1], LOOKS);
  const results = stratumResults(strata, { scale, harmBelow, alpha });
  const quality = candidateQuality(strata, scale, conf);
  const { lower, ...catastrophic } = catastrophicDrops(pairs, scale);

  const vetoes: QualityJudgement['vetoes'][number][] = [];
  if (results.some(({ isVeto }) => isVeto)) vetoes.push('STRATUM_VETO');
  if (floor !== null && quality[0] < floor) vetoes.push('BELOW_FLOOR');
  if (catastrophic.upper > catastrophicCap) vetoes.push('CATASTROPHIC');

  const isHarmful =
    (deciding !== undefined && deciding.high < threshold) ||
    vetoes.includes('STRATUM_VETO') ||
    (floor !== null && quality[1] < floor) ||
    lower > catastrophicCap;
  const isProven = deciding !== undefined && pairs.length >= leastPairs && deciding.low > threshold && pClass <= maxP;
  const verdict = isHarmful ? 'FAIL' : isProven && vetoes.length === 0 ? 'PASS' : 'INCONCLUSIVE';
  return { verdict, methods, deciding, pClass, strata: results, quality, catastrophic, vetoes };
}
