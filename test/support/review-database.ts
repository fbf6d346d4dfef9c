/** A database of its own with rules in force, for the steps of a review that call no model and need no engine. */

import { connect, type Database } from '../../db/connect';
import { REVIEW_ROLE } from '../../db/server';
import { createTestDatabase } from './database';
import { applyTestRules, type TestRules } from './rules';

export interface ReviewDatabase {
  readonly db: Database;
  /** The same database, with the rights of a review. */
  readonly reviewDb: Database;
  /** Puts other rules into force; what is not named stays. */
  apply(changes: Partial<Pick<TestRules, 'models' | 'policy'>>): Promise<void>;
  end(): Promise<void>;
}

export async function createReviewDatabase(given: Pick<TestRules, 'models' | 'policy'>): Promise<ReviewDatabase> {
  const database = await createTestDatabase();
  const db = connect(database.url, { maxConnections: 4 });
  const reviewDb = connect(database.url, { maxConnections: 2, role: REVIEW_ROLE });
  let rules = given;
  const made: ReviewDatabase = {
    db,
    reviewDb,
    async apply(changes) {
      rules = { ...rules, ...changes };
      await applyTestRules(db, { ...rules, scripted: { script: '', ledger: '' } });
    },
    async end() {
      await Promise.all([db.close(), reviewDb.close()]);
      await database.drop();
    },
  };
  await made.apply({});
  return made;
}
