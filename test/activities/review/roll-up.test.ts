/** Roll-ups: what they count, and that however they came about they are the same. */

import { rebuildRollups, rollUp, rollUpInUpkeep } from '../../../activities/review/roll-up';
import { connect, type Database } from '../../../db/connect';
import { fromBytes, quantileOf } from '../../../db/rollups/sketch';
import { DAY_MS, HOUR_MS } from '../../../routing/review/settings';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { type EndedTask, insertEndedTasks } from '../../support/ended-tasks';
import { applyTestRules } from '../../support/rules';
import { MODELS, NORTH, SOUTH } from '../../support/scenario';

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4, planOnce: true });
  await applyTestRules(db, { models: MODELS, scripted: { script: '', ledger: '' } });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const NOW = Date.now();
const THIS_HOUR = Math.floor(NOW / HOUR_MS) * HOUR_MS;
const TODAY = Math.floor(NOW / DAY_MS) * DAY_MS;

/** Some minutes into the hour that began so many hours before this one. */
function hoursAgo(hours: number, minutes = 10): Date {
  return new Date(THIS_HOUR - hours * HOUR_MS + minutes * 60_000);
}

function rowsOf(grain: 'hour' | 'day') {
  return db.sql`SELECT *, (extract(epoch FROM period_start) * 1000)::float8 AS at FROM class_rollups WHERE grain = ${grain} ORDER BY period_start, task_class, model`;
}

/** Everything, to the last byte. */
function everything() {
  return db.sql`SELECT *, encode(cost_sketch, 'hex') AS cost, encode(latency_sketch, 'hex') AS latency FROM class_rollups
    ORDER BY grain, period_start, task_class, model`;
}

/** Work of four days with all that can differ, in an order of its own. */
function variedTasks(count: number): EndedTask[] {
  return Array.from({ length: count }, (_, at) => ({
    endedAt: hoursAgo(1 + ((at * 37) % 96), (at * 7) % 60),
    taskClass: at % 5 === 0 ? 'other' : 'work',
    model: at % 11 === 0 ? null : at % 3 === 0 ? SOUTH.id : NORTH.id,
    score: at % 4 === 0 ? null : ((at * 13) % 7) / 6,
    costNano: 1_000 + ((at * 7919) % 100_000) / 3,
    latencyMs: 50 + ((at * 104_729) % 3_000),
  })).map((task) => ({ ...task, costNano: Math.round(task.costNano) }));
}

