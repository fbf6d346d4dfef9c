/** Stated values as they are kept to learn from: which tasks count, once, exactly, and for how long. */

import fc from 'fast-check';
import { connect, type Database } from '../../db/connect';
import { acceptTask, recordDecision } from '../../db/queries/ledger';
import { forgetStatedValues, loadStatedValues } from '../../db/queries/stated-values';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyLedgerRules, decisionOf, end, taskToAccept } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 8 });
  await applyLedgerRules(db);
});
beforeEach(async () => {
  await db.sql`TRUNCATE stated_values`;
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

interface Facts {
  readonly expectedValue?: unknown;
  readonly layer?: string;
  readonly scope?: { readonly team?: string; readonly key?: string };
}

async function accept(facts: Facts, changes: { readonly dryRun?: boolean } = {}): Promise<string> {
  const task = taskToAccept({ facts: { priority: 50, scope: {}, requires: {}, constraints: {}, ...facts }, ...changes });
  return (await acceptTask(db, task)).taskId;
}

async function decide(facts: Facts, taskClass = 'work', changes: { readonly dryRun?: boolean } = {}): Promise<string> {
  const taskId = await accept(facts, changes);
  await recordDecision(db, decisionOf(taskId, { taskClass }));
  return taskId;
}

const WORK = { taskClass: 'work', layer: null, team: null, key: null };

test('values add up by class, layer, team and key', async () => {
  await decide({ expectedValue: 1 });
  await decide({ expectedValue: 4 });
  await decide({ expectedValue: 7, layer: 'ui', scope: { team: 'search', key: 'k1' } }, 'other');
  expect(await loadStatedValues(db, 1)).toEqual([
    { cell: WORK, tasks: 2, mean: 2.5, squaredDeviations: 4.5 },
    { cell: { taskClass: 'other', layer: 'ui', team: 'search', key: 'k1' }, tasks: 1, mean: 7, squaredDeviations: 0 },
  ]);
});

test('a task counts once, however often and by however many its decision is recorded', async () => {
  const taskId = await accept({ expectedValue: 5 });
  await Promise.all(Array.from({ length: 4 }, () => recordDecision(db, decisionOf(taskId, { taskClass: 'work' }))));
  await recordDecision(db, decisionOf(taskId, { taskClass: 'other' }));
  expect(await loadStatedValues(db, 1)).toEqual([{ cell: WORK, tasks: 1, mean: 5, squaredDeviations: 0 }]);
});

test('of many decisions at once none is lost', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, at) => decide({ expectedValue: at })));
  expect(await loadStatedValues(db, 1)).toEqual([{ cell: WORK, tasks: 40, mean: 19.5, squaredDeviations: 5_330 }]);
});

test.each([
  ['says no value', {}],
  ['says a text', { expectedValue: '7' }],
  ['says null', { expectedValue: null }],
  ['says less than 0', { expectedValue: -1 }],
  ['says more than anything is worth', { expectedValue: 1e300 }],
])('a task that %s is decided on, and teaches nothing', async (_, facts) => {
  const taskId = await decide(facts);
  expect(await loadStatedValues(db, 1)).toEqual([]);
  expect(await db.sql`SELECT task_class FROM tasks WHERE id = ${taskId}`).toEqual([{ task_class: 'work' }]);
});

test('a value that no machine number holds teaches nothing and stops nothing', async () => {
  const taskId = await accept({});
  await db.sql`UPDATE tasks SET facts = facts || '{"expectedValue": 1e400}' WHERE id = ${taskId}`;
  await recordDecision(db, decisionOf(taskId, { taskClass: 'work' }));
  expect(await loadStatedValues(db, 1)).toEqual([]);
});

test('dry runs, and tasks that ended before they were decided on, teach nothing', async () => {
  await decide({ expectedValue: 5 }, 'work', { dryRun: true });
  const taskId = await accept({ expectedValue: 5 });
  await end(db, taskId, { kind: 'cancelled', code: 'cancelled' });
  await recordDecision(db, decisionOf(taskId, { taskClass: 'work' }));
  expect(await loadStatedValues(db, 1)).toEqual([]);
});

test('names as long as they may be are no obstacle', async () => {
  const long = (letter: string) => letter.repeat(200);
  // Four bytes a letter, and chosen so that an index could not shorten them.
  const varied = Array.from({ length: 200 }, (_, at) => String.fromCodePoint(0x20000 + at * 97)).join('');
  await decide({ expectedValue: 1, layer: varied, scope: { team: varied, key: long('k') } }, varied);
  expect(await loadStatedValues(db, 1)).toMatchObject([{ cell: { layer: varied, key: long('k') }, tasks: 1 }]);
});

test('what is loaded is what was stated, for any values', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 6 }), async (values) => {
      await db.sql`TRUNCATE stated_values`;
      await Promise.all(values.map((expectedValue) => decide({ expectedValue })));
      const mean = values.reduce((sum, value) => sum + value / values.length, 0);
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const [row] = await loadStatedValues(db, 1);
      expect(row?.tasks).toBe(values.length);
      expect(Math.abs((row?.mean ?? Number.NaN) - mean)).toBeLessThanOrEqual(1e-12 * (1 + mean));
      expect(Math.abs((row?.squaredDeviations ?? Number.NaN) - squares)).toBeLessThanOrEqual(1e-9 * squares + 1e-12 * (1 + mean) ** 2);
    }),
    { numRuns: 20 },
  ));

describe('days', () => {
  const age = (days: number) => db.sql`UPDATE stated_values SET day = day - ${days}::integer`;

  test('count from today back, as many as are asked for', async () => {
    await decide({ expectedValue: 1 });
    await age(6);
    await decide({ expectedValue: 3 });
    expect(await loadStatedValues(db, 6)).toMatchObject([{ tasks: 1, mean: 3 }]);
    expect(await loadStatedValues(db, 7)).toMatchObject([{ tasks: 2, mean: 2, squaredDeviations: 2 }]);
  });

  test('are forgotten after 90', async () => {
    await decide({ expectedValue: 1 });
    await age(89);
    await forgetStatedValues(db);
    expect(await loadStatedValues(db, 90)).toHaveLength(1);
    await age(1);
    await forgetStatedValues(db);
    expect(await db.sql`SELECT FROM stated_values`).toHaveLength(0);
  });
});
