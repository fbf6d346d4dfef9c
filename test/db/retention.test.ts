/** What is kept and for how long: content goes first, months are moved and lose nothing, and nothing goes that somebody needs. */

import { v7 as newId } from 'uuid';
import { keepRetention } from '../../activities/retention';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { listAudit, verifyAudit } from '../../db/queries/audit-log';
import { rollUpCosts } from '../../db/queries/cost';
import { eraseTask } from '../../db/queries/erasure';
import { applyRetention, archiveOldestMonth, eraseOldContent } from '../../db/queries/retention';
import { loadStory } from '../../db/queries/tasks';
import { rollUpCalls } from '../../db/queries/upkeep';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addBudgets, applyLedgerRules, budgetOf, type Decided, decided, endOf, failed, open, settle } from './ledger-moves';

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

const DAY_MS = 86_400_000;

/** A task of some days ago, with a failed call, one that answered, and its outcome. */
async function pastTask(at: Date, changes: { readonly prompt?: unknown } = {}): Promise<string> {
  const task = await decided(db, { id: newId({ msecs: at.getTime() }), ...changes });
  await open(db, task);
  await settle(db, task, failed());
  await open(db, task, { number: 2 });
  await settle(db, task, { number: 2, answer: { text: 'Secret.' } }, endOf(task.taskId, { scoreDetail: 'Close to secret.', score: 1 }));
  await moveTo(task.taskId, at);
  return task.taskId;
}

/** Dates everything of a task by an instant. */
async function moveTo(taskId: string, at: Date): Promise<void> {
  const instant = at.toISOString();
  await db.sql`UPDATE tasks SET accepted_at = ${instant}, started_at = ${instant}, ended_at = CASE WHEN ended_at IS NOT NULL THEN ${instant}::timestamptz END WHERE id = ${taskId}`;
  await db.sql`UPDATE routing_decisions SET decided_at = ${instant} WHERE task_id = ${taskId}`;
  await db.sql`UPDATE reservations SET created_at = ${instant} WHERE task_id = ${taskId}`;
  await db.sql`UPDATE attempts SET started_at = ${instant}, ended_at = CASE WHEN ended_at IS NOT NULL THEN ${instant}::timestamptz END WHERE task_id = ${taskId}`;
  await db.sql`UPDATE cost_tracking SET at = ${instant} WHERE task_id = ${taskId}`;
  await db.sql`UPDATE routing_outcomes SET ended_at = ${instant} WHERE task_id = ${taskId}`;
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS);
}

/** The middle of the month so many months ago, in UTC. */
function monthsAgo(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15));
}

function nameOf(month: Date): string {
  return month.toISOString().slice(0, 7);
}

/** The test's rules were applied just now; a past task must have had them. */
async function rulesOfOld(): Promise<void> {
  await db.sql`UPDATE policy_versions SET applied_at = '2000-01-01'`;
}

async function hasContent(taskId: string): Promise<{ readonly prompt: boolean; readonly answers: number; readonly detail: string | null }> {
  const [row] = await db.sql<[{ prompt: boolean; answers: number; detail: string | null }]>`
    SELECT EXISTS (SELECT FROM task_payloads WHERE task_id = ${taskId}) AS prompt,
      (SELECT count(*)::integer FROM answers WHERE task_id = ${taskId}) AS answers,
      (SELECT score_detail FROM routing_outcomes WHERE task_id = ${taskId}) AS detail`;
  return { ...row };
}

const WHOLE = { prompt: true, answers: 1, detail: 'Close to secret.' };
const ERASED = { prompt: false, answers: 0, detail: 'Erased.' };

async function insertReview(phase: string, windowFrom: Date): Promise<void> {
  await db.sql`
    INSERT INTO reviews (id, scope, phase, trigger_kind, requested_by, base_version, catalogue_version, settings, seed, window_from, window_to, replay_cap_nano)
      SELECT gen_random_uuid(), 'all', ${phase}, 'person', 'ana', 1, version, '{}', 'seed', ${windowFrom.toISOString()}, now(), 0
      FROM catalogue_versions`;
}

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
    await rulesOfOld();
    const taskId = await pastTask(monthsAgo(60));
    expect(await keepRetention({ db })).toEqual({ erased: 0, warnings: [] });
    await applyRetention(db, {}, 'ana');
    expect(await keepRetention({ db })).toEqual({ erased: 0, warnings: [] });
    expect(await hasContent(taskId)).toEqual(WHOLE);
  });
});