test('an hour has one row for each class and model, with how the tasks ended, what they cost and how long they took', async () => {
  await insertEndedTasks(db, [
    { endedAt: hoursAgo(1), score: 1, costNano: 100, latencyMs: 10, inputTokens: 900, outputTokens: 40 },
    { endedAt: hoursAgo(1), score: 0, costNano: 300, latencyMs: 30, attempts: 2, privacyTier: 'restricted', residency: 'eu' },
    {
      endedAt: hoursAgo(1),
      score: 0.7,
      costNano: 200,
      latencyMs: 20,
      facts: { requires: { capabilities: ['tools'] }, maxOutputTokens: 30 },
    },
    { endedAt: hoursAgo(1), kind: 'failed', costNano: 50 },
    { endedAt: hoursAgo(1), kind: 'cancelled', attempts: 0 },
    { endedAt: hoursAgo(1), model: null },
    { endedAt: hoursAgo(1), model: SOUTH.id, score: null, facts: { requires: { contextWindowTokens: 5_000 } } },
    { endedAt: hoursAgo(1), taskClass: 'other' },
    { endedAt: hoursAgo(2) },
  ]);
  expect(await rollUp({ db })).toMatchObject({ hours: expect.any(Number) });
  const rows = await rowsOf('hour');
  expect(rows.map(({ at, task_class, model }) => [at, task_class, model])).toEqual([
    [THIS_HOUR - 2 * HOUR_MS, 'work', NORTH.id],
    [THIS_HOUR - HOUR_MS, 'other', NORTH.id],
    [THIS_HOUR - HOUR_MS, 'work', ''],
    [THIS_HOUR - HOUR_MS, 'work', NORTH.id],
    [THIS_HOUR - HOUR_MS, 'work', SOUTH.id],
  ]);
  const north = rows[3]!;
  expect(north).toMatchObject({
    tasks: 5,
    completed: 3,
    failed: 1,
    refused: 0,
    cancelled: 1,
    retried: 1,
    graded: 3,
    good: 2,
    fractional: 1,
    score_sum: 1.7,
    cost_sum_nano: '650',
    cost_square_sum: 100 ** 2 + 300 ** 2 + 200 ** 2 + 50 ** 2,
    latency_count: 3,
    latency_sum_ms: 60,
    demands: {
      privacyTiers: { internal: 4, restricted: 1 },
      residencies: { '': 4, eu: 1 },
      capabilities: ['tools'],
      maxInputTokens: 900,
      maxOutputTokens: 50,
    },
  });
  expect(fromBytes(north.latency_sketch).count).toBe(3);
  expect(quantileOf(fromBytes(north.latency_sketch), 1) / 30).toBeCloseTo(1, 1);
  expect(rows[2]).toMatchObject({ tasks: 1, refused: 1, latency_count: 0, cost_sum_nano: '0' });
  expect(rows[4]).toMatchObject({ graded: 0, demands: { maxInputTokens: 4_950 } });
});

test('replays and dry runs do not count, nor does the cost of a call whose price is unknown', async () => {
  await insertEndedTasks(db, [
    { endedAt: hoursAgo(1), purpose: 'replay' },
    { endedAt: hoursAgo(1), dryRun: true },
    { endedAt: hoursAgo(1), costNano: 0, costBasis: 'unknown' },
    { endedAt: hoursAgo(1), costNano: 0 },
  ]);
  await rollUp({ db });
  const [row, ...others] = await rowsOf('hour');
  expect(others).toEqual([]);
  expect(row).toMatchObject({ tasks: 2, cost_sum_nano: '0', latency_count: 2 });
  expect(fromBytes(row!.cost_sketch).count).toBe(1);
  expect(quantileOf(fromBytes(row!.cost_sketch), 0.5)).toBe(0);
});

test('a day has rows of its own, which are its hours together, today those that there are', async () => {
  await insertEndedTasks(db, [
    { endedAt: new Date(TODAY - DAY_MS + 1), costNano: 10 },
    { endedAt: new Date(TODAY - HOUR_MS), costNano: 30 },
    { endedAt: new Date(TODAY - 5 * DAY_MS), costNano: 70 },
    { endedAt: new Date(NOW), costNano: 1_000 },
  ]);
  await rollUp({ db });
  const days = await rowsOf('day');
  expect(days.map(({ at, tasks, cost_sum_nano }) => [at, tasks, cost_sum_nano])).toEqual([
    [TODAY - 5 * DAY_MS, 1, '70'],
    [TODAY - DAY_MS, 2, '40'],
    [TODAY, 1, '1000'],
  ]);
  expect(fromBytes(days[1]!.cost_sketch).count).toBe(2);
});

test('roll-ups that grew as tasks ended are those that are made anew from the rows, to the last byte', async () => {
  const tasks = variedTasks(400).sort((a, b) => a.endedAt.getTime() - b.endedAt.getTime());
  for (let at = 0; at < tasks.length; at += 80) {
    await insertEndedTasks(db, tasks.slice(at, at + 80));
    await rollUp({ db });
    // As if it had been done when the last of them ended.
    await db.sql`UPDATE rollup_progress SET rolled_until = ${(tasks[Math.min(at + 79, tasks.length - 1)]!.endedAt).toISOString()}`;
  }
  await rollUp({ db });
  const grown = await everything();
  expect(grown.length).toBeGreaterThan(100);
  await rebuildRollups({ db });
  expect(await everything()).toEqual(grown);
  await rebuildRollups({ db }, TODAY - DAY_MS);
  expect(await everything()).toEqual(grown);
  await db.sql`DELETE FROM class_rollups`;
  await db.sql`DELETE FROM rollup_progress`;
  await rollUp({ db });
  expect(await everything()).toEqual(grown);
});

