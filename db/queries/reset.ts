/** Forgetting what was learnt or kept, each with its entry in the audit log. Neither the ledger nor the audit log is touched. */

import type postgres from 'postgres';
import { type Database, guarded } from '../connect';

/** What was forgotten. */
export interface Forgotten {
  readonly [what: string]: number;
}

/** Ratings, and the averages of ratings and outcomes that decisions rest on. What tasks cost and how they ended stays. */
export function resetStats(db: Database, actor: string): Promise<Forgotten> {
  return guarded('reset the statistics', () =>
    db.sql.begin(async (sql) => {
      // Whoever adds a rating meanwhile waits, and begins a new average.
      await sql`LOCK TABLE ratings IN SHARE ROW EXCLUSIVE MODE`;
      const ratings = (await sql`DELETE FROM ratings`).count;
      const averages = (await sql`DELETE FROM model_performance`).count;
      return audited(sql, actor, 'stats.reset', { ratings, averages });
    }),
  );
}

/**
 * Closes breakers: the models are called again at once.
 *
 * @param model only this one's; undefined: all
 */
export function resetCircuit(db: Database, actor: string, model: string | undefined): Promise<Forgotten> {
  return guarded('close the breakers', () =>
    db.sql.begin(async (sql) => {
      const models = (await sql`DELETE FROM model_health WHERE ${model === undefined ? sql`true` : sql`model = ${model}`}`).count;
      return audited(sql, actor, 'circuit.reset', { models }, model);
    }),
  );
}

/** Has every worker forget what it keeps of rules and values, before its next decision. */
export function resetCache(db: Database, actor: string): Promise<Forgotten> {
  return guarded('reset the caches', () =>
    db.sql.begin(async (sql) => {
      const [row] = await sql<[{ epoch: number }]>`UPDATE cache_epoch SET epoch = epoch + 1 RETURNING epoch::integer`;
      return audited(sql, actor, 'cache.reset', { epoch: row.epoch });
    }),
  );
}

async function audited(
  sql: postgres.TransactionSql,
  actor: string,
  action: string,
  details: Forgotten,
  subject = 'all',
): Promise<Forgotten> {
  await sql`SELECT append_audit(${actor}, ${action}, ${subject}, ${JSON.stringify(details)}::text::jsonb)`;
  return details;
}
