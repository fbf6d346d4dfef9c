/**
 * The judgement of one pass over one class: is the candidate good enough, proven on the same tasks as the baseline?
 *
 * A candidate must prove that it is not worse than tolerated. Few data, failed calls, unscored answers and money that ran out prove
 * nothing, and what proves nothing changes nothing. A price plays no part in the verdict.
 */

import { smallestDecidableN } from '../../statistics/sample-size';
import type { Candidate, SamplePlan } from '../findings';
import type { ProofSettings } from '../settings';
import type { Comparison, Pair } from './evidence';
import { JUDGE_PROBLEMS, type JudgeEvidence, type JudgeTerms, judgeEvidence } from './judge-evidence';
import { judgedPairs } from './judged-pairs';
import { pairsOf, stratifiedDelta } from './methods';
import { costFigures, costPerSuccesses, latencyFigures } from './paired-amounts';
import { judgeQuality, LOOKS, type QualityJudgement, type QualityTerms } from './quality';
import { excludedCounts, type ScoredPair, SUCCESS, scaleOf, scoredStrata, sentinelCounts } from './scored-pairs';
import { sensitivityOf } from './sensitivity';
import { verdictSentence } from './sentence';
import { meanQuality } from './vetoes';

/** Sentinels that the scoring must find to be trusted: of fewer than ten, all. */
const SENTINELS_TO_CATCH = 0.9;
/** What makes the scores themselves worth nothing, whatever they say. */
const DISTRUSTED: ReadonlySet<string> = new Set(['SENTINELS_MISSED', ...JUDGE_PROBLEMS]);
/** Worst tasks that are named. */
const WORST = 5;
/** Formulas need a margin below 1, and one above 0 to count pairs with. */
const [LEAST_MARGIN, LARGEST_MARGIN] = [0.001, 0.999];
/** What a level of error may be, whatever the settings say: above, nothing is proved, and below, no sample is large enough. */
const [LEAST_ALPHA, LARGEST_ALPHA] = [1e-6, 0.25];
/** Numbers are stored to this: the last digits of an exponential differ from machine to machine. */
const DIGITS = 1e9;

export interface PassToCompare {
  readonly pass: 1 | 2;
  readonly baseline: string;
  readonly candidate: string;
  /** An upgrade must be better than the baseline; everything else, not worse than tolerated. */
  readonly kind: Candidate['kind'];
  /** All pairs of the proposal; those of other passes are not counted again. */
  readonly pairs: readonly Pair[];
  /** Of this pass. */
  readonly strata: SamplePlan['strata'];
  /** Judgements of earlier passes, of this or of another candidate. */
  readonly earlier: readonly Pick<Comparison, 'candidate' | 'p'>[];
  /** Agreed tolerance, and what earlier changes have left of it; 0 or less: no loss is accepted any more. */
  readonly tolerance: number;
  readonly margin: number;
  readonly floor: number | null;
  readonly proof: Pick<ProofSettings, 'alpha' | 'catastrophicCap' | 'maxLatencyRatio'>;
  /** A stricter bound of the class's p than alpha: the class left this model a short time ago. */
  readonly maxP?: number;
  /** What the sample was planned with. */
  readonly planned: { readonly power: number; readonly discordance: number };
  /** Whose verdicts count where no grader gave scores; absent: nobody's. */
  readonly judge?: JudgeTerms;
  /** Fixes the resamples. */
  readonly seed: string;
}

/**
 * Judges a pass. Every number is rounded to 1e-9. Never throws over what was measured: no data are INCONCLUSIVE, and a scoring that
 * cannot tell good from bad is INVALID.
 */
