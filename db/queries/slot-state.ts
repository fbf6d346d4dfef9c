/** What who gives out slots must know: what is free, who waits for it in which order, and what recent tasks were worth. */

import type { AccountState } from '../../routing/slots/accounts';
import { type Database, guarded } from '../connect';

/** A task that waits, in the order of choice. */
export interface WaitingTask {
  readonly taskId: string;
  readonly models: readonly string[];
  readonly lacks: Readonly<Record<string, string>>;
  readonly expectedValue: number;
  readonly priority: number;
  readonly groupName: string | null;
  readonly groupPriority: number | null;
  readonly place: number;
}

export interface SlotState {
  /** In the order of the configuration. */
  readonly accounts: readonly AccountState[];
  /** Those that could take a slot that is free. */
  readonly waiting: readonly WaitingTask[];
}

/**
 * All accounts, and the first tasks of the queue for which any slot is free.
 *
 * @param after the last task of the page before, in the order of choice; absent: from the beginning
 */
export function loadSlotState(
  db: Database,
  limit: number,
  after: Pick<WaitingTask, 'place' | 'taskId'> = { place: Number.NEGATIVE_INFINITY, taskId: '00000000-0000-0000-0000-000000000000' },
): Promise<SlotState> {
  return guarded('load what is free and who waits', async () => {
    const [row] = await db.sql<[SlotState]>`
      WITH rates AS MATERIALIZED (SELECT account, max(used_rate) AS used_rate FROM slot_rates(clock_timestamp()) GROUP BY account),
      state AS MATERIALIZED (
        SELECT s.account, s.position, s.models, s.concurrency, coalesce(r.used_rate, 0) AS used_rate,
          (SELECT count(*) FROM slot_leases l WHERE l.account = s.account AND l.expires_at > clock_timestamp()) AS taken
        FROM slots s LEFT JOIN rates r USING (account)
      ), free AS MATERIALIZED (
        SELECT coalesce(array_agg(DISTINCT model), ARRAY[]::text[]) AS models
        FROM state, unnest(models) AS model WHERE taken < concurrency AND used_rate < 1
      ), waiting AS (
        SELECT q.* FROM slot_queue q
        WHERE cardinality((SELECT models FROM free)) > 0 AND q.models && (SELECT models FROM free)
          AND (q.place, q.task_id) > (${after.place}::float8, ${after.taskId}::uuid)
          AND NOT EXISTS (SELECT FROM slot_leases l WHERE l.task_id = q.task_id AND l.expires_at > clock_timestamp())
        ORDER BY q.place, q.task_id LIMIT ${limit}
      )
      SELECT
        (SELECT coalesce(jsonb_agg(jsonb_build_object('account', account, 'models', models, 'concurrency', concurrency, 'taken', taken,
          'usedRate', used_rate) ORDER BY position), '[]') FROM state) AS accounts,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('taskId', task_id, 'models', models, 'lacks', lacks, 'expectedValue', expected_value,
          'priority', priority, 'groupName', group_name, 'groupPriority', group_priority, 'place', place) ORDER BY place, task_id), '[]')
          FROM waiting) AS waiting`;
    return row;
  });
}

/** As `loadSlotState` sees accounts, when tasks were where they would be in mode observe: nobody waits. */
export function loadObservedAccounts(db: Database): Promise<readonly AccountState[]> {
  return guarded('load which slots would be taken', async () => {
    return db.sql<AccountState[]>`
      SELECT s.account, s.models, s.concurrency,
        (SELECT count(*)::integer FROM slot_assignments a JOIN tasks t ON t.id = a.task_id
          WHERE a.mode = 'observe' AND a.account = s.account AND t.ended_at IS NULL AND a.since > now() - interval '1 day') AS taken,
        coalesce((SELECT max(r.used_rate) FROM slot_rates(now()) r WHERE r.account = s.account), 0) AS "usedRate"
      FROM slots s ORDER BY s.position`;
  });
}

/** Expected values of recent tasks that needed a slot, ascending. */
export function loadRecentValues(db: Database): Promise<readonly number[]> {
  return guarded('load what recent tasks were worth', async () => {
    const rows = await db.sql<{ value: number }[]>`
      SELECT expected_value AS value FROM (
        SELECT expected_value FROM slot_assignments WHERE since > now() - interval '1 day' ORDER BY since DESC LIMIT 1000) AS recent
      ORDER BY expected_value`;
    return rows.map(({ value }) => value);
  });
}

/** Where a task stands: the model of the slot it has, that it waits, or neither. */
export type HeldSlot = { readonly kind: 'held'; readonly model: string } | { readonly kind: 'waiting' } | { readonly kind: 'none' };

export function loadHeldSlot(db: Database, taskId: string): Promise<HeldSlot> {
  return guarded('load the slot of a task', async () => {
    const [row] = await db.sql<[{ model: string | null; isWaiting: boolean }]>`
      SELECT (SELECT model FROM slot_leases WHERE task_id = ${taskId} AND expires_at > clock_timestamp()) AS model,
        EXISTS (SELECT FROM slot_queue WHERE task_id = ${taskId}) AS "isWaiting"`;
    if (row.model !== null) return { kind: 'held', model: row.model };
    return { kind: row.isWaiting ? 'waiting' : 'none' };
  });
}

/** Tasks that have a slot and have not begun to use it for some seconds: they may not know. */
export function unheardGrants(db: Database, limit: number): Promise<readonly string[]> {
  return guarded('look for slots that nobody took up', async () => {
    const rows = await db.sql<{ taskId: string }[]>`
      SELECT l.task_id AS "taskId" FROM slot_leases l JOIN tasks t ON t.id = l.task_id AND t.purpose = 'work'
      WHERE l.attempt_id IS NULL AND l.granted_at < clock_timestamp() - interval '3 seconds' AND l.expires_at > clock_timestamp() LIMIT ${limit}`;
    return rows.map(({ taskId }) => taskId);
  });
}

/** How many tasks of the queue have a place before this one. */
export function countWaitingBefore(db: Database, place: number): Promise<number> {
  return guarded('count who waits for a slot', async () => {
    const [row] = await db.sql<[{ tasks: number }]>`SELECT count(*)::integer AS tasks FROM slot_queue WHERE place < ${place}::float8`;
    return row.tasks;
  });
}

/** Whether anybody waits for a slot or holds one that upkeep may have to look at. */
export function hasSlotWork(db: Database): Promise<boolean> {
  return guarded('look whether anybody waits for a slot', async () => {
    const [row] = await db.sql<[{ has: boolean }]>`SELECT EXISTS (SELECT FROM slot_queue) AS has`;
    return row.has;
  });
}