test('what is made anew holds nothing of tasks that are gone', async () => {
  const [gone] = await insertEndedTasks(db, [{ endedAt: hoursAgo(50) }, { endedAt: new Date(NOW) }]);
  await rollUp({ db });
  expect((await everything()).length).toBe(4);
  await db.sql`DELETE FROM routing_outcomes WHERE task_id = ${gone!}`;
  await rebuildRollups({ db });
  expect((await everything()).map(({ grain, tasks }) => [grain, tasks])).toEqual([
    ['day', 1],
    ['hour', 1],
  ]);
});

test('a task whose end was committed after its hour was made is in it the next time', async () => {
  await insertEndedTasks(db, [{ endedAt: hoursAgo(1, 58) }]);
  await rollUp({ db });
  await db.sql`UPDATE rollup_progress SET rolled_until = ${(hoursAgo(0, 1)).toISOString()}`;
  await insertEndedTasks(db, [{ endedAt: hoursAgo(1, 59) }]);
  await rollUp({ db });
  expect(await rowsOf('hour')).toMatchObject([{ tasks: 2 }]);
});

test('upkeep makes roll-ups anew when they are five minutes old, and not in every round', async () => {
  expect(await rollUpInUpkeep({ db })).toEqual({ hours: 0 });
  await insertEndedTasks(db, [{ endedAt: hoursAgo(2) }]);
  expect((await rollUpInUpkeep({ db })).hours).toBeGreaterThan(0);
  await insertEndedTasks(db, [{ endedAt: hoursAgo(2) }]);
  expect(await rollUpInUpkeep({ db })).toEqual({ hours: 0 });
  await db.sql`UPDATE rollup_progress SET rolled_until = ${hoursAgo(2).toISOString()}`;
  expect((await rollUpInUpkeep({ db })).hours).toBeGreaterThan(0);
  expect(await rowsOf('hour')).toMatchObject([{ tasks: 2 }]);
});

test('many workers at once make each roll-up once', async () => {
  await insertEndedTasks(db, variedTasks(120));
  const made = await Promise.all(Array.from({ length: 4 }, () => rollUpInUpkeep({ db })));
  const alone = await everything();
  await rebuildRollups({ db });
  expect(await everything()).toEqual(alone);
  const [{ hours }] = await db.sql<[{ hours: number }]>`
    SELECT count(DISTINCT date_trunc('hour', ended_at, 'UTC'))::integer AS hours FROM routing_outcomes`;
  expect(made.reduce((sum, each) => sum + each.hours, 0)).toBeLessThanOrEqual(hours + 4);
});

test('reviews that roll up at once all come to the present', async () => {
  await insertEndedTasks(db, variedTasks(60));
  await Promise.all(Array.from({ length: 3 }, () => rollUp({ db })));
  const [{ tasks }] = await db.sql<[{ tasks: number }]>`SELECT sum(tasks)::integer AS tasks FROM class_rollups WHERE grain = 'hour'`;
  expect(tasks).toBe(60);
});

test('a roll-up that is told to stop keeps the hours that are made', async () => {
  await insertEndedTasks(db, variedTasks(60));
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await expect(rollUp({ db }, stop.signal)).rejects.toThrow('enough');
  await rollUp({ db });
  const [{ tasks }] = await db.sql<[{ tasks: number }]>`SELECT sum(tasks)::integer AS tasks FROM class_rollups WHERE grain = 'hour'`;
  expect(tasks).toBe(60);
});
