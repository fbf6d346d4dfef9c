/** What asked for reviews: kept before anybody is told, so that none is lost in silence; and the alarm when nothing asks. */

import { desc } from 'drizzle-orm';
import type postgres from 'postgres';
import { type Database, guarded } from '../connect';
import { reviewTriggers } from '../schema/reviews';

export interface NewTrigger {
  readonly id: string;
  readonly scope: string;
  readonly kind: 'schedule' | 'model-shipped' | 'price-change' | 'threshold' | 'deprecation' | 'person';
  readonly detail: string;
  readonly requestedBy: string;
}

/** `reviewId` is absent until a review has begun for it or was found open; `isJoined` says which. */
export type TriggerRow = typeof reviewTriggers.$inferSelect;

/** Keeps a trigger; one of this id that is there already stays as it is. */
export function addTrigger(db: Database, trigger: NewTrigger): Promise<void> {
  return guarded('keep what asked for a review', () => insertTrigger(db.sql, trigger));
}

/** As `addTrigger`, in the transaction of the change that asks for a review. */
export async function insertTrigger(
  sql: postgres.Sql | postgres.TransactionSql,
  { id, scope, kind, detail, requestedBy }: NewTrigger,
): Promise<void> {
  await sql`
    WITH kept AS (
      INSERT INTO review_triggers (id, scope, kind, detail, requested_by) VALUES (${id}, ${scope}, ${kind}, ${detail}, ${requestedBy})
      ON CONFLICT (id) DO NOTHING RETURNING *)
    SELECT append_audit(requested_by, 'review.asked', id::text, jsonb_build_object('scope', scope, 'kind', kind, 'detail', detail)) FROM kept`;
}

/** Stands a trigger beside the review of its scope that is open. One that has its review already keeps it. Null: no review is open. */
export function joinOpenReview(db: Database, triggerId: string): Promise<{ readonly reviewId: string; readonly isJoined: boolean } | null> {
  return guarded('stand a trigger beside its review', async () => {
    await db.sql`
      WITH joined AS (
        UPDATE review_triggers t SET review_id = r.id, is_joined = true FROM reviews r
        WHERE t.id = ${triggerId} AND t.review_id IS NULL AND r.scope = t.scope AND r.ended_at IS NULL RETURNING t.*)
      SELECT append_audit(requested_by, 'review.joined', review_id::text, jsonb_build_object('trigger', id, 'kind', kind, 'detail', detail)) FROM joined`;
    const [row] = await db.sql<{ reviewId: string; isJoined: boolean }[]>`
      SELECT review_id AS "reviewId", is_joined AS "isJoined" FROM review_triggers WHERE id = ${triggerId} AND review_id IS NOT NULL`;
    return row ?? null;
  });
}

/** Newest first. */
export function listTriggers(db: Database, limit: number): Promise<readonly TriggerRow[]> {
  return guarded('list what asked for reviews', () =>
    db.drizzle.select().from(reviewTriggers).orderBy(desc(reviewTriggers.at)).limit(limit),
  );
}

/** A trigger, as who asks for the review again needs it. */
export interface TriggerToRepeat extends Omit<NewTrigger, 'id'> {
  readonly triggerId: string;
}

/** Triggers that nothing came of within some seconds, oldest first: Temporal did not hear of them. */
export function unheardTriggers(db: Database, limit: number): Promise<readonly TriggerToRepeat[]> {
  return guarded('look for triggers that nobody heard', () =>
    db.sql<TriggerToRepeat[]>`
      SELECT id AS "triggerId", scope, kind, detail, requested_by AS "requestedBy" FROM review_triggers
      WHERE review_id IS NULL AND at < now() - interval '10 seconds' ORDER BY at LIMIT ${limit}`.then((rows) => [...rows]),
  );
}

/** The triggers that began the reviews that are open. */
export function triggersOfOpenReviews(db: Database): Promise<readonly TriggerToRepeat[]> {
  return guarded('look for open reviews', () =>
    db.sql<TriggerToRepeat[]>`
      SELECT DISTINCT ON (r.id) t.id AS "triggerId", t.scope, t.kind, t.detail, t.requested_by AS "requestedBy"
      FROM reviews r JOIN review_triggers t ON t.review_id = r.id WHERE r.ended_at IS NULL ORDER BY r.id, t.is_joined, t.at`.then(
      (rows) => [...rows],
    ),
  );
}

/** Days without a review after which something is wrong: a week, and one for a late start. */
const OVERDUE_DAYS = 8;

/** Whether no review has begun for 8 days, though there has been a policy for longer than that. */
export function isReviewOverdue(db: Database): Promise<boolean> {
  return guarded('look for the last review', async () => {
    const [row] = await db.sql<[{ isOverdue: boolean }]>`SELECT ${overdue(db)} AS "isOverdue"`;
    return row.isOverdue;
  });
}

/**
 * Writes into the audit log that a review is overdue, at most once a week.
 *
 * @returns true when it was written now
 */
export function noteOverdueReview(db: Database): Promise<boolean> {
  return guarded('note that a review is overdue', () =>
    db.sql.begin(async (sql) => {
      const [due] = await sql<[{ isOverdue: boolean }]>`SELECT ${overdue(db)} AS "isOverdue"`;
      if (!due.isOverdue) return false;
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox overdue'))`;
      const [noted] = await sql`
        SELECT append_audit('upkeep', 'review.overdue', 'reviews', jsonb_build_object('days', ${OVERDUE_DAYS}::integer))
        WHERE NOT EXISTS (SELECT FROM audit_log WHERE action = 'review.overdue' AND at > now() - interval '7 days')`;
      return noted !== undefined;
    }),
  );
}

function overdue({ sql }: Database) {
  const since = sql`now() - ${OVERDUE_DAYS} * interval '1 day'`;
  return sql`NOT EXISTS (SELECT FROM reviews WHERE started_at > ${since}) AND EXISTS (SELECT FROM policy_versions WHERE applied_at < ${since})`;
}