export function comparePass(input: PassToCompare): Comparison {
  const answered = input.pairs.filter(({ pass }) => pass === input.pass);
  const pairs = input.judge === undefined ? answered : judgedPairs(answered);
  const judge = input.judge && judgeEvidence(pairs, input.judge, input.margin);
  const strata = scoredStrata(pairs, input.strata, 'left-out');
  const scored = pairsOf(strata);
  const scale = scaleOf(pairs);
  const terms = termsOf(input, scale, judge);
  const judged = judgeQuality(strata, terms);
  const excluded = excludedCounts(pairs);
  const worstStrata = scoredStrata(pairs, input.strata, 'lost');
  const worst = Object.keys(excluded).length === 0 ? judged : judgeQuality(worstStrata, terms);
  const { isSurelyTooSlow, ...latencyMs } = latencyFigures(scored, input.proof.maxLatencyRatio);
  const sentinels = sentinelCounts(pairs);
  const isBlind = sentinels.drawn > 0 && (sentinels.pairs === 0 || sentinels.caught < SENTINELS_TO_CATCH * sentinels.pairs);

  const flags = flagsOf(judged, terms.threshold, {
    hasPairs: scored.length > 0,
    isBlind,
    isTooSlow: latencyMs.isTooSlow,
    isFlipped: judged.verdict === 'PASS' && worst.verdict !== 'PASS',
    judge: {
      problems: judge?.problems ?? [],
      isLeaning: isLeaning(judge, input),
    },
  });
  const { delta, low, high, p } = judged.deciding ?? { delta: stratifiedDelta(strata), low: -1, high: 1, p: 1 };
  const comparison: Omit<Comparison, 'sentence'> = {
    pass: input.pass,
    baseline: input.baseline,
    candidate: input.candidate,
    scale,
    pairs: scored.length,
    excluded,
    cells: cellsOf(scored),
    wins: scored.filter(({ difference }) => difference > 0).length,
    ties: scored.filter(({ difference }) => difference === 0).length,
    losses: scored.filter(({ difference }) => difference < 0).length,
    delta,
    tolerance: input.tolerance,
    margin: input.margin,
    methods: judged.methods,
    deciding: judged.deciding?.method ?? 'tango',
    low,
    high,
    p,
    pClass: judged.pClass,
    strata: judged.strata,
    meanQuality: {
      baseline: meanQuality(strata, ({ baseline }) => baseline),
      candidate: meanQuality(strata, ({ candidate }) => candidate),
    },
    qualityLowerBound: judged.quality[0],
    floor: input.floor,
    catastrophic: judged.catastrophic,
    cost: costFigures(strata),
    costPerSuccessNanoUsd: costPerSuccesses(scored),
    latencyMs,
    worstCase: { delta: stratifiedDelta(worstStrata), verdict: worst.verdict },
    sentinels: { pairs: sentinels.pairs, caught: sentinels.caught },
    ...(judge === undefined ? {} : { judge }),
    ...sensitivityOf(strata, {
      scale,
      distance: distanceOf(input, judge),
      alpha: terms.alpha / LOOKS,
      power: Math.max(input.planned.power, terms.alpha),
      discordance: input.planned.discordance,
    }),
    worst: worstOf(scored),
    verdict: verdictOf(judged, { flags, isSurelyTooSlow, isConstant: isConstant(scored, sentinels.caught) }),
    flags,
  };
  return rounded({ ...comparison, sentence: verdictSentence(comparison, input.kind === 'upgrade') });
}

/** As it will be read back from its column. */
function rounded(comparison: Comparison): Comparison {
  const text = JSON.stringify(comparison, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * DIGITS) / DIGITS : value));
  return JSON.parse(text) as Comparison;
}

function termsOf(input: PassToCompare, scale: 'binary' | 'score', judge: JudgeEvidence | undefined): QualityTerms {
  const { floor, proof, earlier, candidate } = input;
  const alpha = Math.min(LARGEST_ALPHA, Math.max(LEAST_ALPHA, proof.alpha));
  const margin = judge?.correction.margin ?? input.margin;
  const harmBelow = margin > 0 ? -Math.min(LARGEST_MARGIN, margin) : 0;
  return {
    scale,
    threshold: input.kind === 'upgrade' ? 0 : harmBelow,
    harmBelow,
    floor,
    alpha,
    maxP: Math.min(alpha, input.maxP ?? 1),
    catastrophicCap: proof.catastrophicCap,
    leastPairs: smallestDecidableN(distanceOf(input, judge), alpha / LOOKS),
    // What another candidate proved says nothing of this one; the look was paid for all the same.
    earlierP: earlier.filter((judged) => judged.candidate === candidate).map(({ p }) => p),
    seed: `${input.seed}/pass ${input.pass}`,
  };
}

