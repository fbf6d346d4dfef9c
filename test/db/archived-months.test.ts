/** Months whose time is over are moved and lose nothing; what is told of their tasks follows, and content in them still goes. */

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
import { addBudgets, applyLedgerRules, budgetOf } from './ledger-moves';
import { daysAgo, ERASED, hasContent, insertReview, monthsAgo, nameOf, pastTask, rulesOfOld, WHOLE } from './past-tasks';

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

describe('months', () => {
  let old: string;
  let kept: string;

  beforeEach(async () => {
    await rulesOfOld(db);
    await db.sql`SELECT ensure_partitions(${monthsAgo(5).toISOString()}, 6)`;
    old = await pastTask(db, monthsAgo(4));
    kept = await pastTask(db, monthsAgo(2));
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
    const other = await pastTask(db, monthsAgo(2));
    expect(await eraseTask(db, erasure)).toMatchObject({ kind: 'erased' });
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('task_payloads', month)}`)).toHaveLength(0);
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('answers', month)}`)).toHaveLength(0);
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('cost_tracking', month)}`)).toHaveLength(1);
    await db.sql.unsafe(`DROP TABLE ${tableOf('tasks', month)}`);
    expect(await eraseTask(db, erasure)).toMatchObject({ kind: 'erased-before' });
    expect(await eraseTask(db, { ...erasure, taskId: newId({ msecs: month.getTime() }) })).toEqual({ kind: 'gone' });
    expect(await hasContent(db, other)).toEqual(WHOLE);
  });

  test('that are archived lose the content that is older than it may be, and are one entry of the audit log with the rest', async () => {
    const month = monthsAgo(4);
    await pastTask(db, month); // of a month that is archived with it
    await archiveAll();
    await applyRetention(db, { tasksMonths: 2, contentDays: 30 }, 'ana');
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 2, isDone: false });
    expect(await eraseOldContent(db, 2)).toMatchObject({ erased: 1, isDone: true });
    expect(await hasContent(db, kept)).toEqual(ERASED);
    for (const table of ['task_payloads', 'answers']) {
      expect(await db.sql.unsafe(`SELECT * FROM ${tableOf(table, month)}`)).toHaveLength(0);
    }
    expect(await db.sql.unsafe(`SELECT score_detail FROM ${tableOf('routing_outcomes', month)}`)).toEqual(
      Array(2).fill({ score_detail: 'Erased.' }),
    );
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('tasks', month)} WHERE content_erased_at IS NULL`)).toHaveLength(0);
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('cost_tracking', month)}`)).toHaveLength(2);
    expect(await listAudit(db, { limit: 5, action: 'content.erased' })).toMatchObject([{ details: { tasks: 3 } }]);
  });

  test('of which tables were taken away are left alone, and hold nothing else back', async () => {
    await archiveAll();
    await db.sql.unsafe(`DROP TABLE ${tableOf('answers', monthsAgo(4))}`);
    await applyRetention(db, { tasksMonths: 2, contentDays: 30 }, 'ana');
    expect(await eraseOldContent(db, 10)).toMatchObject({ erased: 1, isDone: true });
    expect(await hasContent(db, kept)).toEqual(ERASED);
    expect(await db.sql.unsafe(`SELECT * FROM ${tableOf('task_payloads', monthsAgo(4))}`)).toHaveLength(1);
  });

  test('that are archived are followed by what else is told of their tasks, a part at a time; the ledger keeps what it is held against', async () => {
    const month = monthsAgo(4);
    const another = await pastTask(db, month);
    for (const taskId of [old, another, kept]) {
      const at = (taskId === kept ? monthsAgo(2) : month).toISOString();
      await db.sql`INSERT INTO slot_assignments (task_id, decision_id, mode, expected_value, value_source, reason, since)
        SELECT task_id, id, 'act', 1, 'stated', 'It was free.', ${at} FROM routing_decisions WHERE task_id = ${taskId}`;
      await db.sql`INSERT INTO fallback_events (task_id, from_model, to_model, failure_class, at) VALUES (${taskId}, 'a/b', 'a/c', 'overloaded', ${at})`;
      await db.sql`INSERT INTO rate_limit_events (task_id, model, provider, kind, at) VALUES (${taskId}, 'a/b', 'a', 'rate-limited', ${at})`;
    }
    const ledger = () =>
      db.sql`SELECT (SELECT count(*) FROM reservations) AS reservations, (SELECT sum(spent_nano) FROM budget_tracking) AS spent`;
    const before = [...(await ledger())];
    await archiveAll();
    expect(await eraseOldContent(db, 1)).toMatchObject({ moved: 1, isDone: false });
    expect(await eraseOldContent(db, 2)).toMatchObject({ moved: 1, isDone: true });
    for (const table of ['slot_assignments', 'fallback_events', 'rate_limit_events']) {
      expect(await db.sql`SELECT task_id FROM ${db.sql(table)}`).toEqual([{ task_id: kept }]);
      const moved = await db.sql.unsafe<{ task_id: string }[]>(`SELECT task_id FROM ${tableOf(table, month)}`);
      expect(moved.map(({ task_id }) => task_id).sort()).toEqual([old, another].sort());
    }
    expect([...(await ledger())]).toEqual(before);
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
    ['a review that is open', () => insertReview(db, 'awaiting-verdict', daysAgo(200))],
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
    await insertReview(db, 'awaiting-verdict', daysAgo(1));
    await db.sql`
      WITH p AS (INSERT INTO proposals (id, review_id, name, classes, state, move_key, finding, base_version)
        SELECT gen_random_uuid(), id, 'n', '{c}', 'DETECTED', 'k', '{}', 1 FROM reviews RETURNING *)
      INSERT INTO rollouts (id, proposal_id, review_id, name, classes, state, move_key, salt, change, plan, evidence_sha256, base_version, started_at)
        SELECT gen_random_uuid(), id, review_id, name, classes, 'WATCHED', 'k', 's', '{}', '{}', '', 1, ${daysAgo(200).toISOString()} FROM p`;
    expect(await archiveOldestMonth(db)).toMatchObject({ kind: 'held', by: 'a rollout' });
    await db.sql`DELETE FROM rollouts`;
  });
});
