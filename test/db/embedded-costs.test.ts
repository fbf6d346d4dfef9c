/** Calls of programs that route by themselves, beside those of tasks: each counted once, marked, and in no figure of tasks. */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { reportForecast } from '../../client/money/forecast';
import { connect, type Database } from '../../db/connect';
import { type CostDimension, loadSpending, rollUpCosts } from '../../db/queries/cost';
import { chargedDays } from '../../db/queries/cost-charges';
import { type EmbeddedCallEnd, reserveEmbeddedCall, settleEmbeddedCall, trackEmbeddedCall } from '../../db/queries/embedded';
import { callStats, totalCost } from '../../db/queries/stats';
import { rollUpCalls } from '../../db/queries/upkeep';
import { EVERYONE } from '../../routing/money/scope-text';
import { testModel } from '../support/catalogue';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyTestRules } from '../support/rules';
import { insertSpent } from '../support/spent';

const MODEL = 'north/small';
const DAY_MS = 86_400_000;

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
  await applyTestRules(db, { models: [testModel(MODEL)], scripted: { script: '', ledger: '' } });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const CALL = { system: 'app', model: MODEL, taskClass: 'factual/simple', tier: 'SIMPLE', timeZone: 'UTC' } as const;
const USED = { costBasis: 'usage', inputTokens: 100, outputTokens: 20, latencyMs: 500, learns: true } as const;

async function called(
  costNano: number,
  end: Partial<EmbeddedCallEnd> & { readonly system?: string; readonly at?: Date } = {},
): Promise<void> {
  const { at, ...changes } = end;
  const id = randomUUID();
  await trackEmbeddedCall(db, { ...CALL, ...USED, id, costNano, ...changes });
  if (at !== undefined) await db.sql`UPDATE embedded_calls SET ended_at = ${at.toISOString()} WHERE id = ${id}`;
}

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const ever = { from: 0, to: Date.now() + DAY_MS, scope: EVERYONE };
const spending = (by: CostDimension, changes = {}) => loadSpending(db, { ...ever, by, ...changes });

test('cost has them beside what tasks cost, marked, by model and by program; no scope has them but everyone', async () => {
  await insertSpent(db, [{ at: new Date(), costNano: 1_000, scope: { team: 'search' } }]);
  await called(30);
  await called(7, { system: 'other' });
  expect(await spending('model')).toEqual([
    expect.objectContaining({ name: MODEL, calls: 3, costNano: 1_037, embeddedNano: 37, replayNano: 0 }),
  ]);
  expect((await spending('system')).map(({ name, costNano, embeddedNano }) => [name, costNano, embeddedNano])).toEqual([
    [null, 1_000, 0],
    ['app', 30, 30],
    ['other', 7, 7],
  ]);
  expect(await spending('model', { scope: { scopeKind: 'team', scopeId: 'search' } })).toMatchObject([
    { costNano: 1_000, embeddedNano: 0 },
  ]);
});

test('a call that cost nothing is no cost, one without a price is unpriced, one in doubt is in doubt, one under way is not there', async () => {
  await called(0, { costBasis: 'none', failureClass: 'rate-limited' });
  await called(0, { costBasis: 'unknown' });
  const [held, dead] = [randomUUID(), randomUUID()];
  for (const id of [held, dead]) await reserveEmbeddedCall(db, { ...CALL, id, amountNano: 40, holdMs: 60_000 });
  await settleEmbeddedCall(db, { id: dead, costBasis: 'reserved', failureClass: 'in-doubt', learns: false });
  expect(await spending('model')).toMatchObject([{ calls: 2, costNano: 40, inDoubtNano: 40, unpricedCalls: 1 }]);
  expect((await callStats(db)).embedded).toMatchObject([{ calls: 3, answered: 1, failed: 1, inDoubt: 1, costNano: 40 }]);
});