describe('old content', () => {
  beforeEach(async () => {
    await rulesOfOld();
    await applyRetention(db, { contentDays: 30 }, 'ana');
  });

  test('is erased with its answers and what graders said of them; the rest of the story stays, and says when', async () => {
    const [old, young] = [await pastTask(daysAgo(31)), await pastTask(daysAgo(29))];
    const before = await loadStory(db, old);
    expect(await eraseOldContent(db, 100)).toEqual({ erased: 1, embedded: 0, isDone: true });
    expect(await hasContent(old)).toEqual(ERASED);
    expect(await hasContent(young)).toEqual(WHOLE);
    const after = await loadStory(db, old);
    expect(after).toMatchObject({ prompt: null, promptBytes: null, answer: undefined, contentErasedAt: expect.any(Date) });
    expect(after?.attempts).toEqual(before?.attempts);
    expect(after?.decision).toEqual(before?.decision);
  });

  test('goes in parts, oldest first, and is one entry of the audit log for all of them', async () => {
    const ids: string[] = [];
    for (const days of [50, 48, 46, 44, 42]) ids.push(await pastTask(daysAgo(days)));
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 2, isDone: false });
    expect(await hasContent(ids[1]!)).toEqual(ERASED);
    expect(await hasContent(ids[2]!)).toEqual(WHOLE);
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 2, isDone: false });
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 1, isDone: true });
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 0, isDone: true });
    expect(await listAudit(db, { limit: 10, action: 'content.erased' })).toMatchObject([
      { actor: 'upkeep', details: { tasks: 5, olderThanDays: 30 } },
    ]);
  });

  test('is erased once, whoever tries at the same time', async () => {
    for (let i = 0; i < 6; i++) await pastTask(daysAgo(40));
    const erased = await Promise.all(Array.from({ length: 4 }, () => eraseOldContent(db, 100)));
    expect(erased.reduce((sum, each) => sum + each.erased, 0)).toBe(6);
    expect(await listAudit(db, { limit: 10, action: 'content.erased' })).toHaveLength(1);
  });

  test('stays while the task has not ended', async () => {
    const task = await decided(db, { id: newId({ msecs: daysAgo(40).getTime() }) });
    await moveTo(task.taskId, daysAgo(40));
    expect(await eraseOldContent(db, 100)).toMatchObject({ erased: 0 });
    expect(await hasContent(task.taskId)).toMatchObject({ prompt: true });
  });

  test.each([
    ['analysing', false],
    ['replaying', false],
    ['awaiting-verdict', true],
  ])('in the window of a review that is %s is erased: %s', async (phase, isErased) => {
    const [inside, before] = [await pastTask(daysAgo(40)), await pastTask(daysAgo(60))];
    await insertReview(phase, daysAgo(50));
    await eraseOldContent(db, 100);
    expect(await hasContent(before)).toEqual(ERASED);
    expect(await hasContent(inside)).toEqual(isErased ? ERASED : WHOLE);
  });

  test('an answer that comes after its content was erased is not kept, and its call is settled', async () => {
    const original = await pastTask(daysAgo(40));
    const replay: Decided = await decided(db);
    await db.sql`UPDATE tasks SET purpose = 'replay', replay_of = ${original} WHERE id = ${replay.taskId}`;
    await open(db, replay);
    await eraseOldContent(db, 100);
    expect(await settle(db, replay, {}, endOf(replay.taskId))).toMatchObject({ kind: 'settled' });
    expect(await hasContent(replay.taskId)).toMatchObject({ answers: 0 });
    // Nobody asked for this replay, which an audit would find.
    await db.sql`UPDATE tasks SET purpose = 'work', replay_of = NULL WHERE id = ${replay.taskId}`;
  });
});

