/**
 * Verdicts of people: kept before anybody is told, counted once by the database under the lock of the proposal, and what time and
 * changes of policy do to proposals that wait for one.
 */

import type postgres from 'postgres';
import { type Database, guarded } from '../connect';

export interface NewVerdict {
  readonly id: string;
  readonly proposalId: string;
  readonly verdict: 'approve' | 'reject';
  /** Who gives it. */
  readonly actor: string;
  readonly note: string;
}

/** A verdict as it is kept. */
export interface KeptVerdict {
  readonly id: string;
  readonly proposalId: string;
  readonly verdict: 'approve' | 'reject';
  readonly actor: string;
  readonly evidenceSha256: string;
  readonly baseVersion: number;
  readonly state: 'given' | 'counted' | 'refused' | 'overruled';
  readonly refusal: string | null;
  readonly proposalState: string;
  /** Nobody but the one who asks will judge it. */
  readonly isReviewEnded: boolean;
}

/**
 * Keeps a verdict on the evidence and base that the proposal has at this moment.
 *
 * @returns the verdict as it is kept, or the one that this person gave before and that was not refused; `isNew` tells them apart.
 *   Undefined: the proposal has no evidence to judge yet
 */
export function keepVerdict(
  db: Database,
  { id, proposalId, verdict, actor, note }: NewVerdict,
): Promise<(KeptVerdict & { readonly isNew: boolean }) | undefined> {
  return guarded('keep a verdict', () =>
    db.sql.begin(async (sql) => {
      const [kept] = await sql`
        INSERT INTO approvals (id, proposal_id, review_id, verdict, actor, note, evidence_sha256, base_version)
          SELECT ${id}, p.id, p.review_id, ${verdict}, ${actor}, ${note}, p.evidence_sha256, p.base_version
          FROM proposals p WHERE p.id = ${proposalId} AND p.evidence_sha256 IS NOT NULL
        ON CONFLICT (proposal_id, actor) WHERE state <> 'refused' DO NOTHING RETURNING id`;
      if (kept !== undefined) {
        await sql`SELECT append_audit(${actor}, 'verdict.given', ${proposalId}, jsonb_build_object('approval', ${id}::text, 'verdict', ${verdict}::text))`;
      }
      const [row] = await sql<KeptVerdict[]>`
        SELECT ${keptVerdicts(sql)} WHERE a.proposal_id = ${proposalId} AND a.actor = ${actor} AND a.state <> 'refused'`;
      return row === undefined ? undefined : { ...row, isNew: kept !== undefined };
    }),
  );
}

/** A kept verdict as it stands now. */
export function loadVerdict(db: Database, approvalId: string): Promise<KeptVerdict> {
  return guarded('load a verdict', async () => {
    const [row] = await db.sql<[KeptVerdict]>`SELECT ${keptVerdicts(db.sql)} WHERE a.id = ${approvalId}`;
    return row;
  });
}

function keptVerdicts(sql: postgres.Sql | postgres.TransactionSql) {
  return sql`
    a.id, a.proposal_id AS "proposalId", a.verdict, a.actor, a.evidence_sha256 AS "evidenceSha256", a.base_version AS "baseVersion", a.state, a.refusal,
      p.state AS "proposalState", r.ended_at IS NOT NULL AS "isReviewEnded"
    FROM approvals a JOIN proposals p ON p.id = a.proposal_id JOIN reviews r ON r.id = a.review_id`;
}

/** What became of a verdict. */
export interface CountedVerdict {
  readonly kind: 'counted' | 'already' | 'refused';
  /** Of the proposal, now. */
  readonly state: string;
  readonly refusal?: string;
}

/** Counts a verdict, or refuses it and says why; see `count_verdict`. The second time finds the first. */
export function countVerdict(db: Database, approvalId: string): Promise<CountedVerdict> {
  return guarded('count a verdict', async () => {
    const [row] = await db.sql<[{ result: CountedVerdict & { refusal?: string | null } }]>`
      SELECT count_verdict(jsonb_build_object('approvalId', a.id, 'validForMs', ${validForMs(db.sql)})) AS result
      FROM approvals a JOIN reviews r ON r.id = a.review_id WHERE a.id = ${approvalId}`;
    const { kind, state, refusal } = row.result;
    return refusal == null ? { kind, state } : { kind, state, refusal };
  });
}

/** An approval holds for as long as the longest rollout that follows its plan, and the time of one more verdict if that is held. */
function validForMs(sql: postgres.Sql) {
  return sql`(r.settings->'canary'->>'deadlineMs')::double precision + (r.settings->'canary'->>'soakMs')::double precision
    + (r.settings->'verdict'->>'expiresAfterMs')::double precision`;
}

