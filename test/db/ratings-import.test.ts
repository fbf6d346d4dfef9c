/** Ratings from files: the averages are those of the whole log in its order, whatever came when and how often. */

import fc from 'fast-check';
import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import { policyToJson } from '../../db/documents/policy-document';
import { knowledgeOf, loadKnowledge } from '../../db/queries/dispatch';
import { addRating } from '../../db/queries/ledger';
import { exportRatings, type FiledRating, type ImportedRatings, importRatings } from '../../db/queries/ratings-import';
import { applyPolicy } from '../../db/queries/rules';
import { ratingKey } from '../../routing/decision/knowledge';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { foldRatings } from '../../routing/learning/ewma';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { until } from '../support/processes';
import { applyLedgerRules } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const LEARNING = { alpha: 0.3, seed: 3 };
const TIERS = ['SIMPLE', 'COMPLEX'] as const;

function ratingAt(model: string | null, second: number, score: number, changes: Partial<FiledRating> = {}): FiledRating {
  return {
    ratedAt: new Date(Date.parse('2026-01-01T00:00:00Z') + second * 1_000).toISOString(),
    provider: 'rated',
    model,
    score,
    tier: 'SIMPLE',
    taskHash: null,
    ...changes,
  };
}

function load(ratings: readonly FiledRating[], learning = LEARNING): Promise<ImportedRatings> {
  async function* lines() {
    for (const [index, rating] of ratings.entries()) yield [{ line: index + 1, ...rating }];
  }
  return importRatings(db, lines(), { actor: 'tester', ...learning });
}

const add = (model: string, score: number, tier: (typeof TIERS)[number] = 'SIMPLE') =>
  addRating(db, { id: newId(), provider: 'rated', model, score, tier, source: 'person', ratedBy: 'tester', ...LEARNING });

async function averageOf(model: string, tier?: (typeof TIERS)[number]) {
  return knowledgeOf(await loadKnowledge(db, 'any', {})).ratings.get(ratingKey(model, tier));
}

/** From the log, by the pure function. */
async function recomputed(model: string, tier?: string, learning = LEARNING) {
  const rows = await db.sql<
    { score: number; tier: string }[]
  >`SELECT score, tier FROM ratings WHERE model = ${model} ORDER BY rated_at, id`;
  const scores = rows.filter((row) => tier === undefined || row.tier === tier).map(({ score }) => score);
  return scores.length === 0 ? undefined : foldRatings(scores, learning);
}

test('ratings that come in any order, by one and by many, give the average of the whole log, to the last bit', async () => {
  let models = 0;
  const score = fc.double({ min: 1, max: 5, noNaN: true });
  const tier = fc.constantFrom(...TIERS);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), score, tier }),
    fc.record({
      kind: fc.constant('import' as const),
      ratings: fc.array(fc.record({ second: fc.integer({ min: 0, max: 50 }), score, tier }), { minLength: 1, maxLength: 6 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const model = `rated/${++models}`;
      for (const one of steps) {
        if (one.kind === 'add') await add(model, one.score, one.tier);
        else await load(one.ratings.map((rating) => ratingAt(model, rating.second, rating.score, { tier: rating.tier })));
        expect(await averageOf(model)).toEqual(await recomputed(model));
        for (const each of TIERS) expect(await averageOf(model, each)).toEqual(await recomputed(model, each));
      }
    }),
    { numRuns: 25 },
  );
});

test('a file that is read again adds nothing; what is in it twice is there twice', async () => {
  const ratings = [
    ratingAt('rated/again', 1, 4),
    ratingAt('rated/again', 1, 4),
    ratingAt('rated/again', 2, 5, { taskHash: 'abc123' }),
    ratingAt(null, 3, 1),
  ];
  expect(await load(ratings)).toEqual({ added: 4, known: 0, withoutModel: 1, unknownModels: ['rated/again'] });
  expect(await load(ratings.toReversed())).toEqual({ added: 0, known: 4, withoutModel: 0, unknownModels: ['rated/again'] });
  expect(await load([...ratings, ratingAt('rated/again', 1, 4)])).toMatchObject({ added: 1, known: 4 });
  expect(await averageOf('rated/again')).toEqual(foldRatings([4, 4, 4, 5], LEARNING));
});

