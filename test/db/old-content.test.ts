/** Content that is older than it may be goes, once, and nothing that somebody still needs. */

import { v7 as newId } from 'uuid';
import { keepRetention } from '../../activities/retention';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { listAudit, verifyAudit } from '../../db/queries/audit-log';
import { rollUpCosts } from '../../db/queries/cost';
import { applyRetention, eraseOldContent } from '../../db/queries/retention';
import { loadStory } from '../../db/queries/tasks';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyLedgerRules, type Decided, decided, endOf, open, settle } from './ledger-moves';
import { daysAgo, ERASED, hasContent, insertReview, monthsAgo, moveTo, pastTask, rulesOfOld, WHOLE } from './past-tasks';

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
  await applyLedgerRules(db);
});
afterEach(async () => {
  const { checks } = await auditLedger(db);
  const { firstBad } = await verifyAudit(db);
  await db.close();
  await database.drop();
  expect(checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
  expect(firstBad).toBeUndefined();
});

describe('settings', () => {
  test('are written to the audit log when they change, and not otherwise', async () => {
    expect(await applyRetention(db, { tasksMonths: 13, contentDays: 90 }, 'ana')).toBe(true);
    expect(await applyRetention(db, { contentDays: 90, tasksMonths: 13 }, 'ana')).toBe(false);
    expect(await applyRetention(db, { contentDays: 30 }, 'ben')).toBe(true);
    expect(await listAudit(db, { limit: 10, action: 'retention.applied' })).toMatchObject([
      { actor: 'ben', details: { before: { tasksMonths: 13, contentDays: 90 }, after: { contentDays: 30 } } },
      { actor: 'ana', details: { before: null } },
    ]);
  });

  test('without any, nothing is ever erased or moved', async () => {
    await rulesOfOld(db);
    const taskId = await pastTask(db, monthsAgo(60));
    expect(await keepRetention({ db })).toEqual({ erased: 0, warnings: [] });
    await applyRetention(db, {}, 'ana');
    expect(await keepRetention({ db })).toEqual({ erased: 0, warnings: [] });
    expect(await hasContent(db, taskId)).toEqual(WHOLE);
  });
});

describe('old content', () => {
  beforeEach(async () => {
    await rulesOfOld(db);
    await applyRetention(db, { contentDays: 30 }, 'ana');
  });

  test('is erased with its answers and what graders said of them; the rest of the story stays, and says when', async () => {
    const [old, young] = [await pastTask(db, daysAgo(31)), await pastTask(db, daysAgo(29))];
    const before = await loadStory(db, old);
    expect(await eraseOldContent(db, 100)).toEqual({ erased: 1, embedded: 0, moved: 0, isDone: true });
    expect(await hasContent(db, old)).toEqual(ERASED);
    expect(await hasContent(db, young)).toEqual(WHOLE);
    const after = await loadStory(db, old);
    expect(after).toMatchObject({ prompt: null, promptBytes: null, answer: undefined, contentErasedAt: expect.any(Date) });
    expect(after?.attempts).toEqual(before?.attempts);
    expect(after?.decision).toEqual(before?.decision);
  });

  test('goes in parts, oldest first, and is one entry of the audit log for all of them', async () => {
    const ids: string[] = [];
    for (const days of [50, 48, 46, 44, 42]) ids.push(await pastTask(db, daysAgo(days)));
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 2, isDone: false });
    expect(await hasContent(db, ids[1]!)).toEqual(ERASED);
    expect(await hasContent(db, ids[2]!)).toEqual(WHOLE);
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 2, isDone: false });
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 1, isDone: true });
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 0, isDone: true });
    expect(await listAudit(db, { limit: 10, action: 'content.erased' })).toMatchObject([
      { actor: 'upkeep', details: { tasks: 5, olderThanDays: 30 } },
    ]);
  });

  test('is erased once, whoever tries at the same time', async () => {
    for (let i = 0; i < 6; i++) await pastTask(db, daysAgo(40));
    const erased = await Promise.all(Array.from({ length: 4 }, () => eraseOldContent(db, 100)));
    expect(erased.reduce((sum, each) => sum + each.erased, 0)).toBe(6);
    expect(await listAudit(db, { limit: 10, action: 'content.erased' })).toHaveLength(1);
  });

  test('stays while the task has not ended', async () => {
    const task = await decided(db, { id: newId({ msecs: daysAgo(40).getTime() }) });
    await moveTo(db, task.taskId, daysAgo(40));
    expect(await eraseOldContent(db, 100)).toMatchObject({ erased: 0 });
    expect(await hasContent(db, task.taskId)).toMatchObject({ prompt: true });
  });

  test.each([
    ['analysing', false],
    ['replaying', false],
    ['awaiting-verdict', true],
  ])('in the window of a review that is %s is erased: %s', async (phase, isErased) => {
    const [inside, before] = [await pastTask(db, daysAgo(40)), await pastTask(db, daysAgo(60))];
    await insertReview(db, phase, daysAgo(50));
    await eraseOldContent(db, 100);
    expect(await hasContent(db, before)).toEqual(ERASED);
    expect(await hasContent(db, inside)).toEqual(isErased ? ERASED : WHOLE);
  });

  test('an answer that comes after its content was erased is not kept, and its call is settled', async () => {
    const original = await pastTask(db, daysAgo(40));
    const replay: Decided = await decided(db);
    await db.sql`UPDATE tasks SET purpose = 'replay', replay_of = ${original} WHERE id = ${replay.taskId}`;
    await open(db, replay);
    await eraseOldContent(db, 100);
    expect(await settle(db, replay, {}, endOf(replay.taskId))).toMatchObject({ kind: 'settled' });
    expect(await hasContent(db, replay.taskId)).toMatchObject({ answers: 0 });
    // Nobody asked for this replay, which an audit would find.
    await db.sql`UPDATE tasks SET purpose = 'work', replay_of = NULL WHERE id = ${replay.taskId}`;
  });
});

test('calls of embedded programs are forgotten after their own time, and not before they are rolled up; what was spent stays', async () => {
  await applyRetention(db, { embeddedDays: 40 }, 'ana');
  for (const days of [39, 41, 45]) {
    await db.sql`
      INSERT INTO embedded_calls (id, system, model, task_class, tier, state, reserved_nano, balance_ids, cost_nano, cost_basis, started_at, expires_at, ended_at)
        SELECT gen_random_uuid(), 'app', 'a/b', 'c', 'SIMPLE', 'settled', 0, '{}', 1, 'usage', at, at, at FROM (SELECT ${daysAgo(days).toISOString()}::timestamptz AS at) AS t`;
  }
  expect(await eraseOldContent(db, 1)).toMatchObject({ embedded: 0, isDone: true });
  await rollUpCosts(db, 1_000);
  await db.sql`INSERT INTO call_rollup_progress (rolled_until) VALUES (now())`;
  await db.sql`UPDATE retention SET due_at = now()`;
  expect(await eraseOldContent(db, 1)).toMatchObject({ embedded: 1, isDone: false });
  expect(await eraseOldContent(db, 5)).toMatchObject({ embedded: 1, isDone: true });
  expect(await db.sql`SELECT FROM embedded_calls`).toHaveLength(1);
  expect(await db.sql`SELECT sum(calls)::integer AS calls FROM cost_days WHERE system = 'app'`).toEqual([{ calls: 3 }]);
});