/** Writes down why a verdict that the review's workflow turned away does not count. One that was judged meanwhile stays as it is. */
export function refuseVerdict(db: Database, approvalId: string, why: string): Promise<void> {
  return guarded('refuse a verdict', async () => {
    await db.sql`
      WITH refused AS (
        UPDATE approvals SET state = 'refused', refusal = ${why} WHERE id = ${approvalId} AND state = 'given' RETURNING *)
      SELECT append_audit(actor, 'verdict.refused', proposal_id::text, jsonb_build_object('verdict', verdict, 'why', refusal)) FROM refused`;
  });
}

/** Verdicts of a review that nobody has judged yet, in the order they were given. */
export function unjudgedVerdicts(db: Database, reviewId: string): Promise<readonly string[]> {
  return guarded('look for verdicts', async () => {
    const rows = await db.sql<{ id: string }[]>`
      SELECT id FROM approvals WHERE review_id = ${reviewId} AND state = 'given' ORDER BY given_at, id`;
    return rows.map(({ id }) => id);
  });
}

/** A proposal that came as far as being shown to people. */
export interface JudgedProposal {
  readonly proposalId: string;
  readonly name: string;
  readonly state: 'AWAITING_APPROVAL' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'ABORTED';
  readonly evidenceSha256: string;
  readonly baseVersion: number;
  /** The policy was changed under it, so that it takes no verdict any more. */
  readonly isVoid: boolean;
}

/** How the proposals of a review wait for their verdicts. */
export interface WaitingReview {
  /** Until they expire, in milliseconds by the database's clock, at least 0. */
  readonly expiresInMs: number;
  readonly proposals: readonly JudgedProposal[];
}

/** Begins the wait, unless it has begun, and says how it stands. */
export function waitForVerdicts(db: Database, reviewId: string): Promise<WaitingReview> {
  return guarded('wait for verdicts', () =>
    db.sql.begin(async (sql) => {
      await sql`
        UPDATE reviews SET phase = 'awaiting-verdict', reported_at = coalesce(reported_at, clock_timestamp()),
          expires_at = coalesce(expires_at,
            clock_timestamp() + (settings->'verdict'->>'expiresAfterMs')::double precision * interval '1 millisecond')
        WHERE id = ${reviewId} AND ended_at IS NULL`;
      const [review] = await sql<[{ expiresInMs: number }]>`
        SELECT greatest(0, ceil(extract(epoch FROM expires_at - clock_timestamp()) * 1000))::double precision AS "expiresInMs"
        FROM reviews WHERE id = ${reviewId}`;
      const proposals = await sql<JudgedProposal[]>`
        SELECT id AS "proposalId", name, state, evidence_sha256 AS "evidenceSha256", base_version AS "baseVersion", move_key = 'policy-changed' AS "isVoid"
        FROM proposals WHERE review_id = ${reviewId} AND evidence_sha256 IS NOT NULL
          AND state IN ('AWAITING_APPROVAL', 'APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED') ORDER BY name COLLATE "C"`;
      return { expiresInMs: review.expiresInMs, proposals: [...proposals] };
    }),
  );
}

/**
 * Expires the proposals of a review that can take no verdict any more: the policy under them was changed, or their time is over
 * by the database's clock.
 */
export function expireProposals(db: Database, reviewId: string): Promise<void> {
  return guarded('expire proposals', async () => {
    await db.sql`
      SELECT move_proposal(jsonb_build_object('id', id, 'to', 'EXPIRED', 'key', key, 'actor', 'review', 'details', jsonb_build_object('why', why)))
      FROM (
        SELECT p.id, CASE WHEN holds THEN 'no-verdict' ELSE 'policy-changed' END AS key,
          CASE WHEN holds THEN 'no verdict came in time' ELSE 'the policy was changed since the proposal was made' END AS why
        FROM proposals p JOIN reviews r ON r.id = p.review_id, LATERAL (SELECT base_holds(p.base_version, p.classes) AS holds) AS base
        WHERE p.review_id = ${reviewId} AND p.state = 'AWAITING_APPROVAL' AND (NOT holds OR r.expires_at <= clock_timestamp())) AS stale`;
  });
}

/**
 * Writes into the audit log that proposals still wait, unless that was just done.
 *
 * @param waiting ids of the proposals
 */
export function noteReminder(db: Database, reviewId: string, waiting: readonly string[]): Promise<void> {
  return guarded('remind of proposals', async () => {
    await db.sql`
      SELECT append_audit('review', 'review.reminder', r.id::text, jsonb_build_object('waiting', ${JSON.stringify(waiting)}::text::jsonb,
        'number', (SELECT count(*) + 1 FROM audit_log WHERE action = 'review.reminder' AND subject = r.id::text), 'expiresAt', r.expires_at))
      FROM reviews r WHERE r.id = ${reviewId} AND r.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM audit_log WHERE action = 'review.reminder' AND subject = r.id::text
          AND at > clock_timestamp() - (r.settings->'verdict'->>'remindEveryMs')::double precision / 2 * interval '1 millisecond')`;
  });
}
