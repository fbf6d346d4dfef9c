/**
 * Proposals of a review: added, moved from state to state, and read back.
 *
 * JSON columns hold what the pure modules of a review made; nothing else writes them, so they are read as those types.
 */

import { asc, eq, sql as sqlText } from 'drizzle-orm';
import { RoutingError } from '../../routing/errors';
import type { RouteChange } from '../../routing/review/change';
import type { Analysis } from '../../routing/review/figures/figures';
import type { Finding, SamplePlan } from '../../routing/review/findings';
import type { Comparison } from '../../routing/review/prove/evidence';
import type { RolloutPlan } from '../../routing/review/rollout/rollout-plan';
import type { ReviewSettings } from '../../routing/review/settings';
import type { Escalation, EvidenceVerdict, HeldBy, ProposalState } from '../../routing/review/states';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import { readStored } from '../documents/read-stored';
import { reviewSettings } from '../documents/review-settings-document';
import { proposals, reviews } from '../schema/reviews';

export interface NewProposal {
  /** Id, should the review have no proposal of this name yet. */
  readonly id: string;
  readonly reviewId: string;
  /** The class or the group. */
  readonly name: string;
  readonly classes: readonly string[];
  readonly baseline?: string;
  readonly finding: Finding;
  readonly baseVersion: number;
  readonly actor: string;
}

/** Adds a proposal in its first state. Returns its id: that of the one the review has, when there is one of this name. */
export function addProposal(db: Database, proposal: NewProposal): Promise<string> {
  return guarded('add a proposal', async () => {
    const [row] = await db.sql<[{ id: string }]>`SELECT add_proposal(${JSON.stringify(proposal)}::text::jsonb) AS id`;
    return row.id;
  });
}

