/** The life of a review's row: opened under the one open place of its scope, moved from phase to phase, ended with everything under it. */

import type postgres from 'postgres';
import { RoutingError } from '../../routing/errors';
import type { ReviewSettings } from '../../routing/review/settings';
import { type Database, guarded } from '../connect';
import { policyFromJson } from '../documents/policy-document';
import { readStored } from '../documents/read-stored';
import { reviewSettings } from '../documents/review-settings-document';

export type ReviewEndKind = 'no-change' | 'held' | 'needs-owner' | 'decided' | 'expired' | 'void' | 'cancelled' | 'failed';
export type ReviewPhaseName = 'analysing' | 'proposing' | 'replaying' | 'reporting' | 'awaiting-verdict' | 'ended';

/** A review as its workflow begins with it. */
export interface StartedReview {
  readonly id: string;
  readonly phase: ReviewPhaseName;
  readonly endKind: ReviewEndKind | null;
  readonly baseVersion: number;
  readonly requestedBy: string;
  readonly settings: ReviewSettings;
}

interface ReviewRow extends Omit<StartedReview, 'settings'> {
  readonly settings: unknown;
}

/**
 * The review of a trigger: the one it began, whether it has ended or not; else the open one of its scope, which a dead workflow
 * left; else a new one, on the policy and catalogue in force and with the policy's settings, over the window that ends now.
 *
 * @throws {RoutingError} `no_active_policy`; `internal` when the trigger was not kept before
 */
export function openReview(db: Database, triggerId: string): Promise<StartedReview> {
  return guarded('open a review', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox reviews'))`;
      const [trigger] = await sql<[{ scope: string; reviewId: string | null }?]>`
        SELECT scope, review_id AS "reviewId" FROM review_triggers WHERE id = ${triggerId} FOR UPDATE`;
      if (trigger === undefined) throw new RoutingError('internal', `There is no trigger ${triggerId} to open a review for.`);
      const known = trigger.reviewId ?? (await openReviewOf(sql, trigger.scope));
      const reviewId = known ?? (await insertReview(sql, triggerId));
      await sql`UPDATE review_triggers SET review_id = ${reviewId}, is_joined = ${known !== undefined} WHERE id = ${triggerId} AND review_id IS NULL`;
      const [row] = await sql<[ReviewRow]>`
        SELECT id, phase, end_kind AS "endKind", base_version AS "baseVersion", requested_by AS "requestedBy", settings
        FROM reviews WHERE id = ${reviewId}`;
      return { ...row, settings: readStored(reviewSettings, row.settings, 'settings of the review') };
    }),
  );
}

async function openReviewOf(sql: postgres.TransactionSql, scope: string): Promise<string | undefined> {
  const [open] = await sql<{ id: string }[]>`SELECT id FROM reviews WHERE scope = ${scope} AND ended_at IS NULL`;
  return open?.id;
}

async function insertReview(sql: postgres.TransactionSql, triggerId: string): Promise<string> {
  const [rules] = await sql<{ version: number; body: unknown; catalogueVersion: string }[]>`
    SELECT p.version, p.body, c.version AS "catalogueVersion" FROM policy_versions p, catalogue_versions c WHERE p.active AND c.active`;
  if (rules === undefined) {
    throw new RoutingError('no_active_policy', 'There is no policy in force to review. Run "signalbox policy apply".');
  }
  const { review: settings } = policyFromJson(rules.body);
  // The id is random from its first digit, so that people can name it by its beginning.
  const [made] = await sql<[{ id: string }]>`
    INSERT INTO reviews (id, scope, trigger_kind, trigger_detail, requested_by, base_version, catalogue_version, settings, seed,
        window_from, window_to, replay_cap_nano)
      SELECT gen_random_uuid(), scope, kind, detail, requested_by, ${rules.version}, ${rules.catalogueVersion}, ${JSON.stringify(settings)}::text::jsonb,
        gen_random_uuid()::text, now() - ${settings.screen.windowMs}::double precision * interval '1 millisecond', now(), ${settings.replay.capNanoUsd}
      FROM review_triggers WHERE id = ${triggerId} RETURNING id`;
  await sql`
    SELECT append_audit(requested_by, 'review.opened', id::text, jsonb_build_object('scope', scope, 'trigger', ${triggerId}::text, 'kind', trigger_kind,
      'base', base_version, 'catalogue', catalogue_version, 'seed', seed)) FROM reviews WHERE id = ${made.id}`;
  return made.id;
}

