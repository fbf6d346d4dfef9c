/** The analysis of a review, from the roll-ups of its window. */

import { v7 as newId } from 'uuid';
import { analyseReview } from '../../../activities/review/analyse';
import { rollUp } from '../../../activities/review/roll-up';
import { connect, type Database } from '../../../db/connect';
import { addTrigger } from '../../../db/queries/review-triggers';
import { openReview } from '../../../db/queries/reviews';
import { REVIEW_ROLE } from '../../../db/server';
import type { Analysis, ClassFigures } from '../../../routing/review/figures/figures';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS, HOUR_MS } from '../../../routing/review/settings';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { depsOf } from '../../support/deps';
import { type EndedTask, insertEndedTasks } from '../../support/ended-tasks';
import { applyTestRules } from '../../support/rules';
import { MODELS, NORTH, SOUTH } from '../../support/scenario';

let database: TestDatabase;
let db: Database;
let reviewDb: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4, planOnce: true });
  reviewDb = connect(database.url, { maxConnections: 2, role: REVIEW_ROLE });
  await applyRules();
});
afterEach(async () => {
  await Promise.all([db.close(), reviewDb.close()]);
  await database.drop();
});

const NOW = Date.now();

function ago(ms: number): Date {
  return new Date(NOW - ms);
}

function applyRules(groups: Readonly<Record<string, readonly string[]>> = {}, windowMs = 28 * DAY_MS): Promise<void> {
  const screen = { ...DEFAULT_REVIEW_SETTINGS.screen, windowMs };
  const policy = { review: { ...DEFAULT_REVIEW_SETTINGS, groups, screen } };
  return applyTestRules(db, { models: MODELS, policy, scripted: { script: '', ledger: '' } });
}

async function analysisOf(scope = 'all'): Promise<{ readonly id: string; readonly analysis: Analysis }> {
  const triggerId = newId();
  await addTrigger(db, { id: triggerId, scope, kind: 'person', detail: '', requestedBy: 'tester' });
  const { id } = await openReview(db, triggerId);
  const counts = await analyse(id);
  const analysis = await storedAnalysis(id);
  expect(counts).toEqual({ classes: analysis.classes.length, tasks: analysis.tasks });
  return { id, analysis };
}

function analyse(reviewId: string) {
  return analyseReview(depsOf({ db, reviewDb }), { reviewId }, new AbortController().signal);
}

async function storedAnalysis(id: string): Promise<Analysis> {
  const [row] = await db.sql<[{ analysis: Analysis; phase: string }]>`SELECT analysis, phase FROM reviews WHERE id = ${id}`;
  expect(row.phase).toBe('proposing');
  return row.analysis;
}

function rate(changes: { readonly model?: string; readonly score: number; readonly source?: string; readonly ratedAt?: Date }) {
  const { model = NORTH.id, score, source = 'person', ratedAt = ago(DAY_MS) } = changes;
  return db.sql`INSERT INTO ratings (id, provider, model, score, tier, task_class, source, rated_by, rated_at)
    VALUES (${newId()}, 'north', ${model}, ${score}, 'SIMPLE', 'work', ${source}, 'somebody', ${ratedAt.toISOString()})`;
}

test('a window without a task gives an analysis without a class', async () => {
  const { analysis } = await analysisOf();
  expect(analysis).toMatchObject({ tasks: 0, classes: [] });
  expect(analysis.to - analysis.from).toBeGreaterThanOrEqual(28 * DAY_MS);
});

