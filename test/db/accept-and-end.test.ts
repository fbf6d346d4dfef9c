/** The first and the last row of a task: accepted once, decided once, ended once. */

import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { acceptTask, recordDecision } from '../../db/queries/ledger';
import { loadStory } from '../../db/queries/tasks';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { accepted, applyLedgerRules, decided, decisionOf, end, endOf, open, settle, taskToAccept } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 20 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  expect((await auditLedger(db)).checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
  await db.close();
  await database.drop();
});

/** As many at once as the number says. */
function atOnce<T>(times: number, run: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => run(index)));
}

describe('accepting', () => {
  test('keeps a task as it was submitted', async () => {
    const task = taskToAccept({
      externalId: 'mine',
      residency: 'eu',
      privacyTier: 'confidential',
      priority: 77,
      grader: { kind: 'exact' },
    });
    expect(await acceptTask(db, task)).toEqual({ kind: 'accepted', taskId: task.id });
    const story = await loadStory(db, task.id);
    expect(story?.task).toMatchObject({
      owner: 'tester',
      externalId: 'mine',
      residency: 'eu',
      privacyTier: 'confidential',
      priority: 77,
      status: 'accepted',
    });
    expect(story?.prompt).toEqual(task.prompt);
  });

  test('gives the same task for the same key and body', async () => {
    const first = taskToAccept({ idempotencyKey: 'again' });
    await acceptTask(db, first);
    expect(await acceptTask(db, { ...first, id: newId() })).toEqual({ kind: 'existing', taskId: first.id });
  });

  test('refuses the same key with another body, and keeps the first task', async () => {
    const first = taskToAccept({ idempotencyKey: 'other body' });
    await acceptTask(db, first);
    const other = { ...first, id: newId(), bodySha256: 'c'.repeat(64) };
    expect(await acceptTask(db, other)).toEqual({ kind: 'conflict', taskId: first.id });
    expect(await loadStory(db, other.id)).toBeUndefined();
  });

  test('lets two owners use the same key', async () => {
    const [one, two] = ['one', 'two'].map((owner) => taskToAccept({ idempotencyKey: 'shared', owner }));
    expect(await acceptTask(db, one!)).toMatchObject({ kind: 'accepted' });
    expect(await acceptTask(db, two!)).toMatchObject({ kind: 'accepted' });
  });

  test('makes one task of twenty submissions at once', async () => {
    const answers = await atOnce(20, () => acceptTask(db, taskToAccept({ idempotencyKey: 'rush' })));
    expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(new Set(answers.map(({ taskId }) => taskId)).size).toBe(1);
    const [row] = await db.sql<
      [{ tasks: number }]
    >`SELECT count(*)::integer AS tasks FROM tasks WHERE id = ANY (${answers.map(({ taskId }) => taskId)}::uuid[])`;
    expect(row.tasks).toBe(1);
  });

  test('accepts nothing when the task cannot be stored', async () => {
    const task = taskToAccept({ privacyTier: 'secret', idempotencyKey: 'half' });
    await expect(acceptTask(db, task)).rejects.toMatchObject({ code: 'internal' });
    expect(await acceptTask(db, { ...task, privacyTier: 'internal' })).toMatchObject({ kind: 'accepted' });
  });
});

