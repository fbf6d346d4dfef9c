/** What upkeep looks for. Replays have no workflow of their own: of them, only what their reviews left open. */

import { type Database, guarded } from '../connect';

/** Accepted tasks that nothing started within a few seconds, oldest first. */
export function unstartedTasks(db: Database, limit: number): Promise<readonly string[]> {
  return guarded('look for tasks that were not started', async () => {
    const rows = await db.sql<{ id: string }[]>`
      SELECT id FROM tasks WHERE ended_at IS NULL AND purpose NOT IN ('replay', 'judge') AND status = 'accepted' AND accepted_at < now() - interval '3 seconds'
        AND (swept_at IS NULL OR swept_at < now() - interval '15 seconds')
      ORDER BY accepted_at LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  });
}

/** Running tasks that nobody has looked at for a minute: their workflow may be gone. */
export function unwatchedTasks(db: Database, limit: number): Promise<readonly string[]> {
  return guarded('look for tasks without a workflow', async () => {
    const rows = await db.sql<{ id: string }[]>`
      SELECT id FROM tasks WHERE ended_at IS NULL AND purpose NOT IN ('replay', 'judge') AND status = 'running'
        AND coalesce(swept_at, started_at) < now() - interval '1 minute'
      ORDER BY accepted_at LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  });
}

/** Open tasks that were to be cancelled some seconds ago: Temporal may not have heard of it. */
export function unheardCancellations(db: Database, limit: number): Promise<readonly string[]> {
  return guarded('look for cancellations that nobody heard of', async () => {
    const rows = await db.sql<{ id: string }[]>`
      SELECT id FROM tasks WHERE ended_at IS NULL AND purpose NOT IN ('replay', 'judge') AND cancel_requested_at < now() - interval '3 seconds'
        AND (swept_at IS NULL OR swept_at < now() - interval '15 seconds')
      ORDER BY accepted_at LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  });
}

/** Remembers that these tasks were looked at now. */
export function markSwept(db: Database, taskIds: readonly string[]): Promise<void> {
  return guarded('mark tasks as looked at', async () => {
    if (taskIds.length > 0)
      await db.sql`UPDATE tasks SET swept_at = now() WHERE id = ANY (${taskIds as string[]}::uuid[]) AND ended_at IS NULL`;
  });
}

/** Attempts that hold money beyond their time. */
export function expiredAttempts(
  db: Database,
  limit: number,
): Promise<readonly { readonly taskId: string; readonly decisionId: string; readonly number: number }[]> {
  return guarded('look for expired reservations', async () => {
    return db.sql<{ taskId: string; decisionId: string; number: number }[]>`
      SELECT a.task_id AS "taskId", a.decision_id AS "decisionId", a.number
      FROM reservations r JOIN attempts a ON a.task_id = r.task_id AND a.id = r.attempt_id
      WHERE r.state = 'held' AND r.expires_at < now() LIMIT ${limit}`;
  });
}

/** Makes the partitions of this month and the next two, with the settings that suit them. */
export function ensurePartitions(db: Database): Promise<void> {
  return guarded('make the partitions of the months to come', async () => {
    await db.sql`SELECT suit_partitions() FROM ensure_partitions(now(), 3) AS made WHERE made > 0`;
  });
}

/** Rolls up the calls and tasks of at most so many hours that are over, the oldest first; how many were made. */
export function rollUpCalls(db: Database, hours: number): Promise<number> {
  return guarded('roll up the calls of past hours', async () => {
    const [row] = await db.sql<[{ made: number }]>`SELECT roll_up_calls(${hours}) AS made`;
    return row.made;
  });
}