test('of ratings of one instant, the earlier line counts first', async () => {
  const scores = [5, 1, 4, 2, 3, 1, 5];
  await load(scores.map((score) => ratingAt('rated/instant', 1, score)));
  expect(await averageOf('rated/instant')).toEqual(foldRatings(scores, LEARNING));
});

test('what was exported is known when it is imported', async () => {
  await add('rated/exported', 2);
  const exported: FiledRating[] = [];
  for await (const part of exportRatings(db)) exported.push(...part);
  expect(exported.length).toBeGreaterThan(0);
  expect(exported.map(({ ratedAt }) => ratedAt)).toEqual(exported.map(({ ratedAt }) => ratedAt).sort());
  expect(await load(exported)).toMatchObject({ added: 0, known: exported.length });
});

test('ratings without a model are kept, and count for none', async () => {
  const before = await db.sql`SELECT model, grain, cell, ratings, ewma FROM model_performance ORDER BY 1, 2, 3`;
  await load([ratingAt(null, 10, 5), ratingAt(null, 11, 5)]);
  expect(await db.sql`SELECT model, grain, cell, ratings, ewma FROM model_performance ORDER BY 1, 2, 3`).toEqual(before);
  expect(await db.sql`SELECT count(*)::integer AS kept FROM ratings WHERE model IS NULL AND score = 5`).toEqual([{ kept: 2 }]);
});

test('a rating of the future is refused, and nothing of its file is added', async () => {
  const future = { ...ratingAt('rated/future', 0, 5), ratedAt: new Date(Date.now() + 3_600_000).toISOString() };
  await expect(load([ratingAt('rated/future', 1, 4), future])).rejects.toMatchObject({
    code: 'bad_input',
    message: expect.stringMatching(/^Line 2 was rated in the future/),
  });
  expect(await averageOf('rated/future')).toBeUndefined();
});

test('a file that ends with an error adds nothing', async () => {
  async function* broken() {
    yield [{ line: 1, ...ratingAt('rated/broken', 1, 5) }];
    throw new Error('the disk is gone');
  }
  await expect(importRatings(db, broken(), { actor: 'tester', ...LEARNING })).rejects.toThrow();
  expect(await averageOf('rated/broken')).toBeUndefined();
  expect(await load([ratingAt('rated/broken', 1, 5)])).toMatchObject({ added: 1 });
});

test('a model that is rated while a file is imported has both in its average', async () => {
  await add('rated/both', 3);
  let isReading = false;
  const release = Promise.withResolvers<void>();
  async function* slow() {
    yield [{ line: 1, ...ratingAt('rated/both', 1, 1) }];
    isReading = true;
    await release.promise;
  }
  const imported = importRatings(db, slow(), { actor: 'tester', ...LEARNING });
  await until(async () => isReading, 'the import reads');
  await Promise.all([add('rated/both', 5), add('rated/both', 4)]);
  release.resolve();
  await imported;
  expect(await averageOf('rated/both')).toEqual(await recomputed('rated/both'));
  expect((await averageOf('rated/both'))?.count).toBe(4);
});

test('a clock that was set back does not put a rating before the one before it', async () => {
  await add('rated/clock', 1);
  await db.sql`UPDATE ratings SET rated_at = now() + interval '1 hour' WHERE model = 'rated/clock'`;
  await add('rated/clock', 5);
  expect(await averageOf('rated/clock')).toEqual(await recomputed('rated/clock'));
});

test('another alpha in the policy makes the averages anew from the log', async () => {
  await add('rated/alpha', 5);
  await add('rated/alpha', 1);
  const [active] = await db.sql<{ version: number }[]>`SELECT version FROM policy_versions WHERE active`;
  const learning = { ...DEFAULT_POLICY.learning, alpha: 0.5, seed: 2 };
  const body = policyToJson({ ...DEFAULT_POLICY, learning });
  await applyPolicy(db, { body, sha256: 'another', base: active?.version }, 'tester', []);
  expect(await averageOf('rated/alpha')).toEqual(foldRatings([5, 1], learning));
  expect(await averageOf('rated/again')).toEqual(await recomputed('rated/again', undefined, learning));
});
