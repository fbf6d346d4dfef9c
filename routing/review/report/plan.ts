/** How an approved proposal will reach traffic, and what would stop it, fixed before anybody is asked to approve it. */

import type { Finding } from '../findings';
import type { Comparison } from '../prove/evidence';
import { differenceToPeople } from '../prove/judge-correction';
import type { RolloutPlan } from '../rollout/rollout-plan';
import type { ReviewSettings } from '../settings';
import { counted, duration, percent, points } from './words';

/** Days that a month of the screen has. */
const DAYS_PER_MONTH = 30;

/** The rollout of a change that its last comparison proved. */
export function rolloutPlanOf(
  { tasksPerMonth, screened = [] }: Pick<Finding, 'tasksPerMonth'> & Partial<Pick<Finding, 'screened'>>,
  proof: Comparison,
  { canary, stability, watch }: ReviewSettings,
): RolloutPlan {
  return {
    baseline: proof.baseline,
    candidate: proof.candidate,
    scale: proof.scale,
    tolerance: proof.tolerance,
    approvedLevel: approvedLevelOf(proof, screened),
    approvedDelta: differenceToPeople(proof),
    canary,
    stability,
    watch,
    tasksPerDay: tasksPerMonth / DAYS_PER_MONTH,
  };
}

/**
 * The level that live scores are held to. A judge says which answer is better and not how good either is: then it is what the class
 * is believed to reach now, and the difference that the judge saw.
 */
function approvedLevelOf(proof: Comparison, screened: Finding['screened']): number {
  const known = proof.judge && screened.find(({ model }) => model === proof.baseline);
  return known === undefined ? proof.meanQuality.candidate : Math.min(1, Math.max(0, known.shrunk + differenceToPeople(proof)));
}

/** What stops, holds or takes back a rollout, and what it must show to be promoted, one rule to a sentence. */
export function rolloutRules({ baseline, tolerance, approvedLevel, canary, watch }: RolloutPlan): readonly string[] {
  return [
    `Stopped at once: one task on a model that is not approved for its privacy tier or residency.`,
    `Taken back to ${baseline}: the candidate is worse than its control beyond doubt, and by ${points(tolerance)} points or more; or its calls fail beyond doubt more often than ${percent(canary.errorRateLimit)} and than the control's. The two monitors share an error of ${percent(canary.alpha)}.`,
    `Paused for a person: the arms get unequal shares of the tasks (p < ${canary.sampleRatioAlarm}), the provider is out, ${counted(canary.inconclusiveLimit, 'look')} in a row say nothing, or ${counted(canary.consecutiveErrorLimit, 'look')} in a row fail.`,
    `Held for a person: undecided after ${duration(canary.deadlineMs)}, or cost or latency are for certain beyond what was approved.`,
    `Promoted: every step has its tasks and its time, and the candidate's lower bound against the control is above −${points(canary.marginFactor * tolerance)} points; then ${duration(canary.soakMs)} on the candidate with ${percent(canary.holdback)} on the old route.`,
    `Without its control plane: the weight lapses after ${duration(canary.leaseMs)}, and every task is on the old route again.`,
    `Watched after promotion for ${duration(watch.durationMs)}: taken back when quality falls by ${points(watch.drop)} points from ${points(approvedLevel)} of 100, the level that was approved, corrected by what canary and soak show.`,
  ];
}
