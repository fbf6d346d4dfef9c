/**
 * What upkeep does in each of its rounds for what has been kept long enough: erases old content in small parts, and moves the oldest
 * month of tasks to tables of its own. Neither takes long: what is not done in this round is done in a later one.
 */

import { type Archived, archiveOldestMonth, eraseOldContent, forgetOldImports, putOffArchiving } from '../db/queries/retention';
import { isRoutingError } from '../routing/errors';
import type { Deps } from './deps';

/** Tasks whose content is erased in one round: at the usual pace, four millions a day. */
const BATCH = 500;
/** Imported tasks that are forgotten in one round. */
const IMPORTS_BATCH = 2_000;

export interface Kept {
  /** Tasks whose content was erased. */
  readonly erased: number;
  /** What people are to be told. */
  readonly warnings: readonly string[];
}

/** Safe to repeat and to run twice at once: content is erased once, and a month is moved by one. */
export async function keepRetention({ db }: Pick<Deps, 'db'>): Promise<Kept> {
  const { erased } = await eraseOldContent(db, BATCH);
  const warnings = warningsOf(await archive(db));
  await forgetOldImports(db, IMPORTS_BATCH);
  return { erased, warnings };
}

async function archive(db: Deps['db']): Promise<Archived | { readonly kind: 'in-use'; readonly why: string }> {
  try {
    return await archiveOldestMonth(db);
  } catch (error) {
    // Somebody else has one of the tables in hand; that must not cost the round what comes after.
    if (!isRoutingError(error) || error.code !== 'database_unreachable') throw error;
    await putOffArchiving(db);
    return { kind: 'in-use', why: error.message };
  }
}

function warningsOf(archived: Awaited<ReturnType<typeof archive>>): readonly string[] {
  switch (archived.kind) {
    case 'none':
      return [];
    case 'archived':
      return [`The tasks of ${archived.month} were moved to tables of their own: see "Data over the years" in docs/operations.md.`];
    case 'held':
      return [`The tasks of ${archived.month} are not archived yet, because of ${archived.by}. They are looked at again in a day.`];
    case 'in-use':
      return [`A month of tasks could not be archived now, and is tried again in an hour. ${archived.why}`];
  }
}