test('calls of embedded programs are forgotten after their own time; what was spent stays', async () => {
  await applyRetention(db, { embeddedDays: 40 }, 'ana');
  for (const days of [39, 41, 45]) {
    await db.sql`
      INSERT INTO embedded_calls (id, system, model, task_class, tier, state, reserved_nano, balance_ids, cost_nano, cost_basis, started_at, expires_at, ended_at)
        SELECT gen_random_uuid(), 'app', 'a/b', 'c', 'SIMPLE', 'settled', 0, '{}', 1, 'usage', at, at, at FROM (SELECT ${daysAgo(days).toISOString()}::timestamptz AS at) AS t`;
  }
  expect(await eraseOldContent(db, 1)).toMatchObject({ embedded: 1, isDone: false });
  expect(await eraseOldContent(db, 5)).toMatchObject({ embedded: 1, isDone: true });
  expect(await db.sql`SELECT FROM embedded_calls`).toHaveLength(1);
});

describe('months', () => {
  let old: string;
  let kept: string;

  beforeEach(async () => {
    await rulesOfOld();
    await db.sql`SELECT ensure_partitions(${monthsAgo(5).toISOString()}, 6)`;
    old = await pastTask(monthsAgo(4));
    kept = await pastTask(monthsAgo(2));
    await rollUp();
    await applyRetention(db, { tasksMonths: 2 }, 'ana');
  });

  async function rollUp(): Promise<void> {
    await rollUpCosts(db, 1_000);
    // The days with tasks; those between would only take time.
    for (const at of [monthsAgo(4), monthsAgo(2), new Date()]) {
      await db.sql`INSERT INTO call_rollup_progress (rolled_until) VALUES (date_trunc('day', ${at.toISOString()}::timestamptz, 'UTC'))
        ON CONFLICT (one) DO UPDATE SET rolled_until = excluded.rolled_until`;
      await rollUpCalls(db, 24);
    }
    await db.sql`INSERT INTO rollup_progress (rolled_until) VALUES (now()) ON CONFLICT (one) DO UPDATE SET rolled_until = now()`;
  }

  /** Archives until nothing more can be. */
  async function archiveAll(): Promise<readonly string[]> {
    const months: string[] = [];
    for (;;) {
      const archived = await archiveOldestMonth(db);
      if (archived.kind !== 'archived') return months;
      months.push(archived.month);
    }
  }

  const tableOf = (table: string, month: Date) => `archived.${table}_${nameOf(month).replace('-', '_')}`;

  test('are moved oldest first to tables of their own, which keep every row; the others stay', async () => {
    const figures = () => db.sql`SELECT model, calls, cost_nano FROM model_summary('2000-01-01') ORDER BY model`;
    const before = [...(await figures())];
    expect(await archiveAll()).toEqual([5, 4, 3].map((months) => nameOf(monthsAgo(months))));
    expect(await loadStory(db, old)).toBeUndefined();
    expect(await loadStory(db, kept)).toMatchObject({ prompt: expect.anything() });
    for (const [table, rows] of Object.entries({
      tasks: 1,
      task_payloads: 1,
      routing_decisions: 1,
      attempts: 2,
      answers: 1,
      routing_outcomes: 1,
      cost_tracking: 1,
    })) {
      expect(await db.sql.unsafe(`SELECT * FROM ${tableOf(table, monthsAgo(4))}`)).toHaveLength(rows);
    }
    expect([...(await figures())]).toEqual(before);
    expect(await listAudit(db, { limit: 10, action: 'month.archived' })).toMatchObject(
      [5, 4, 3].map((months) => ({ subject: nameOf(monthsAgo(months)) })).reverse(),
    );
  });

  test('that are archived are tables like others: they can be dropped, and nothing else notices', async () => {
    await archiveAll();
    for (const table of ['cost_tracking', 'routing_outcomes', 'answers', 'attempts', 'routing_decisions', 'task_payloads', 'tasks']) {
      await db.sql.unsafe(`DROP TABLE ${tableOf(table, monthsAgo(4))}`);
    }
    expect(await archiveOldestMonth(db)).toEqual({ kind: 'none' });
  });

  test('that are archived can still be asked to forget a task, as long as they are there', async () => {
    await archiveAll();
    const erasure = { taskId: old, actor: 'ana', reason: '' };
    const month = monthsAgo(4);
    const other = await pastTask(monthsAgo(2));
    expect(await eraseTask(db, erasure)).toMatchObject({ kind: 'erased' });
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('task_payloads', month)}`)).toHaveLength(0);
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('answers', month)}`)).toHaveLength(0);
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('cost_tracking', month)}`)).toHaveLength(1);
    await db.sql.unsafe(`DROP TABLE ${tableOf('tasks', month)}`);
    expect(await eraseTask(db, erasure)).toMatchObject({ kind: 'erased-before' });
    expect(await eraseTask(db, { ...erasure, taskId: newId({ msecs: month.getTime() }) })).toEqual({ kind: 'gone' });
    expect(await hasContent(other)).toEqual(WHOLE);
  });

  test('are archived by upkeep, which says so', async () => {
    expect(await keepRetention({ db })).toEqual({
      erased: 0,
      warnings: [expect.stringContaining(`The tasks of ${nameOf(monthsAgo(5))} were moved`)],
    });
  });

  test('are tried again after an hour, when one could not be moved because a table was in use', async () => {
    const other = connect(database.url, { maxConnections: 1 });
    await other.sql.begin(async (sql) => {
      await sql`SELECT FROM tasks LIMIT 1`;
      expect((await keepRetention({ db })).warnings).toEqual([expect.stringContaining('tried again in an hour')]);
    });
    await other.close();
    expect(await keepRetention({ db })).toEqual({ erased: 0, warnings: [] });
    await db.sql`UPDATE retention SET archive_due_at = now()`;
    expect((await keepRetention({ db })).warnings).toEqual([expect.stringContaining('were moved')]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a task that has not ended', () => db.sql`UPDATE tasks SET status = 'running', ended_at = NULL WHERE id = ${old}`],
    ['money that is reserved', () => db.sql`UPDATE reservations SET state = 'held', settled_nano = NULL WHERE task_id = ${old}`],
    ['a review that is open', () => insertReview('awaiting-verdict', daysAgo(200))],
    ['figures that are not rolled up yet', () => db.sql`DELETE FROM cost_rollup_progress`],
    [
      'the period of a budget',
      async () => {
        await addBudgets(db, budgetOf('slow', { period: 'month' }));
        await db.sql`INSERT INTO budget_tracking (budget_id, period_start, period_end) VALUES ('team:slow:day', ${daysAgo(200).toISOString()}, now() + interval '1 day')`;
      },
    ],
  ])('stay because of %s, and are looked at again a day later', async (by, hold) => {
    await archiveOldestMonth(db); // an empty month
    await hold();
    expect(await archiveOldestMonth(db)).toEqual({ kind: 'held', month: nameOf(monthsAgo(4)), by });
    expect(await archiveOldestMonth(db)).toEqual({ kind: 'none' });
    expect(await loadStory(db, old)).toBeDefined();
    // As it was, so that the audit has nothing to find.
    await db.sql`UPDATE tasks SET status = 'completed', ended_at = ${monthsAgo(4).toISOString()} WHERE id = ${old}`;
    await db.sql`UPDATE reservations SET state = 'settled', settled_nano = CASE WHEN settled_at = (SELECT max(settled_at) FROM reservations WHERE task_id = ${old}) THEN 40 ELSE 0 END WHERE state = 'held'`;
  });

  test('whose tasks a rollout still counts stay', async () => {
    await archiveOldestMonth(db);
    await insertReview('awaiting-verdict', daysAgo(1));
    await db.sql`
      WITH p AS (INSERT INTO proposals (id, review_id, name, classes, state, move_key, finding, base_version)
        SELECT gen_random_uuid(), id, 'n', '{c}', 'DETECTED', 'k', '{}', 1 FROM reviews RETURNING *)
      INSERT INTO rollouts (id, proposal_id, review_id, name, classes, state, move_key, salt, change, plan, evidence_sha256, base_version, started_at)
        SELECT gen_random_uuid(), id, review_id, name, classes, 'WATCHED', 'k', 's', '{}', '{}', '', 1, ${daysAgo(200).toISOString()} FROM p`;
    expect(await archiveOldestMonth(db)).toMatchObject({ kind: 'held', by: 'a rollout' });
    await db.sql`DELETE FROM rollouts`;
  });
});
