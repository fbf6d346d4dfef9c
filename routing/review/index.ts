/**
 * The judgement of a review, one step at a time, for programs that drive it themselves: `signalbox/review`. Everything is pure: what is
 * known goes in as arguments, what follows comes back. docs/statistics.md has the steps in their order.
 */

export type { Catalogue, Model } from '../catalogue';
export { DEFAULT_POLICY, type Policy } from '../decision/policy';
export type { RouteChange } from './change';
export type { Analysis, ClassFigures, ModelFigures } from './figures/figures';
export type { Candidate, Finding, SamplePlan, Stability } from './findings';
export { DAMPING, flapPenalty, flapReuseDay } from './propose/damping';
export { type PastChange, stabilityAfter } from './propose/past-changes';
export { compareFindings, screenClass } from './propose/propose';
export { remainingMargin } from './propose/tolerance-budget';
export { comparePass } from './prove/compare';
export { type Conclusion, concludeProposals } from './prove/conclude';
export type { Comparison, Pair, PairedAnswer } from './prove/evidence';
export { nextPass } from './prove/next-pass';
export { judgePass, passAfter, passProof } from './prove/pass';
export { rolloutPlanOf } from './report/plan';
export { type ReviewedClass, type ReviewGrounds, reviewClasses, type WantedReplays } from './review-classes';
export type { ArmFigures } from './rollout/arms';
export { nextRolloutMove, type RolloutClock, type RolloutMove, type RolloutStanding } from './rollout/rollout';
export type { RolloutPlan } from './rollout/rollout-plan';
export { beginWatch, promotedLevel, type WatchedOutcome, type WatchProgress, watchOutcomes } from './rollout/watch';
export { drawPass, type Frame, type SampledTask } from './sample/sample-plan';
export { DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from './settings';
