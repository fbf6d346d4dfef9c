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
  await db.sql`TRUNCATE slot_assignments, stated_values`;
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

describe('what is learned', () => {
  const settings = { learned: { leastTasks: 2, days: 7, isAfterFormula: false } };
  const state = (count: number, value: number) => db.sql`
    INSERT INTO stated_values (day, cell, part, task_class, tasks, total, squares)
      VALUES ((now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), 0, 'factual/simple', ${count}, ${count * value}, ${count * value ** 2})`;
  const worthAt = async (now: number, taskId = 'task') => {
    const { value, source } = values.of(taskId, worth(50), DEFAULT_FORMULA, now, await values.learned(settings, now));
    return `${source} ${value}`;
  };

  test('is kept for 120 s and no longer, and one question serves all who ask at once', async () => {
    await state(4, 8);
    const both = await Promise.all([values.learned(settings, NOW), values.learned(settings, NOW)]);
    expect(both[0]?.values).toBe(both[1]?.values);
    await state(4, 16);
    expect(await worthAt(NOW + RECENT_VALUES_TTL_MS - 1, 'a')).toBe('learned 8');
    expect(await worthAt(NOW + RECENT_VALUES_TTL_MS, 'b')).toBe('learned 12');
    expect(values.figures().learned).toEqual({ hits: 2, misses: 2, size: 1 });
  });

  test('is used for a task for 60 s, whatever is learned meanwhile', async () => {
    expect(await worthAt(NOW - RECENT_VALUES_TTL_MS)).toBe('formula 50');
    await state(4, 8);
    expect(await worthAt(NOW)).toBe('learned 8');
    await state(4, 16);
    values.clear();
    await worthAt(NOW);
    expect(await worthAt(NOW + TASK_VALUE_TTL_MS - 1)).toBe('learned 12');
  });

  test('is nothing, and asks nobody, where it is not configured', async () => {
    expect(await values.learned({}, NOW)).toBeUndefined();
    expect(values.figures().learned).toEqual({ hits: 0, misses: 0, size: 0 });
  });

  test('is asked for again after a database did not answer', async () => {
    await state(4, 8);
    await db.sql`ALTER TABLE stated_values RENAME TO misplaced`;
    await expect(values.learned(settings, NOW)).rejects.toMatchObject({ code: 'schema_out_of_date' });
    await db.sql`ALTER TABLE misplaced RENAME TO stated_values`;
    expect(await worthAt(NOW)).toBe('learned 8');
  });
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