/**
 * People who labelled pairs of these two models show beyond doubt that the judge favours the candidate, and by what they say it may be
 * worse than is accepted. Few labels leave the second open; they stop nothing by themselves.
 */
function isLeaning(judge: JudgeEvidence | undefined, { kind, margin }: PassToCompare): boolean {
  const seen = judge?.predictionPowered;
  return seen != null && seen.leansAtLeast > 0 && seen.low <= (kind === 'upgrade' ? 0 : -Math.max(0, margin));
}

/** How far an equal candidate is from the threshold; where it must be better, the improvement that is looked for is as large as the tolerance. */
function distanceOf({ kind, margin, tolerance }: PassToCompare, judge: JudgeEvidence | undefined): number {
  const distance = (kind !== 'upgrade' && margin > 0 ? margin : tolerance) * (judge?.correction.factor ?? 1);
  return distance > LEAST_MARGIN ? Math.min(LARGEST_MARGIN, distance) : LEAST_MARGIN;
}

function flagsOf(
  { deciding, vetoes }: QualityJudgement,
  threshold: number,
  seen: {
    readonly hasPairs: boolean;
    readonly isBlind: boolean;
    readonly isTooSlow: boolean;
    readonly isFlipped: boolean;
    readonly judge: { readonly problems: JudgeEvidence['problems']; readonly isLeaning: boolean };
  },
): Comparison['flags'] {
  if (!seen.hasPairs) return ['NO_DATA'];
  return [
    ...(deciding !== undefined && deciding.low > 0 ? (['SUPERIOR'] as const) : []),
    ...(deciding !== undefined && deciding.high < 0 && deciding.low > threshold ? (['WORSE_WITHIN_TOLERANCE'] as const) : []),
    ...vetoes,
    ...(seen.isTooSlow ? (['TOO_SLOW'] as const) : []),
    ...(seen.isFlipped ? (['WORST_CASE_FLIPS'] as const) : []),
    ...(seen.isBlind ? (['SENTINELS_MISSED'] as const) : []),
    ...(seen.judge.isLeaning ? (['JUDGE_LEANS'] as const) : []),
    ...seen.judge.problems,
  ];
}

function verdictOf(
  judged: QualityJudgement,
  { flags, ...seen }: { readonly flags: Comparison['flags']; readonly isSurelyTooSlow: boolean; readonly isConstant: boolean },
): Comparison['verdict'] {
  if (flags.includes('NO_DATA')) return 'INCONCLUSIVE';
  if (flags.some((flag) => DISTRUSTED.has(flag)) || seen.isConstant) return 'INVALID';
  if (seen.isSurelyTooSlow) return 'FAIL';
  const isStopped = flags.includes('TOO_SLOW') || flags.includes('WORST_CASE_FLIPS') || flags.includes('JUDGE_LEANS');
  return judged.verdict === 'PASS' && isStopped ? 'INCONCLUSIVE' : judged.verdict;
}

/**
 * Every answer has the same score, and nothing shows that the scoring could have given another: it found no sentinel to be bad, or it
 * finds everything so.
 */
function isConstant(pairs: readonly ScoredPair[], sentinelsCaught: number): boolean {
  const [first] = pairs;
  if (first === undefined) return false;
  const isSame = pairs.every(({ baseline, candidate }) => baseline === first.baseline && candidate === first.baseline);
  return isSame && (first.baseline < SUCCESS || sentinelsCaught === 0);
}

function cellsOf(pairs: readonly ScoredPair[]): Comparison['cells'] {
  const cells = { a: 0, b: 0, c: 0, d: 0 };
  for (const { baseline, candidate } of pairs) {
    if (candidate >= SUCCESS) cells[baseline >= SUCCESS ? 'a' : 'b'] += 1;
    else cells[baseline >= SUCCESS ? 'c' : 'd'] += 1;
  }
  return cells;
}

/** On which the candidate lost most; of equal losses, the first by id. */
function worstOf(pairs: readonly ScoredPair[]): Comparison['worst'] {
  return pairs
    .filter(({ difference }) => difference < 0)
    .toSorted((one, other) => one.difference - other.difference || (one.taskId < other.taskId ? -1 : 1))
    .slice(0, WORST)
    .map(({ taskId, baseline, candidate }) => ({ taskId, baseline, candidate }));
}
