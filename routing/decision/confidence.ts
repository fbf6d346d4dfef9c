/**
 * How sure a decision is, as one number that a person can compare between decisions.
 */

import type { ClassPerformance } from './knowledge';
import type { ScoredModel } from './score';

/** A lead of this much over the next best model is a clear one: half of what one tier of misfit costs by default weights. */
const CLEAR_LEAD = 0.1;

/** How many outcomes or ratings are half of full evidence. */
const HALF_EVIDENCE = 10;

/** Shares of the three parts. Fit counts most: it is what the task is about; evidence can only come with time. */
const SHARES = { fit: 0.5, evidence: 0.3, lead: 0.2 } as const;

/**
 * Confidence in [0, 100], an integer: how well the model's tier and strengths fit the task, how much is known of it on such
 * tasks, and how far it is ahead of the next best. A model below the task's tier or a first meeting is never sure.
 *
 * @param performance  of the chosen model on the task's class
 * @param runnerUp     best of the models it was chosen among; absent when there was no other
 * @param isByPolicy   a person approved this route: that is full evidence, and nothing competes with it
 */
export function confidenceIn(
  chosen: ScoredModel,
  performance: ClassPerformance | undefined,
  runnerUp: ScoredModel | undefined,
  isByPolicy: boolean,
): number {
  const observations = Math.max(performance?.attempts ?? 0, chosen.ratings);
  const evidence = isByPolicy ? 1 : observations / (observations + HALF_EVIDENCE);
  const lead = isByPolicy || runnerUp === undefined ? CLEAR_LEAD : chosen.candidate.score - runnerUp.candidate.score;
  const leadShare = Math.min(1, Math.max(0, lead / CLEAR_LEAD));
  const fit = chosen.candidate.factors.capability;
  return Math.round(100 * (SHARES.fit * fit + SHARES.evidence * evidence + SHARES.lead * leadShare));
}
