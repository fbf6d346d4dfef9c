/**
 * How long things are kept, and what upkeep does when the time is over. What the functions do is in db/migrations/0008_upkeep.sql and
 * 0010_embedded_costs_and_retention.sql.
 */

import { type Database, guarded } from '../connect';
import { canonicalJson } from '../documents/canonical-json';
import type { RetentionSettings } from '../documents/catalogue-file';

/** Makes the configured times those that hold, with an entry in the audit log. False: they held already. */
export function applyRetention(db: Database, settings: RetentionSettings, actor: string): Promise<boolean> {
  return guarded('apply how long things are kept', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox rules'))`;
      const [row] = await sql<{ settings: Record<string, number> }[]>`
        SELECT jsonb_strip_nulls(jsonb_build_object('tasksMonths', tasks_months, 'contentDays', content_days, 'embeddedDays', embedded_days))
          AS settings FROM retention`;
      if (row !== undefined && canonicalJson(row.settings) === canonicalJson({ ...settings })) return false;
      const { tasksMonths = null, contentDays = null, embeddedDays = null } = settings;
      await sql`
        INSERT INTO retention (tasks_months, content_days, embedded_days) VALUES (${tasksMonths}, ${contentDays}, ${embeddedDays})
          ON CONFLICT (one) DO UPDATE SET tasks_months = excluded.tasks_months, content_days = excluded.content_days,
            embedded_days = excluded.embedded_days, due_at = now(), archive_due_at = now()`;
      const details = JSON.stringify({ before: row?.settings ?? null, after: settings });
      await sql`SELECT append_audit(${actor}, 'retention.applied', 'retention', ${details}::text::jsonb)`;
      return true;
    }),
  );
}

/** Forgets tasks of other systems that are older than our own may be in the tables, at most so many. Their figures stay in the roll-ups. */
export function forgetOldImports({ sql }: Database, most: number): Promise<void> {
  return guarded('forget old imports', async () => {
    await sql`SELECT forget_old_imports(${most})`;
  });
}

export interface OldContentErased {
  /** Tasks whose content was erased. */
  readonly erased: number;
  /** Calls of embedded programs that were forgotten. */
  readonly embedded: number;
  /** Rows about tasks of archived months that followed them, of the kind of which there were most. */
  readonly moved: number;
  /** Nothing more is due. */
  readonly isDone: boolean;
}

/** Erases what is older than it may be, at most so many tasks of it. Between two days that it looks, it costs one look at a row. */
export function eraseOldContent({ sql }: Database, most: number): Promise<OldContentErased> {
  return guarded('erase old content', async () => {
    const [row] = await sql<[{ erased: OldContentErased }]>`SELECT erase_old_content(${most}) AS erased`;
    return row.erased;
  });
}

/** What became of the oldest month: `none` is due, or none was looked at, because it is too soon after the last time. */
export type Archived =
  | { readonly kind: 'none' }
  /** `2026-01`, as in `archived.tasks_2026_01`. */
  | { readonly kind: 'archived'; readonly month: string }
  /** What still needs the month, in words. */
  | { readonly kind: 'held'; readonly month: string; readonly by: string };

/** Everybody who works with tasks waits while a month is detached, so it waits for its own turn no longer than this. */
const LOCK_TIMEOUT = '1s';
const STATEMENT_TIMEOUT = '10s';

/**
 * Moves the oldest month whose time is over to tables of its own, which keep every row.
 *
 * @throws {RoutingError} `database_unreachable` when the tables were in use for too long: it is tried again later
 */
export function archiveOldestMonth({ sql }: Database): Promise<Archived> {
  return guarded('archive a month of tasks', () =>
    sql.begin(async (tx) => {
      await tx`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true), set_config('statement_timeout', ${STATEMENT_TIMEOUT}, true)`;
      const [row] = await tx<[{ archived: Archived }]>`SELECT archive_oldest_month() AS archived`;
      return row.archived;
    }),
  );
}

/** Leaves the archiving alone for an hour. */
export function putOffArchiving({ sql }: Database): Promise<void> {
  return guarded('put off the archiving of a month', async () => {
    await sql`UPDATE retention SET archive_due_at = now() + interval '1 hour'`;
  });
}
