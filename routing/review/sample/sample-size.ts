/** How many pairs a proof needs, asked before any money is spent on it. */

import { samplePairedBinaryNIScore, samplePairedMeanNI, smallestDecidableN } from '../../statistics/sample-size';
import { LOOKS } from '../prove/quality';
import type { ReviewSettings } from '../settings';

export interface SampleSize {
  /** Pairs that a pass is planned for, within the limits of the settings. */
  readonly wanted: number;
  /** Fewest that could prove anything, were both models to agree on every one. */
  readonly needed: number;
}

/** A tolerance of everything is tested as one of nearly everything: the formulas want a loss below 1. */
const LARGEST_MARGIN = 0.99;

/** Scores that all agree still leave room for a difference; no plan rests on less spread. */
const LEAST_SCORE_SD = 0.05;

/**
 * Pairs of a pass at what is left of the tolerance.
 *
 * Successes and failures are planned at the discordance of the settings. Scores are planned at the spread of one model's scores: the
 * difference of two answers that correlate by one half spreads as much as one answer. It is never put above that of a success or
 * failure at the same discordance. Every pass is planned to be as sure as one of two looks, because both are paid for.
 *
 * @param margin  tolerance left, > 0
 * @param scoreSd standard deviation of the baseline's scores; absent when they are successes and failures
 * @throws {RangeError} when margin is not above 0
 */
export function sampleSize(margin: number, { replay, proof }: Pick<ReviewSettings, 'replay' | 'proof'>, scoreSd?: number): SampleSize {
  const tested = Math.min(margin, LARGEST_MARGIN);
  const alpha = proof.alpha / LOOKS;
  const spread = Math.sqrt(replay.discordance);
  const planned =
    scoreSd === undefined
      ? samplePairedBinaryNIScore({
          margin: tested,
          discordance: replay.discordance,
          alphaOneSided: alpha,
          power: replay.power,
          trueDelta: 0,
        })
      : samplePairedMeanNI(tested, Math.min(spread, Math.max(LEAST_SCORE_SD, scoreSd)), alpha, replay.power);
  return { wanted: withinLimits(planned, replay), needed: smallestDecidableN(tested, alpha) };
}

/** Share of the pairs that are wanted, below which a pass is not begun for want of money: see `leastPairs`. */
const LEAST_SHARE = 0.5;

/**
 * The fewest pairs that money is spent on. A class that has no more tasks gives what it has; but where the money is short, a small
 * part of what the power asks for would most likely prove nothing, and the candidate would have to rest for it.
 */
export function leastPairs({ wanted, needed }: SampleSize, available: number, minPairs: number): number {
  return Math.min(available, Math.max(minPairs, needed, Math.ceil(LEAST_SHARE * wanted)));
}

/** A number of pairs within the limits of one pass. */
export function withinLimits(pairs: number, { minPairs, maxPairs }: Pick<ReviewSettings['replay'], 'minPairs' | 'maxPairs'>): number {
  return Math.min(maxPairs, Math.max(minPairs, pairs));
}
