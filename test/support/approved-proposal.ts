/** Proposals that a person has approved, made by rows, and rollouts of them, so that a test can begin where a rollout begins. */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';
import { canonicalJson, sha256Hex } from '../../db/documents/canonical-json';
import { startRollout } from '../../db/queries/rollouts';
import type { RouteChange } from '../../routing/review/change';
import type { RolloutPlan } from '../../routing/review/rollout/rollout-plan';
import { type CanarySettings, DAY_MS, DEFAULT_REVIEW_SETTINGS, type WatchSettings } from '../../routing/review/settings';
import { insertProposal, insertReview } from './review-rows';

/** Compressed time: two steps that last no longer than their tasks need, and a margin that a handful of them excludes. */
const QUICK_CANARY: CanarySettings = {
  ...DEFAULT_REVIEW_SETTINGS.canary,
  steps: [0.4, 0.5],
  minPerArm: [5, 5],
  dwellMs: [0, 0],
  soakMs: 0,
  deadlineMs: DAY_MS,
  labelWindowMs: 0,
  marginFactor: 4,
  nStar: 20,
  tickMs: 200,
  leaseMs: 60_000,
};

export interface PlanChanges {
  readonly canary?: Partial<CanarySettings>;
  readonly watch?: Partial<WatchSettings>;
  readonly plan?: Partial<Omit<RolloutPlan, 'canary' | 'watch'>>;
}

/** A plan in compressed time, of a class with so many tasks that none missing is soon noticed. */
function quickPlan(baseline: string, candidate: string, { canary, watch, plan }: PlanChanges = {}): RolloutPlan {
  return {
    baseline,
    candidate,
    scale: 'binary',
    tolerance: 0.4,
    approvedLevel: 0.95,
    approvedDelta: 0,
    canary: { ...QUICK_CANARY, ...canary },
    stability: DEFAULT_REVIEW_SETTINGS.stability,
    watch: { ...DEFAULT_REVIEW_SETTINGS.watch, tickMs: 200, ...watch },
    tasksPerDay: 1,
    ...plan,
  };
}

export interface ApprovedRow extends PlanChanges {
  readonly baseline: string;
  readonly candidate: string;
  readonly taskClass?: string;
  /** How long the approval counts. */
  readonly validForMs?: number;
  /** Whether the approval is given and counted; true unless said otherwise. */
  readonly isApproved?: boolean;
}

export interface ApprovedProposal {
  readonly proposalId: string;
  readonly reviewId: string;
  readonly approvalId: string;
}

/** A proposal with a consistent hash of its evidence, and the verdict of a person on it. */
export async function insertApprovedProposal(db: Database, row: ApprovedRow): Promise<ApprovedProposal> {
  const { baseline, candidate, taskClass = 'work', isApproved = true } = row;
  const reviewId = await insertReview(db, { scope: newId(), phase: 'awaiting-verdict' });
  const proposalId = await insertProposal(db, { reviewId, name: taskClass, baseline, candidate, state: 'DECIDED' });
  const plan = quickPlan(baseline, candidate, row);
  const [{ change }] = await db.sql<[{ change: RouteChange }]>`SELECT change FROM proposals WHERE id = ${proposalId}`;
  const evidence = sha256Hex(canonicalJson({ proposalId, change, plan }));
  await db.sql`UPDATE reviews SET expires_at = clock_timestamp() + interval '1 hour' WHERE id = ${reviewId}`;
  await db.sql`UPDATE proposals SET state = 'AWAITING_APPROVAL', verdict = 'PASS', evidence_sha256 = ${evidence},
    rollout_plan = ${JSON.stringify(plan)}::text::jsonb WHERE id = ${proposalId}`;
  const approvalId = newId();
  await db.sql`INSERT INTO approvals (id, proposal_id, review_id, verdict, actor, evidence_sha256, base_version)
    SELECT ${approvalId}, id, review_id, 'approve', 'olga', evidence_sha256, base_version FROM proposals WHERE id = ${proposalId}`;
  if (isApproved) await countVerdict(db, approvalId, row.validForMs);
  return { proposalId, reviewId, approvalId };
}

/** Counts a verdict as a review does. Returns `counted`, `already` or `refused`. */
export async function countVerdict(db: Database, approvalId: string, validForMs = DAY_MS): Promise<string> {
  const [row] = await db.sql<[{ result: { kind: string } }]>`
    SELECT count_verdict(${JSON.stringify({ approvalId, validForMs })}::text::jsonb) AS result`;
  return row.result.kind;
}

/** A rollout that has begun and has moved no task yet. Returns its id. */
export async function insertRollout(db: Database, row: ApprovedRow): Promise<string> {
  const { proposalId } = await insertApprovedProposal(db, row);
  const started = await startRollout(db, { id: newId(), proposalId, salt: newId(), actor: 'test' });
  if (started.kind !== 'started') throw new Error(`The rollout did not begin: ${JSON.stringify(started)}`);
  return started.rolloutId;
}
