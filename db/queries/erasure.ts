/** The erasing of one task's content for good. What is erased and what stays is in `erase_task`, db/migrations/0008_upkeep.sql. */

import { type Database, guarded } from '../connect';

export interface Erasure {
  readonly taskId: string;
  /** For the audit log, which is never erased: no content. */
  readonly actor: string;
  readonly reason: string;
}

export type Erased =
  | { readonly kind: 'erased'; readonly at: string; readonly replays: number }
  /** Somebody has asked for it before. */
  | { readonly kind: 'erased-before'; readonly at: string }
  /** The task, or a replay of it, has not ended. */
  | { readonly kind: 'open' }
  /** Its month was archived, and its table is not in the database any more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown' };

/** Safe to repeat: the second time finds the first. */
export function eraseTask({ sql }: Database, erasure: Erasure): Promise<Erased> {
  return guarded('erase the content of a task', async () => {
    const [row] = await sql<[{ erased: Erased }]>`SELECT erase_task(${JSON.stringify(erasure)}::text::jsonb) AS erased`;
    return row.erased;
  });
}
