/** Tasks of some time ago, for tests of how long things are kept. */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';
import { decided, endOf, failed, open, settle } from './ledger-moves';

export const DAY_MS = 86_400_000;

/** A task of some days ago, with a failed call, one that answered, and its outcome. */
export async function pastTask(db: Database, at: Date, changes: { readonly prompt?: unknown } = {}): Promise<string> {
  const task = await decided(db, { id: newId({ msecs: at.getTime() }), ...changes });
  await open(db, task);
  await settle(db, task, failed());
  await open(db, task, { number: 2 });
  await settle(db, task, { number: 2, answer: { text: 'Secret.' } }, endOf(task.taskId, { scoreDetail: 'Close to secret.', score: 1 }));
  await moveTo(db, task.taskId, at);
  return task.taskId;
}

/** Dates everything of a task by an instant. */
export async function moveTo(db: Database, taskId: string, at: Date): Promise<void> {
  const instant = at.toISOString();
  await db.sql`UPDATE tasks SET accepted_at = ${instant}, started_at = ${instant}, ended_at = CASE WHEN ended_at IS NOT NULL THEN ${instant}::timestamptz END WHERE id = ${taskId}`;
  await db.sql`UPDATE routing_decisions SET decided_at = ${instant} WHERE task_id = ${taskId}`;
  await db.sql`UPDATE reservations SET created_at = ${instant} WHERE task_id = ${taskId}`;
  await db.sql`UPDATE attempts SET started_at = ${instant}, ended_at = CASE WHEN ended_at IS NOT NULL THEN ${instant}::timestamptz END WHERE task_id = ${taskId}`;
  await db.sql`UPDATE cost_tracking SET at = ${instant} WHERE task_id = ${taskId}`;
  await db.sql`UPDATE routing_outcomes SET ended_at = ${instant} WHERE task_id = ${taskId}`;
}

export function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS);
}

/** The middle of the month so many months ago, in UTC. */
export function monthsAgo(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15));
}

/** As 2026-01. */
export function nameOf(month: Date): string {
  return month.toISOString().slice(0, 7);
}

/** The test's rules were applied just now; a past task must have had them. */
export async function rulesOfOld(db: Database): Promise<void> {
  await db.sql`UPDATE policy_versions SET applied_at = '2000-01-01'`;
}

export async function hasContent(
  db: Database,
  taskId: string,
): Promise<{ readonly prompt: boolean; readonly answers: number; readonly detail: string | null }> {
  const [row] = await db.sql<[{ prompt: boolean; answers: number; detail: string | null }]>`
    SELECT EXISTS (SELECT FROM task_payloads WHERE task_id = ${taskId}) AS prompt,
      (SELECT count(*)::integer FROM answers WHERE task_id = ${taskId}) AS answers,
      (SELECT score_detail FROM routing_outcomes WHERE task_id = ${taskId}) AS detail`;
  return { ...row };
}

/** What `hasContent` finds of a past task, before and after. */
export const WHOLE = { prompt: true, answers: 1, detail: 'Close to secret.' };
export const ERASED = { prompt: false, answers: 0, detail: 'Erased.' };

export async function insertReview(db: Database, phase: string, windowFrom: Date): Promise<void> {
  await db.sql`
    INSERT INTO reviews (id, scope, phase, trigger_kind, requested_by, base_version, catalogue_version, settings, seed, window_from, window_to, replay_cap_nano)
      SELECT gen_random_uuid(), 'all', ${phase}, 'person', 'ana', 1, version, '{}', 'seed', ${windowFrom.toISOString()}, now(), 0
      FROM catalogue_versions`;
}
