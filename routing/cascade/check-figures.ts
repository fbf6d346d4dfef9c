/**
 * How good the check of a step is, as far as graded answers show it. A check is a test for bad answers: its sensitivity is the share of
 * bad answers that it fails, its specificity the share of good answers that it passes.
 */

import { type Interval, wilson } from '../statistics/rates';
import type { NanoUsd } from '../units';
import type { CheckKind } from './check';
import { breakEvenAccuracy, type CascadeTerms, cascadePays, cascadeProspect, plainProspects } from './economics';

/** Confidence of every interval here. */
const CONFIDENCE = 0.95;

/** What was counted of one check: of a class, at a step's model. */
export interface CheckCounts {
  readonly taskClass: string;
  readonly model: string;
  readonly check: CheckKind;
  readonly passed: number;
  readonly failed: number;
  readonly crashed: number;
  /** Of those that passed or failed, by the grade of the answer; one with a score of 0.5 or more is good. */
  readonly goodPassed: number;
  readonly goodFailed: number;
  readonly badPassed: number;
  readonly badFailed: number;
  /** Of all its calls; 0 for a check that asks no model. */
  readonly costNanoUsd: NanoUsd;
  /** From each answer to its result, all together, in milliseconds. */
  readonly delayMs: number;
  /** Tasks in which a later step answered. */
  readonly escalated: number;
  /** What graded tasks cost and reached, as far as there are any; null where there is none of the kind. */
  readonly graded: GradedMeans;
}

/** Means over graded tasks: of the step, and of all that followed where its check failed. */
export interface GradedMeans {
  readonly costNanoUsd: NanoUsd | null;
  /** Score of the step's own answers, good and bad ones apart. */
  readonly goodScore: number | null;
  readonly badScore: number | null;
  /** Score of the answer that was given, and cost of the later steps, where a good or a bad answer failed its check. */
  readonly givenAfterGood: number | null;
  readonly givenAfterBad: number | null;
  readonly laterCostAfterGood: NanoUsd | null;
  readonly laterCostAfterBad: NanoUsd | null;
}

/** What the cascade does against sending every task to the later steps at once, as measured. */
export interface Worth {
  /** Share of the cost; negative: it costs more. */
  readonly saved: number;
  /** Difference of mean scores, in [−1, 1]. */
  readonly qualityChange: number;
  /** It saves, loses no more than the tolerance, and beats a random mix. */
  readonly pays: boolean;
  /** How right a check would have to be, on good and bad answers alike; null: none would be right enough. */
  readonly neededAccuracy: number | null;
}

/** A share with its 95 % interval by Wilson, each in [0, 1]; null where nothing was counted. */
export interface MeasuredShare {
  readonly of: number;
  readonly share: number;
  readonly interval: Interval;
}

export interface CheckFigures extends CheckCounts {
  /** Answers that it was asked about. */
  readonly answers: number;
  /** Of those it had a word on. */
  readonly passRate: MeasuredShare | null;
  readonly sensitivity: MeasuredShare | null;
  readonly specificity: MeasuredShare | null;
  readonly escalationRate: MeasuredShare | null;
  readonly meanCostNanoUsd: NanoUsd;
  readonly meanDelayMs: number;
  /** Null until good and bad answers were graded, and some of both went on. */
  readonly worth: Worth | null;
}

/** @param margin the loss of quality that the class tolerates, in [0, 1] */
export function figuresOfCheck(counts: CheckCounts, margin: number): CheckFigures {
  const { passed, failed, crashed, goodPassed, goodFailed, badPassed, badFailed, escalated } = counts;
  const answers = passed + failed + crashed;
  return {
    ...counts,
    answers,
    passRate: shareOf(passed, passed + failed),
    sensitivity: shareOf(badFailed, badFailed + badPassed),
    specificity: shareOf(goodPassed, goodPassed + goodFailed),
    escalationRate: shareOf(escalated, answers),
    meanCostNanoUsd: answers === 0 ? 0 : Math.round(counts.costNanoUsd / answers),
    meanDelayMs: answers === 0 ? 0 : Math.round(counts.delayMs / answers),
    worth: worthOf(counts, margin),
  };
}

function worthOf({ graded, goodPassed, goodFailed, badPassed, badFailed, ...counts }: CheckCounts, margin: number): Worth | null {
  const { costNanoUsd, goodScore, badScore, givenAfterGood, givenAfterBad, laterCostAfterGood, laterCostAfterBad } = graded;
  if (costNanoUsd === null || goodScore === null || badScore === null) return null;
  if (givenAfterGood === null || givenAfterBad === null || laterCostAfterGood === null || laterCostAfterBad === null) return null;
  const [good, bad] = [goodPassed + goodFailed, badPassed + badFailed];
  const terms: CascadeTerms = {
    cheapCostNanoUsd: costNanoUsd,
    checkCostNanoUsd: counts.costNanoUsd / (counts.passed + counts.failed + counts.crashed),
    good: { share: good / (good + bad), cheapQuality: goodScore, strongQuality: givenAfterGood, strongCostNanoUsd: laterCostAfterGood },
    bad: { share: bad / (good + bad), cheapQuality: badScore, strongQuality: givenAfterBad, strongCostNanoUsd: laterCostAfterBad },
  };
  const accuracy = { sensitivity: badFailed / bad, specificity: goodPassed / good };
  const { strong } = plainProspects(terms);
  const prospect = cascadeProspect(terms, accuracy);
  return {
    saved: 1 - prospect.costNanoUsd / strong.costNanoUsd,
    qualityChange: prospect.quality - strong.quality,
    pays: cascadePays(terms, accuracy, margin),
    neededAccuracy: breakEvenAccuracy(terms, margin) ?? null,
  };
}

function shareOf(count: number, of: number): MeasuredShare | null {
  return of === 0 ? null : { of, share: count / of, interval: wilson(count, of, CONFIDENCE) };
}
