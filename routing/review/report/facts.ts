/** Everything that a report is made of, as the rows have it. */

import type { Catalogue } from '../../catalogue';
import type { JudgeRole } from '../../judging/judgement';
import type { NanoUsd } from '../../units';
import type { RouteChange } from '../change';
import type { Analysis } from '../figures/figures';
import type { Finding, Stability } from '../findings';
import type { Comparison } from '../prove/evidence';
import type { RolloutPlan } from '../rollout/rollout-plan';
import type { Escalation, EvidenceVerdict, HeldBy, ProposalState } from '../states';
import type { ReportedSample, ReportIdentity, ReviewReport } from './report';

export interface ReportFacts {
  readonly identity: ReportIdentity;
  /** Null: the review ended before anything was counted. */
  readonly analysis: Analysis | null;
  /** One for each class that was looked at. */
  readonly findings: readonly Finding[];
  readonly proposals: readonly ProposalFacts[];
  readonly catalogue: Pick<Catalogue, 'models'>;
  readonly replayCost: ReviewReport['replayCost'];
}

/** A proposal's row and what hangs on it. */
export interface ProposalFacts {
  readonly id: string;
  readonly name: string;
  readonly classes: readonly string[];
  readonly candidate: string | null;
  readonly state: ProposalState;
  readonly finding: Finding;
  readonly verdict: EvidenceVerdict | null;
  readonly change: RouteChange | null;
  readonly heldBy: HeldBy | null;
  readonly heldDetail: string | null;
  readonly escalation: Escalation | null;
  readonly rolloutPlan: RolloutPlan | null;
  readonly evidenceSha256: string | null;
  /** One for each pass that was drawn, and for each that was judged. */
  readonly samples: readonly ReportedSample[];
  readonly comparisons: readonly Comparison[];
  /** Sampled tasks by the kind of their grader; `none` for one without. */
  readonly graders: Readonly<Record<string, number>>;
  readonly replays: readonly ReplayFact[];
  readonly stability: Stability;
}

/** A replay that has ended, or a judgement. */
export interface ReplayFact {
  readonly taskId: string;
  /** The task that the replay is; absent where it was made elsewhere. */
  readonly replayTaskId?: string;
  readonly pass: 1 | 2;
  readonly role: 'baseline' | 'candidate' | JudgeRole;
  readonly model: string;
  readonly isSentinel: boolean;
  readonly costNanoUsd: NanoUsd;
  readonly latencyMs: number | null;
  /** It is the answer of an earlier evaluation, and was not paid for again. */
  readonly isKnown?: boolean;
  /** Attempts that it took. */
  readonly calls: number;
}
