/** What tasks are worth, and how long that is remembered: with a clock that the test moves. */

import { createTaskValues, RECENT_VALUES_TTL_MS, TASK_VALUE_TTL_MS, type TaskValues } from '../../../activities/slots/task-values';
import { connect, type Database } from '../../../db/connect';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { DEFAULT_FORMULA, type ValuedTask } from '../../../routing/slots/expected-value';
import { percentilesOf } from '../../../routing/slots/queue-order';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { NOW } from '../../support/decision-input';

let database: TestDatabase;
let db: Database;
let values: TaskValues;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
});
beforeEach(async () => {
  await db.sql`TRUNCATE slot_assignments`;
  values = createTaskValues(db);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const worth = (priority: number): ValuedTask => ({
  facts: { priority, scope: {} },
  descriptor: { type: 'factual', urgency: 3 },
  taskClass: 'factual/simple',
  tier: 'SIMPLE',
});

async function record(count: number, value: number): Promise<void> {
  await db.sql`
    INSERT INTO slot_assignments (task_id, decision_id, mode, expected_value, value_source, reason)
      SELECT gen_random_uuid(), gen_random_uuid(), 'act', ${value}, 'formula', 'A test.' FROM generate_series(1, ${count}::integer)`;
}

test('the value of a task is kept for 60 s and no longer', () => {
  const at = (now: number, priority: number) => values.of('task', worth(priority), DEFAULT_FORMULA, now).value;
  expect(at(NOW, 10)).toBe(10);
  expect(at(NOW + TASK_VALUE_TTL_MS - 1, 20)).toBe(10);
  expect(at(NOW + TASK_VALUE_TTL_MS, 30)).toBe(30);
  expect(values.figures().tasks).toEqual({ hits: 1, misses: 2, size: 1 });
  expect(TASK_VALUE_TTL_MS).toBe(60_000);
});

test('a clock that is put back keeps nothing longer than it says', () => {
  values.of('task', worth(10), DEFAULT_FORMULA, NOW);
  expect(values.of('task', worth(20), DEFAULT_FORMULA, NOW - 1).value).toBe(20);
});

test('values of the recent queue are kept for 120 s and no longer, and one question serves all who ask at once', async () => {
  await record(10, 5);
  const both = await Promise.all([values.recent(NOW), values.recent(NOW)]);
  expect(both[0]).toBe(both[1]);
  await record(1, 7);
  expect(await values.recent(NOW + RECENT_VALUES_TTL_MS - 1)).toHaveLength(10);
  expect(await values.recent(NOW + RECENT_VALUES_TTL_MS)).toHaveLength(11);
  expect(values.figures().recent).toEqual({ hits: 2, misses: 2, size: 1 });
  expect(RECENT_VALUES_TTL_MS).toBe(120_000);
});

test('too few values are no answer to keep, and none to compare with', async () => {
  await record(9, 5);
  expect(percentilesOf(await values.recent(NOW), DEFAULT_POLICY.premium)).toBeUndefined();
  await record(1, 105);
  expect(percentilesOf(await values.recent(NOW), DEFAULT_POLICY.premium)).toEqual({ closed: 5, claim: expect.closeTo(15, 9) });
});

test('a database that does not answer is asked again by the next', async () => {
  await record(10, 5);
  await db.sql`ALTER TABLE slot_assignments RENAME TO misplaced`;
  await expect(values.recent(NOW)).rejects.toMatchObject({ code: 'schema_out_of_date' });
  await db.sql`ALTER TABLE misplaced RENAME TO slot_assignments`;
  expect(await values.recent(NOW)).toHaveLength(10);
});
