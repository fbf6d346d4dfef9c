/** What other systems have served, in the database: how long it is kept, and that old figures are not made anew without our own tasks. */

import { rollUp } from '../../activities/review/roll-up';
import { connect, type Database } from '../../db/connect';
import { type ImportedTask, importBatch } from '../../db/queries/imports';
import { mapModels } from '../../db/queries/model-mappings';
import { applyRetention, forgetOldImports } from '../../db/queries/retention';
import { rollupProgress } from '../../db/queries/rollups';
import { createTestDatabase, type TestDatabase } from '../support/database';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const served = (id: string, daysAgo: number, over: Partial<ImportedTask> = {}): ImportedTask => ({
  ...{ id, endedAt: Date.now() - daysAgo * DAY_MS, model: 'theirs', taskClass: 'work', outcome: 'completed', calls: 1 },
  ...{ privacyTier: 'internal', ...over },
});

function add(...tasks: readonly ImportedTask[]) {
  return importBatch(db, 'elsewhere', tasks, () => undefined);
}

async function tasksRolledUp(): Promise<number> {
  const [row] = await db.sql<[{ tasks: number }]>`
    SELECT coalesce(sum(tasks), 0)::integer AS tasks FROM class_rollups WHERE grain = 'day'`;
  return row.tasks;
}

test('tasks that are older than our own may be are not taken, and are forgotten once they are; their figures stay', async () => {
  await applyRetention(db, { tasksMonths: 2 }, 'test');
  expect(await add(served('old', 90), served('young', 10), served('younger', 5))).toEqual({ added: 2, prompts: 0, tooOld: 1 });
  await forgetOldImports(db, 10);
  expect(await db.sql`SELECT FROM imported_tasks`).toHaveLength(2);
  await rollUp({ db });
  expect(await tasksRolledUp()).toBe(2);
  await db.sql`UPDATE imported_tasks SET ended_at = ended_at - interval '80 days' WHERE source_id = 'young'`;
  await forgetOldImports(db, 10);
  expect(await db.sql`SELECT source_id FROM imported_tasks`).toMatchObject([{ source_id: 'younger' }]);
  expect(await tasksRolledUp()).toBe(2);
});

test('nothing is taken of a month that was archived: its hours would be made anew without our own tasks', async () => {
  await db.sql`
    INSERT INTO archived_months SELECT to_char(month, 'YYYY-MM'), first_id_at(month), first_id_at(month + interval '1 month')
    FROM (SELECT date_trunc('month', now() - interval '3 months', 'UTC') AS month) AS m`;
  expect(await add(served('archived', 100), served('kept', 10))).toEqual({ added: 1, prompts: 0, tooOld: 1 });
});

test('has the hours of what is new rolled up anew, and of nothing else', async () => {
  await add(served('a', 10));
  await rollUp({ db });
  const rolled = await rollupProgress(db);
  await add(served('a', 10));
  expect((await rollupProgress(db))?.rolledUntil).toBe(rolled?.rolledUntil);
  await add(served('b', 20));
  expect((await rollupProgress(db))?.rolledUntil).toBeLessThan(Date.now() - 19 * DAY_MS);
  await rollUp({ db });
  expect(await tasksRolledUp()).toBe(2);
});

test('a name that is mapped again counts for the other model, and the same mapping changes nothing', async () => {
  await add(served('a', 10));
  const models = async () => {
    await rollUp({ db });
    return (await db.sql<{ model: string }[]>`SELECT DISTINCT model FROM class_rollups`).map(({ model }) => model);
  };
  expect(await models()).toEqual(['theirs']);
  expect(await mapModels(db, new Map([['theirs', 'ours/first']]), 'test')).toBe(1);
  expect(await models()).toEqual(['ours/first']);
  expect(await mapModels(db, new Map([['theirs', 'ours/first']]), 'test')).toBe(0);
  expect(await mapModels(db, new Map([['theirs', 'ours/second']]), 'test')).toBe(1);
  expect(await models()).toEqual(['ours/second']);
});

test('a prompt that was erased does not come back with the next import', async () => {
  const content = { json: '{"messages":[{"role":"user","content":"hello"}]}', bytes: 48, sha256: 'hash' };
  expect(await add(served('a', 10, { content }))).toMatchObject({ prompts: 1 });
  await db.sql`SELECT erase_task(jsonb_build_object('taskId', task_id, 'actor', 'test', 'reason', 'asked for')) FROM imported_tasks`;
  expect(await add(served('a', 10, { content }))).toMatchObject({ added: 0, prompts: 0 });
  expect(await db.sql`SELECT FROM task_payloads`).toHaveLength(0);
});