/** Says where an open review is. One that has ended stays so. */
export function enterReviewPhase(db: Database, reviewId: string, phase: ReviewPhaseName): Promise<void> {
  return guarded('say where a review is', async () => {
    await db.sql`UPDATE reviews SET phase = ${phase} WHERE id = ${reviewId} AND ended_at IS NULL`;
  });
}

/** Moves every proposal whose replays are not complete to HELD, because the time for them is over. Returns how many. */
export function holdUnfinishedProposals(db: Database, reviewId: string, detail: string): Promise<number> {
  return guarded('hold what is not complete', async () => {
    const rows = await db.sql`
      SELECT move_proposal(jsonb_build_object('id', id, 'to', 'HELD', 'key', 'time', 'actor', 'review',
        'set', jsonb_build_object('heldBy', 'time', 'heldDetail', ${detail}::text)))
      FROM proposals WHERE review_id = ${reviewId} AND state IN ('DETECTED', 'SCREENED', 'SAMPLED', 'REPLAYING')`;
    return rows.length;
  });
}

/** Writes down who asks a review to stop, before anybody is told. */
export function noteCancelRequest(db: Database, reviewId: string, actor: string): Promise<void> {
  return guarded('note that a review is to be cancelled', async () => {
    await db.sql`SELECT append_audit(${actor}, 'review.cancel-asked', ${reviewId}, '{}')`;
  });
}

/**
 * Ends a review in one transaction with what is left under it: a proposal that is neither decided nor rolled out is aborted, a
 * verdict that was not judged is refused. A review that has ended keeps its end.
 *
 * @param reason for people
 */
export function closeReview(
  db: Database,
  {
    reviewId,
    kind,
    reason,
    actor,
  }: { readonly reviewId: string; readonly kind: ReviewEndKind; readonly reason: string; readonly actor: string },
): Promise<void> {
  return guarded('end a review', () =>
    db.sql.begin(async (sql) => {
      const [open] = await sql`SELECT FROM reviews WHERE id = ${reviewId} AND ended_at IS NULL FOR UPDATE`;
      if (open === undefined) return;
      await sql`
        SELECT move_proposal(jsonb_build_object('id', p.id, 'to', 'ABORTED', 'key', 'review-ended', 'actor', ${actor}::text,
          'details', jsonb_build_object('why', ${reason}::text)))
        FROM (SELECT id FROM proposals WHERE review_id = ${reviewId} AND state NOT IN ('HELD', 'REJECTED', 'EXPIRED', 'ABORTED')
          AND NOT EXISTS (SELECT FROM rollouts r WHERE r.proposal_id = proposals.id) ORDER BY id FOR UPDATE) AS p`;
      await sql`
        WITH unheard AS (
          UPDATE approvals SET state = 'refused', refusal = 'the review has ended' WHERE review_id = ${reviewId} AND state = 'given' RETURNING *)
        SELECT append_audit(actor, 'verdict.refused', proposal_id::text, jsonb_build_object('verdict', verdict, 'why', refusal)) FROM unheard`;
      await sql`
        UPDATE reviews SET phase = 'ended', ended_at = clock_timestamp(), end_kind = ${kind}, end_reason = ${reason} WHERE id = ${reviewId}`;
      await sql`SELECT append_audit(${actor}, 'review.ended', ${reviewId}, jsonb_build_object('kind', ${kind}::text, 'reason', ${reason}::text))`;
    }),
  );
}
