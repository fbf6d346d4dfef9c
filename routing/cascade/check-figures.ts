/**
 * How good the check of a step is, as far as graded answers show it. A check is a test for bad answers: its sensitivity is the share of
 * bad answers that it fails, its specificity the share of good answers that it passes.
 */

import { type Interval, wilson } from '../statistics/rates';
import type { NanoUsd } from '../units';
import type { CheckKind } from './check';

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
}

export function figuresOfCheck(counts: CheckCounts): CheckFigures {
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
  };
}

function shareOf(count: number, of: number): MeasuredShare | null {
  return of === 0 ? null : { of, share: count / of, interval: wilson(count, of, CONFIDENCE) };
}