test('one task gives an analysis of one task', async () => {
  await insertEndedTasks(db, [{ endedAt: ago(0), costNano: 5_000, latencyMs: null, score: null }]);
  const { analysis } = await analysisOf();
  expect(analysis).toMatchObject({
    tasks: 1,
    classes: [{ name: 'work', classes: ['work'], tasks: 1, refused: 0, activeDays: 1, costNanoUsd: 5_000 }],
  });
  expect(analysis.classes[0]!.models).toEqual([
    {
      model: NORTH.id,
      tasks: 1,
      completed: 1,
      failed: 0,
      retried: 0,
      graded: 0,
      scoreSum: 0,
      scoreSquareSum: 0,
      good: 0,
      isBinary: true,
      rated: 0,
      ratingSum: 0,
      cost: { count: 1, mean: 5_000, sd: 0, p50: expect.any(Number), p95: expect.any(Number) },
      latencyMs: { count: 0, mean: 0, sd: 0, p50: 0, p95: 0 },
    },
  ]);
});

test('figures are those of the tasks themselves; quantiles are right within 1 %', async () => {
  const tasks: EndedTask[] = Array.from({ length: 500 }, (_, at) => ({
    endedAt: ago(((at * 7) % 27) * DAY_MS + ((at * 5) % 24) * HOUR_MS),
    model: at % 2 === 0 ? NORTH.id : SOUTH.id,
    score: (at % 5) / 4,
    costNano: 1_000 + ((at * 7_919) % 50_000),
    latencyMs: 20 + ((at * 104_729) % 4_000),
  }));
  await insertEndedTasks(db, tasks);
  const { analysis } = await analysisOf();
  const own = tasks.filter(({ model }) => model === SOUTH.id);
  const south = analysis.classes[0]!.models.find(({ model }) => model === SOUTH.id)!;
  const costs = own.map(({ costNano }) => costNano!).sort((a, b) => a - b);
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const sd = Math.sqrt(costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0) / (costs.length - 1));
  expect(south).toMatchObject({ tasks: 250, graded: 250, isBinary: false, good: own.filter(({ score }) => score! >= 0.5).length });
  expect(south.cost).toMatchObject({ count: 250 });
  expect(south.cost.mean).toBeCloseTo(mean, 6);
  expect(south.cost.sd).toBeCloseTo(sd, 3);
  for (const [quantile, share] of [
    [south.cost.p50, 0.5],
    [south.cost.p95, 0.95],
  ] as const) {
    const exact = costs[Math.floor(share * (costs.length - 1))]!;
    expect(Math.abs(quantile / exact - 1)).toBeLessThanOrEqual(0.01);
  }
  expect(analysis.classes[0]!.costNanoUsd).toBe(tasks.reduce((sum, { costNano }) => sum + costNano!, 0));
});

test('tasks before the day in which the window begins are left out, and those of that day and of this moment are in it', async () => {
  const from = Math.floor((NOW - 28 * DAY_MS) / DAY_MS) * DAY_MS;
  await insertEndedTasks(db, [
    { endedAt: new Date(from - 1) },
    { endedAt: new Date(from) },
    { endedAt: ago(10 * DAY_MS) },
    { endedAt: ago(0) },
  ]);
  const { analysis } = await analysisOf();
  expect(analysis).toMatchObject({ from, tasks: 3, classes: [{ activeDays: 3 }] });
});