export interface ProposalMove {
  readonly id: string;
  readonly to: ProposalState;
  /** Names this very move, so that making it again finds it made. */
  readonly key: string;
  readonly actor: string;
  /** Columns that change with it; a sample plan and a comparison are appended to those of earlier passes. */
  readonly set?: {
    readonly candidate?: string;
    readonly change?: RouteChange;
    readonly pass?: 1 | 2;
    readonly sample?: SamplePlan;
    readonly comparison?: Comparison;
    readonly verdict?: EvidenceVerdict;
    readonly heldBy?: HeldBy;
    readonly heldDetail?: string;
    readonly escalation?: Escalation;
    readonly rolloutPlan?: RolloutPlan;
    readonly evidenceSha256?: string;
  };
  /** Further facts for the audit log. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** `already`: this very move was made before. `refused`: the proposal stands where it cannot be made, in `state`. */
export interface MovedProposal {
  readonly kind: 'moved' | 'already' | 'refused';
  readonly state: ProposalState;
}

/** Moves a proposal, by comparing and setting its state; what may follow what is in routing/review/states.ts. */
export function moveProposal(db: Database, move: ProposalMove): Promise<MovedProposal> {
  return guarded('move a proposal', async () => {
    const [row] = await db.sql<[{ result: MovedProposal }]>`SELECT move_proposal(${JSON.stringify(move)}::text::jsonb) AS result`;
    return row.result;
  });
}

export interface ProposalRow {
  readonly id: string;
  readonly reviewId: string;
  readonly name: string;
  readonly classes: readonly string[];
  readonly state: ProposalState;
  readonly moveKey: string;
  readonly baseline: string | null;
  readonly candidate: string | null;
  readonly change: RouteChange | null;
  readonly finding: Finding;
  /** Passes begun so far. */
  readonly pass: number;
  /** One for each pass. */
  readonly samples: readonly SamplePlan[];
  /** One for each pass that was judged. */
  readonly comparisons: readonly Comparison[];
  readonly verdict: EvidenceVerdict | null;
  readonly heldBy: HeldBy | null;
  readonly heldDetail: string | null;
  readonly escalation: Escalation | null;
  readonly rolloutPlan: RolloutPlan | null;
  readonly evidenceSha256: string | null;
  readonly baseVersion: number;
  readonly createdAt: Date;
  readonly movedAt: Date;
}

/** @throws {RoutingError} `unknown_proposal` */
export function loadProposal(db: Database, id: string): Promise<ProposalRow> {
  return guarded('load a proposal', async () => {
    const [row] = await db.drizzle.select().from(proposals).where(eq(proposals.id, id));
    if (row === undefined)
      throw new RoutingError('unknown_proposal', `There is no proposal ${id}. "signalbox review list" shows those there are.`);
    return proposalOf(row);
  });
}

/** The proposals of a review, in the order of their names. */
export function loadProposals(db: Database, reviewId: string): Promise<readonly ProposalRow[]> {
  return guarded('load the proposals of a review', async () => {
    // By bytes, so that the order does not depend on the collation of the database.
    const rows = await db.drizzle.select().from(proposals).where(eq(proposals.reviewId, reviewId)).orderBy(asc(sqlText`name COLLATE "C"`));
    return rows.map(proposalOf);
  });
}

function proposalOf(row: typeof proposals.$inferSelect): ProposalRow {
  return {
    ...row,
    change: row.change as RouteChange | null,
    finding: row.finding as Finding,
    samples: row.samples as readonly SamplePlan[],
    comparisons: row.comparisons as readonly Comparison[],
    heldBy: row.heldBy as HeldBy | null,
    escalation: row.escalation as Escalation | null,
    rolloutPlan: row.rolloutPlan as RolloutPlan | null,
  };
}

/** A review as its steps need it. */
export interface ReviewForSteps {
  readonly id: string;
  readonly scope: string;
  readonly phase: 'analysing' | 'proposing' | 'replaying' | 'reporting' | 'awaiting-verdict' | 'ended';
  readonly settings: ReviewSettings;
  readonly seed: string;
  readonly requestedBy: string;
  readonly baseVersion: number;
  readonly catalogueVersion: string;
  /** Tasks that ended in [windowFrom, windowTo), in milliseconds since the epoch. */
  readonly windowFrom: number;
  readonly windowTo: number;
  /** Null until the analysis is made, or the findings are. */
  readonly analysis: Analysis | null;
  readonly findings: readonly Finding[] | null;
  /** What its replays may cost, what running ones hold of it, and what ended ones have cost. */
  readonly replayCapNano: NanoUsd;
  readonly replayReservedNano: NanoUsd;
  readonly replaySpentNano: NanoUsd;
}

/** @throws {RoutingError} `unknown_review`; `bad_config` when its settings cannot be read */
export function loadReviewForSteps(db: Database, reviewId: string): Promise<ReviewForSteps> {
  return guarded('load a review', async () => {
    const [row] = await db.drizzle.select().from(reviews).where(eq(reviews.id, reviewId));
    if (row === undefined)
      throw new RoutingError('unknown_review', `There is no review ${reviewId}. "signalbox review list" shows those there are.`);
    const { id, scope, phase, seed, requestedBy, baseVersion, catalogueVersion, replayCapNano, replayReservedNano, replaySpentNano } = row;
    return {
      id,
      scope,
      phase,
      settings: readStored(reviewSettings, row.settings, 'settings of the review'),
      seed,
      requestedBy,
      baseVersion,
      catalogueVersion,
      windowFrom: row.windowFrom.getTime(),
      windowTo: row.windowTo.getTime(),
      analysis: row.analysis as Analysis | null,
      findings: row.findings as readonly Finding[] | null,
      replayCapNano,
      replayReservedNano,
      replaySpentNano,
    };
  });
}

/** Keeps what was found of the classes of a review. Findings that are kept already stay: proposals may rest on them. */
export function keepFindings(db: Database, reviewId: string, findings: readonly Finding[]): Promise<readonly Finding[]> {
  return guarded('keep the findings of a review', async () => {
    const [row] = await db.sql<[{ findings: readonly Finding[] }?]>`
      UPDATE reviews SET findings = coalesce(findings, ${JSON.stringify(findings)}::text::jsonb) WHERE id = ${reviewId} RETURNING findings`;
    if (row === undefined)
      throw new RoutingError('unknown_review', `There is no review ${reviewId}. "signalbox review list" shows those there are.`);
    return row.findings;
  });
}
