/** A class that becomes worse asks for a review by itself. */

import type { Deps } from '../../../activities/deps';
import { rollUp } from '../../../activities/review/roll-up';
import { reviewCrossedThresholds } from '../../../activities/review/thresholds';
import { sweep } from '../../../activities/sweep';
import { connect, type Database } from '../../../db/connect';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS } from '../../../routing/review/settings';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { depsOf } from '../../support/deps';
import { type EndedTask, insertEndedTasks } from '../../support/ended-tasks';
import { applyTestRules } from '../../support/rules';
import { MODELS, NORTH } from '../../support/scenario';

let database: TestDatabase;
let db: Database;
let asked: Parameters<Deps['askForReview']>[0][];
let deps: Deps;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4, planOnce: true });
  await applyRules();
  asked = [];
  deps = depsOf({ db, reviewDb: db }, { askForReview: async (trigger) => void asked.push(trigger) });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

function applyRules(groups: Readonly<Record<string, readonly string[]>> = {}): Promise<void> {
  const policy = { review: { ...DEFAULT_REVIEW_SETTINGS, groups } };
  return applyTestRules(db, { models: MODELS, policy, scripted: { script: '', ledger: '' } });
}

/** Twenty tasks on each of the last days, today included, of which the latest differ. */
function days(count: number, taskClass: string, latest: { readonly days: number; readonly of: Partial<EndedTask> }): EndedTask[] {
  return Array.from({ length: count * 20 }, (_, at) => {
    const ago = Math.floor(at / 20);
    const endedAt = new Date(Date.now() - ago * DAY_MS);
    return { endedAt, taskClass, costNano: 1_000 + (at % 7), ...(ago < latest.days ? latest.of : {}) };
  });
}

test('a class whose tasks became dearer asks for its review, once a day', async () => {
  await insertEndedTasks(db, [...days(20, 'dearer', { days: 3, of: { costNano: 3_000 } }), ...days(20, 'steady', { days: 0, of: {} })]);
  await rollUp(deps);
  expect(await reviewCrossedThresholds(deps)).toEqual({ asked: 1 });
  expect(asked).toMatchObject([{ scope: 'dearer', kind: 'threshold', requestedBy: 'upkeep', triggerId: expect.any(String) }]);
  expect(asked[0]!.detail).toContain(`The cost of a task of ${NORTH.id} on class "dearer" is now `);
  expect(await db.sql`SELECT id, scope, kind FROM review_triggers`).toEqual([
    { id: asked[0]!.triggerId, scope: 'dearer', kind: 'threshold' },
  ]);
  expect(await reviewCrossedThresholds(deps)).toEqual({ asked: 0 });
  await db.sql`UPDATE review_triggers SET at = at - interval '1 day'`;
  expect(await reviewCrossedThresholds(deps)).toEqual({ asked: 1 });
});

test('a class of a group asks for the review of its group', async () => {
  await applyRules({ together: ['worse', 'slower'] });
  await insertEndedTasks(db, [
    ...days(20, 'worse', { days: 3, of: { score: 0 } }),
    ...days(20, 'slower', { days: 3, of: { latencyMs: 9_000 } }),
  ]);
  await rollUp(deps);
  expect(await reviewCrossedThresholds(deps)).toEqual({ asked: 1 });
  expect(asked.map(({ scope }) => scope)).toEqual(['together']);
});

test('nothing is asked where nothing has ended', async () => {
  expect(await reviewCrossedThresholds(deps)).toEqual({ asked: 0 });
});

test('a round of upkeep rolls up and asks', async () => {
  await insertEndedTasks(db, days(20, 'dearer', { days: 3, of: { costNano: 3_000 } }));
  expect((await sweep(deps)).rolledUp).toBeGreaterThanOrEqual(20);
  expect(asked).toHaveLength(1);
  expect((await sweep(deps)).rolledUp).toBe(0);
});