test('a window of less than a week is of whole hours', async () => {
  await applyRules({}, 30 * HOUR_MS);
  const from = Math.floor((NOW - 30 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  await insertEndedTasks(
    db,
    [from - 1, from, from + 12 * HOUR_MS, NOW].map((at) => ({ endedAt: new Date(at) })),
  );
  expect((await analysisOf()).analysis).toMatchObject({ from, tasks: 3 });
});

test('what ended since the roll-ups were made is counted too, once', async () => {
  await insertEndedTasks(db, [{ endedAt: ago(DAY_MS), costNano: 10 }]);
  await rollUp({ db });
  await insertEndedTasks(db, [
    { endedAt: new Date(), costNano: 30 },
    { endedAt: new Date(), taskClass: 'new' },
  ]);
  const { analysis } = await analysisOf();
  expect(analysis.classes).toMatchObject([
    { name: 'work', tasks: 2, activeDays: 2, models: [{ cost: { count: 2, mean: 20 } }] },
    { name: 'new', tasks: 1 },
  ]);
  await rollUp({ db });
  expect((await analysisOf('new')).analysis).toMatchObject({ tasks: 1, classes: [{ name: 'new' }] });
});

test('classes of a group are one, with the demands of all of them', async () => {
  await insertEndedTasks(db, [
    { endedAt: ago(DAY_MS), taskClass: 'left', privacyTier: 'restricted', inputTokens: 7_000 },
    { endedAt: ago(2 * DAY_MS), taskClass: 'right', residency: 'eu', facts: { requires: { capabilities: ['vision'] } } },
    { endedAt: ago(2 * DAY_MS), taskClass: 'alone' },
    { endedAt: ago(2 * DAY_MS), taskClass: 'alone', model: null },
    { endedAt: ago(2 * DAY_MS), taskClass: 'constructor' },
  ]);
  await applyRules({ both: ['left', 'right', 'idle'] });
  const { analysis } = await analysisOf();
  expect(analysis.classes.map(({ name, tasks, refused }) => [name, tasks, refused])).toEqual([
    ['alone', 2, 1],
    ['both', 2, 0],
    ['constructor', 1, 0],
  ]);
  expect(analysis.classes[1]).toMatchObject({
    classes: ['left', 'right', 'idle'],
    activeDays: 2,
    models: [{ model: NORTH.id, tasks: 2 }],
    demands: {
      privacyTiers: { restricted: 1, internal: 1 },
      residencies: { '': 1, eu: 1 },
      capabilities: ['vision'],
      maxInputTokens: 7_000,
      maxOutputTokens: 50,
    },
  } satisfies Partial<{ [name in keyof ClassFigures]: unknown }>);
});

test('a review of one class or group looks at nothing else', async () => {
  await insertEndedTasks(
    db,
    ['left', 'right', 'alone'].map((taskClass) => ({ endedAt: ago(DAY_MS), taskClass })),
  );
  await applyRules({ both: ['left', 'right'] });
  expect((await analysisOf('alone')).analysis.classes.map(({ name }) => name)).toEqual(['alone']);
  expect((await analysisOf('both')).analysis).toMatchObject({ tasks: 2, classes: [{ name: 'both' }] });
  expect((await analysisOf('unheard-of')).analysis).toMatchObject({ tasks: 0, classes: [] });
});

test('ratings by people within the window are counted by model, those of graders are not', async () => {
  await insertEndedTasks(db, [{ endedAt: ago(DAY_MS) }, { endedAt: ago(DAY_MS), model: SOUTH.id }]);
  await rate({ score: 5 });
  await rate({ score: 2 });
  await rate({ score: 1, source: 'grader' });
  await rate({ score: 1, ratedAt: ago(40 * DAY_MS) });
  await rate({ score: 4, model: SOUTH.id });
  const { analysis } = await analysisOf();
  expect(analysis.classes[0]!.models.map(({ model, rated, ratingSum }) => [model, rated, ratingSum])).toEqual([
    [NORTH.id, 2, 7],
    [SOUTH.id, 1, 4],
  ]);
});

test('an analysis that was made is not made again, nor is the review moved back', async () => {
  await insertEndedTasks(db, [{ endedAt: ago(DAY_MS) }]);
  const { id, analysis } = await analysisOf();
  await insertEndedTasks(db, [{ endedAt: ago(DAY_MS) }]);
  await db.sql`UPDATE reviews SET phase = 'replaying' WHERE id = ${id}`;
  expect(await analyse(id)).toEqual({ classes: 1, tasks: 1 });
  const [row] = await db.sql`SELECT analysis, phase FROM reviews WHERE id = ${id}`;
  expect(row).toEqual({ analysis, phase: 'replaying' });
});

test('a review that there is not is named', async () => {
  await expect(analyse(newId())).rejects.toMatchObject({ code: 'unknown_review' });
});