test('stats has them by model, apart from the work of tasks, and in the sum', async () => {
  await insertSpent(db, [{ at: new Date(), costNano: 1_000 }]);
  await called(30, { latencyMs: 1_000 });
  expect((await callStats(db)).embedded).toEqual([
    { model: MODEL, calls: 1, answered: 1, failed: 0, inDoubt: 0, costNano: 30, latencyP50Ms: 1_000, latencyP95Ms: 1_000 },
  ]);
  expect((await callStats(db)).models.reduce((sum, { costNano }) => sum + costNano, 0)).toBe((await totalCost(db)) - 30);
});

test('property: rolled up or not, and however far, each call is counted once', async () => {
  const calls = fc.array(fc.record({ hours: fc.nat(24 * 6), costNano: fc.nat(1_000_000), isEmbedded: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(calls, fc.nat(7), fc.nat(150), async (made, days, hours) => {
      await db.sql`TRUNCATE tasks, embedded_calls, cost_days, cost_hours, cost_latest, cost_rollup_progress, call_rollups, call_rollup_progress CASCADE`;
      await insertSpent(
        db,
        made.filter(({ isEmbedded }) => !isEmbedded).map((call) => ({ at: hoursAgo(call.hours), costNano: call.costNano })),
      );
      const embedded = made.filter(({ isEmbedded }) => isEmbedded);
      for (const call of embedded) await called(call.costNano, { at: hoursAgo(call.hours) });
      await rollUpCosts(db, days);
      await rollUpCalls(db, hours);
      const expected = embedded.reduce((sum, { costNano }) => sum + costNano, 0);
      const [found] = await spending('model');
      expect(found).toMatchObject({
        calls: made.length,
        costNano: made.reduce((sum, { costNano }) => sum + costNano, 0),
        embeddedNano: expected,
      });
      const stats = (await callStats(db)).embedded;
      expect(stats.reduce((sum, { costNano }) => sum + costNano, 0)).toBe(expected);
      expect(stats.reduce((sum, { calls: counted }) => sum + counted, 0)).toBe(embedded.length);
    }),
    { numRuns: 15 },
  );
}, 120_000);

test('a database of programs alone is rolled up too', async () => {
  await called(5, { at: hoursAgo(60) });
  await called(6);
  expect(await rollUpCosts(db, 100)).toBeGreaterThanOrEqual(2);
  expect(await rollUpCalls(db, 100)).toBeGreaterThan(50);
  await db.sql`DELETE FROM embedded_calls WHERE ended_at < now() - interval '1 day'`;
  expect(await spending('system')).toMatchObject([{ name: 'app', calls: 2, costNano: 11 }]);
  expect((await callStats(db)).embedded).toMatchObject([{ calls: 2, costNano: 11 }]);
});

test('the daily costs and the chargeback name the program', async () => {
  await called(30);
  expect(await db.sql`SELECT purpose, system, team, calls::integer, cost_nano::integer FROM v_daily_costs`).toEqual([
    { purpose: 'embedded', system: 'app', team: null, calls: 1, cost_nano: 30 },
  ]);
  const charged = [];
  for await (const days of chargedDays(db, { ...ever, timeZone: 'UTC' })) charged.push(...days);
  expect(charged).toMatchObject([{ purpose: 'embedded', system: 'app', provider: 'north', calls: 1, costNano: 30, inputTokens: 100 }]);
});

test('a forecast is of tasks alone: no budget that it is held against counts a program', async () => {
  await insertSpent(
    db,
    Array.from({ length: 10 }, (_, days) => ({ at: hoursAgo(24 * days), costNano: 1_000 })),
  );
  const before = await reportForecast(db, { period: { kind: 'day' } });
  await called(500_000);
  await called(500_000, { at: hoursAgo(24 * 3) });
  await rollUpCosts(db, 100);
  expect(await reportForecast(db, { period: { kind: 'day' } })).toMatchObject({ spentNano: before.spentNano, forecast: before.forecast });
});
