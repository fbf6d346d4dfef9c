/**
 * The steps of reviews, replays, rollouts and watches, as activities. Each is a plain function in a file of its own; what they
 * take and give are ids, counts and stored words.
 */

import type { ReplayPart } from '../../db/queries/replay-inputs';
import type { ReplayScope } from '../../db/queries/replays';
import type {
  Look,
  ReplayInput,
  ReplayOutcome,
  ReviewEnd,
  ReviewInput,
  ReviewPhase,
  TriggerInput,
  TriggerResult,
  VerdictResult,
} from '../../workflows/messages';
import type { Deps } from '../deps';
import { analyseReview } from './analyse';
import { concludeReview } from './conclude';
import { decidePass, type PassVerdict } from './decide-pass';
import { type DrawnSample, drawSample } from './draw-sample';
import { endReview, holdUnfinished } from './end';
import { enterPhase, joinReview, type OpenedReview, openReview, recordTrigger } from './open';
import { type ProposedChange, proposeChanges } from './propose';
import { abandonReplay, closeReplays } from './replay/close';
import { planReplays, type ReplayPlan } from './replay/plan';
import { replayOnce } from './replay/replay-once';
import { type Reported, reportReview } from './report';
import { abortRollout, beginRollout, lookAtRollout } from './rollout';
import { judgeVerdict, lookAtVerdicts, remindOfReview, type VerdictLook } from './verdict';
import { lookAtWatch } from './watch';

/** What a wrapper gives to each step: safe errors, and where it is long, heartbeats. */
export interface Wrappers {
  readonly safely: <T>(step: () => Promise<T>) => Promise<T>;
  readonly withHeartbeat: <T>(step: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

export interface ReviewActivities {
  /** See `open.ts`. */
  recordTrigger(input: TriggerInput & { readonly workflowId: string }): Promise<{ readonly triggerId: string }>;
  joinReview(input: ReviewInput): Promise<TriggerResult>;
  openReview(input: ReviewInput): Promise<OpenedReview>;
  enterPhase(input: { readonly reviewId: string; readonly phase: ReviewPhase }): Promise<void>;
  /** See `analyse.ts`. */
  analyseReview(input: { readonly reviewId: string }): Promise<{ readonly classes: number; readonly tasks: number }>;
  /** See `propose.ts`. */
  proposeChanges(input: { readonly reviewId: string }): Promise<readonly ProposedChange[]>;
  /** See `draw-sample.ts`. */
  drawSample(input: { readonly proposalId: string; readonly pass: 1 | 2 }): Promise<DrawnSample>;
  /** See `replay/`. */
  planReplays(input: ReplayPart): Promise<ReplayPlan>;
  replayCall(input: ReplayInput): Promise<ReplayOutcome>;
  abandonReplay(input: ReplayInput): Promise<void>;
  closeReplays(input: ReplayScope): Promise<{ readonly closed: number }>;
  /** See `decide-pass.ts`. */
  decidePass(input: { readonly proposalId: string; readonly pass: 1 | 2 }): Promise<PassVerdict>;
  /** See `conclude.ts`. */
  concludeReview(input: { readonly reviewId: string }): Promise<{ readonly passing: number; readonly held: number }>;
  /** See `report.ts`. */
  reportReview(input: { readonly reviewId: string }): Promise<Reported>;
  /** See `verdict.ts`. */
  judgeVerdict(input: { readonly approvalId: string }): Promise<VerdictResult>;
  lookAtVerdicts(input: { readonly reviewId: string }): Promise<VerdictLook>;
  remindOfReview(input: { readonly reviewId: string; readonly waiting: readonly string[] }): Promise<void>;
  /** See `end.ts`. */
  holdUnfinished(input: { readonly reviewId: string }): Promise<{ readonly held: number }>;
  endReview(input: { readonly reviewId: string; readonly kind: ReviewEnd; readonly reason: string }): Promise<void>;
  /** See `rollout.ts`. */
  beginRollout(input: { readonly proposalId: string }): Promise<{ readonly rolloutId: string | null; readonly why?: string }>;
  lookAtRollout(input: { readonly rolloutId: string }): Promise<Look>;
  abortRollout(input: { readonly rolloutId: string; readonly why: string }): Promise<{ readonly state: string }>;
  /** See `watch.ts`. */
  lookAtWatch(input: { readonly rolloutId: string }): Promise<Look>;
}

export function createReviewActivities(deps: Deps, { safely, withHeartbeat }: Wrappers): ReviewActivities {
  return {
    recordTrigger: (input) => safely(() => recordTrigger(deps, input)),
    joinReview: (input) => safely(() => joinReview(deps, input)),
    openReview: (input) => safely(() => openReview(deps, input)),
    enterPhase: (input) => safely(() => enterPhase(deps, input)),
    analyseReview: (input) => withHeartbeat((signal) => safely(() => analyseReview(deps, input, signal))),
    proposeChanges: (input) => withHeartbeat((signal) => safely(() => proposeChanges(deps, input, signal))),
    drawSample: (input) => withHeartbeat((signal) => safely(() => drawSample(deps, input, signal))),
    planReplays: (input) => safely(() => planReplays(deps, input)),
    replayCall: (input) => withHeartbeat((signal) => safely(() => replayOnce(deps, input, signal))),
    abandonReplay: (input) => safely(() => abandonReplay(deps, input)),
    closeReplays: (input) => safely(() => closeReplays(deps, input)),
    decidePass: (input) => withHeartbeat((signal) => safely(() => decidePass(deps, input, signal))),
    concludeReview: (input) => withHeartbeat((signal) => safely(() => concludeReview(deps, input, signal))),
    reportReview: (input) => withHeartbeat((signal) => safely(() => reportReview(deps, input, signal))),
    judgeVerdict: (input) => safely(() => judgeVerdict(deps, input)),
    lookAtVerdicts: (input) => safely(() => lookAtVerdicts(deps, input)),
    remindOfReview: (input) => safely(() => remindOfReview(deps, input)),
    holdUnfinished: (input) => safely(() => holdUnfinished(deps, input)),
    endReview: (input) => safely(() => endReview(deps, input)),
    beginRollout: (input) => safely(() => beginRollout(deps, input)),
    lookAtRollout: (input) => withHeartbeat((signal) => safely(() => lookAtRollout(deps, input, signal))),
    abortRollout: (input) => safely(() => abortRollout(deps, input)),
    lookAtWatch: (input) => withHeartbeat((signal) => safely(() => lookAtWatch(deps, input, signal))),
  };
}