describe('deciding', () => {
  test('starts the task and gives it its class', async () => {
    const { taskId } = await decided(db);
    expect((await loadStory(db, taskId))?.task).toMatchObject({
      status: 'running',
      taskClass: 'factual/simple',
      startedAt: expect.any(Date),
    });
  });

  test('keeps the first decision, whatever the second says', async () => {
    const taskId = await accepted(db);
    const first = decisionOf(taskId, { record: { reasons: ['first'] } });
    expect(await recordDecision(db, first)).toEqual({ isNew: true, id: first.id, record: first.record });
    expect(await recordDecision(db, decisionOf(taskId, { record: { reasons: ['second'] } }))).toEqual({
      isNew: false,
      id: first.id,
      record: first.record,
    });
  });

  test('keeps one of ten decisions made at once, and tells it to all', async () => {
    const taskId = await accepted(db);
    const kept = await atOnce(10, () => recordDecision(db, decisionOf(taskId)));
    expect(kept.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(kept.map(({ id }) => id)).size).toBe(1);
  });

  test('ends a refused task with its decision', async () => {
    const taskId = await accepted(db);
    const outcome = endOf(taskId, { kind: 'refused', code: 'no_admissible_model', reason: 'No model may see it.' });
    await recordDecision(db, decisionOf(taskId, { kind: 'refused', model: undefined, record: {}, outcome }));
    const story = await loadStory(db, taskId);
    expect(story?.task.status).toBe('refused');
    expect(story?.outcome).toMatchObject({
      kind: 'refused',
      code: 'no_admissible_model',
      attempts: 0,
      costNano: 0,
      decisionId: story?.decision?.id,
    });
  });

  test('does not bring a cancelled task back to life', async () => {
    const taskId = await accepted(db);
    await end(db, taskId, { kind: 'cancelled', code: 'cancelled' });
    await recordDecision(db, decisionOf(taskId));
    expect((await loadStory(db, taskId))?.task.status).toBe('cancelled');
  });
});

describe('ending', () => {
  test('gives one outcome to twenty that end it at once, and tells it to all', async () => {
    const { taskId } = await decided(db);
    const kinds = ['completed', 'failed', 'cancelled', 'refused'] as const;
    const ends = await atOnce(20, (index) => end(db, taskId, { kind: kinds[index % 4]!, code: `end ${index}` }));
    expect(ends.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
    expect(new Set(ends.map(({ outcome }) => outcome.code)).size).toBe(1);
  });

  test('charges a live call in full and says what it cost', async () => {
    const task = await decided(db);
    await open(db, task, { amountNano: 250 });
    const { outcome } = await end(db, task.taskId, { kind: 'cancelled', code: 'cancelled' });
    expect(outcome).toMatchObject({ kind: 'cancelled', attempts: 1, costNano: 250 });
    const [attempt] = (await loadStory(db, task.taskId))!.attempts;
    expect(attempt).toMatchObject({ state: 'in_doubt', failureClass: 'cancelled', costBasis: 'reserved', costNano: 250 });
  });

  test('counts every attempt of the task', async () => {
    const task = await decided(db);
    for (const number of [1, 2, 3]) {
      await open(db, task, { number });
      await settle(db, task, { number, costNano: 10 * number });
    }
    expect((await end(db, task.taskId)).outcome).toMatchObject({ attempts: 3, costNano: 60 });
  });

  test('never precedes what it waited for', async () => {
    // The end begins first and waits for the row that the decision holds.
    const taskId = await accepted(db);
    let ending: ReturnType<typeof end> | undefined;
    await db.sql.begin(async (sql) => {
      await sql`SELECT 1 FROM tasks WHERE id = ${taskId} FOR NO KEY UPDATE`;
      ending = end(db, taskId, { kind: 'cancelled', code: 'cancelled' });
      await waitUntilBlocked();
      await sql`UPDATE tasks SET status = 'running', started_at = clock_timestamp() WHERE id = ${taskId}`;
    });
    await ending;
    const { task } = (await loadStory(db, taskId))!;
    expect(task.endedAt!.getTime()).toBeGreaterThanOrEqual(task.startedAt!.getTime());
  });

  test('of a task that does not exist is an error', async () => {
    await expect(end(db, newId())).rejects.toMatchObject({ code: 'internal' });
  });
});

async function waitUntilBlocked(): Promise<void> {
  for (;;) {
    const [row] = await db.sql<[{ waiting: number }]>`
      SELECT count(*)::integer AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    if (row.waiting > 0) return;
  }
}
