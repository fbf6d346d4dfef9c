/** What outcomes and ratings add up to: equal to the pure functions, whatever comes at once. */

import fc from 'fast-check';
import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import { knowledgeOf, loadKnowledge } from '../../db/queries/dispatch';
import { addRating, type NewRating } from '../../db/queries/ledger';
import { modelStats } from '../../db/queries/stats';
import { ratingKey } from '../../routing/decision/knowledge';
import { foldRatings } from '../../routing/learning/ewma';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyLedgerRules, decided, endOf, failed, open, SECOND, settle } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 10 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const LEARNING = { alpha: 0.3, seed: 3 };

function ratingOf(model: string, score: number, changes: Partial<NewRating> = {}): NewRating {
  return { id: newId(), provider: 'scripted', model, score, tier: 'SIMPLE', source: 'person', ratedBy: 'tester', ...LEARNING, ...changes };
}

async function ratingsOf(model: string, tier?: 'SIMPLE' | 'COMPLEX') {
  const { ratings } = knowledgeOf(await loadKnowledge(db, 'any', {}));
  return ratings.get(ratingKey(model, tier));
}

test('4, 3, 2, 3, 5 average 3.52503', async () => {
  const averages: (number | undefined)[] = [];
  for (const score of [4, 3, 2, 3, 5]) {
    await addRating(db, ratingOf('rated/example', score));
    averages.push((await ratingsOf('rated/example'))?.ewma);
  }
  expect(averages.map((average) => average?.toFixed(5))).toEqual(['3.30000', '3.21000', '2.84700', '2.89290', '3.52503']);
});

test('equals the average of routing/learning, to the last bit, over all and by tier', async () => {
  const rating = fc.record({
    score: fc.double({ min: 1, max: 5, noNaN: true }),
    tier: fc.constantFrom('SIMPLE' as const, 'COMPLEX' as const),
  });
  let models = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(rating, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 1, max: 5, noNaN: true }),
      async (given, alpha, seed) => {
        const model = `rated/${++models}`;
        for (const { score, tier } of given) await addRating(db, ratingOf(model, score, { tier, alpha, seed }));
        const fold = (scores: readonly { readonly score: number }[]) =>
          foldRatings(
            scores.map(({ score }) => score),
            { alpha, seed },
          );
        expect(await ratingsOf(model)).toEqual(fold(given));
        for (const tier of ['SIMPLE', 'COMPLEX'] as const) {
          const ofTier = given.filter((one) => one.tier === tier);
          expect(await ratingsOf(model, tier)).toEqual(ofTier.length === 0 ? undefined : fold(ofTier));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('counts a rating once, however often it is sent', async () => {
  const rating = ratingOf('rated/once', 5);
  expect(await Promise.all(Array.from({ length: 5 }, () => addRating(db, rating)))).toEqual(
    expect.arrayContaining([true, false, false, false, false]),
  );
  expect(await addRating(db, rating)).toBe(false);
  expect(await ratingsOf('rated/once')).toEqual(foldRatings([5], LEARNING));
});

test('is computed again from the log, also when ratings came at once', async () => {
  await Promise.all(Array.from({ length: 60 }, (_, index) => addRating(db, ratingOf('rated/rebuilt', 1 + (index % 5)))));
  const log = await db.sql<{ score: number }[]>`SELECT score FROM ratings WHERE model = 'rated/rebuilt' ORDER BY rated_at`;
  expect(await ratingsOf('rated/rebuilt')).toEqual(
    foldRatings(
      log.map(({ score }) => score),
      LEARNING,
    ),
  );
});

test('refuses a rating off the scale, and counts nothing of it', async () => {
  await expect(addRating(db, ratingOf('rated/off', 5.1))).rejects.toMatchObject({ code: 'internal' });
  expect(await ratingsOf('rated/off')).toBeUndefined();
});

test('knows of a class how often a model answered, how well, how fast and at what length', async () => {
  const usage = { inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, outputTokens: 60, reasoningTokens: 15 };
  const ofClass = { taskClass: 'measured/class' };
  const score = async (value: number, settlement: Parameters<typeof settle>[2]) => {
    const task = await decided(db);
    await open(db, task);
    const rating = ratingOf('scripted/open', 1 + 4 * value, { taskId: task.taskId, source: 'grader' });
    await settle(db, task, { ...ofClass, ...settlement }, endOf(task.taskId, { ...ofClass, model: 'scripted/open', score: value, rating }));
  };
  await score(0.5, { usage, latencyMs: 100, estimatedOutputTokens: 50 });
  await score(1, { usage, latencyMs: 300, estimatedOutputTokens: 25 });
  await score(0.9, { usage, latencyMs: undefined, estimatedOutputTokens: undefined });
  const failing = await decided(db);
  await open(db, failing);
  await settle(db, failing, failed(ofClass));
  const elsewhere = await decided(db);
  await open(db, elsewhere, { model: SECOND });
  await settle(db, elsewhere, { ...ofClass, taskClass: 'another/class' });

  const { performance } = knowledgeOf(await loadKnowledge(db, 'measured/class', {}));
  expect([...performance]).toEqual([
    [
      'scripted/open',
      {
        attempts: 4,
        successes: 3,
        graded: 3,
        meanScore: expect.closeTo(0.8, 12),
        meanLatencyMs: 200,
        outputRatio: expect.closeTo(Math.sqrt((75 / 50) * (75 / 25)), 12),
      },
    ],
  ]);
  expect(await ratingsOf('scripted/open')).toEqual(foldRatings([3, 5, 4.6], LEARNING));
  const [stats] = (await modelStats(db)).filter(({ model }) => model === 'scripted/open');
  expect(stats).toMatchObject({
    calls: 4,
    answered: 3,
    failed: 1,
    inDoubt: 0,
    costNano: 120,
    ratings: 3,
    latencyP50Ms: expect.closeTo(200, 0),
  });
});
