/** Putting the rules of the user's files in force. */

import { applyRules, budgetRowsOf, type Rules } from '../../client/stack/apply-rules';
import { connect, type Database } from '../../db/connect';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { activeCatalogue, listBudgets, listPolicies } from '../../db/queries/rules';
import { createTestDatabase, type TestDatabase } from '../support/database';

let database: TestDatabase;
let db: Database;
beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const CATALOGUE = `
providers: { scripted: { models: { one: { prices: { input: 0, output: 0 } } } } }
budgets: [{ scope: global, daily_usd: 5, per_request_usd: 1 }, { scope: "team:search", monthly_usd: 10, hard: false }]
`;

function rules({ catalogue = CATALOGUE, policy = '' }: { catalogue?: string; policy?: string } = {}): Rules {
  const config = parseCatalogueFile(catalogue, 'signalbox.yaml', loadPriceLibrary());
  if ('problems' in config) throw new Error(JSON.stringify(config.problems));
  const parsed = parsePolicyFile(policy, 'policy.yaml', config.ok.catalogue, config.ok.ewma);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { config: config.ok, policy: parsed.ok };
}

test('an empty database gets catalogue, budgets and the first policy', async () => {
  const { config } = rules();
  expect(await applyRules(db, rules(), 'ada')).toEqual({
    catalogue: { version: config.catalogue.version, isChanged: true, news: [], slotChanges: [] },
    areBudgetsChanged: true,
    policy: { version: 1, isFirst: true, pending: [] },
  });
  expect((await activeCatalogue(db))?.version).toBe(config.catalogue.version);
  expect(await listBudgets(db)).toEqual([...budgetRowsOf(config.budgets)].sort((a, b) => a.id.localeCompare(b.id)));
});

test('applying the same again changes nothing', async () => {
  await applyRules(db, rules(), 'ada');
  const [before] = await db.sql`SELECT max(seq) AS seq FROM audit_log`;
  expect(await applyRules(db, rules(), 'ada')).toMatchObject({
    catalogue: { isChanged: false },
    areBudgetsChanged: false,
    policy: { version: 1, isFirst: false, pending: [] },
  });
  expect(await db.sql`SELECT max(seq) AS seq FROM audit_log`).toEqual([before]);
});

test('a catalogue with news asks for a review of everything, in the transaction that puts it in force', async () => {
  await applyRules(db, rules(), 'ada');
  const changed =
    'providers: { scripted: { models: { one: { prices: { input: 1, output: 2 } }, two: { prices: { input: 0, output: 0 } } } } }';
  const { catalogue } = await applyRules(db, rules({ catalogue: changed }), 'ben');
  expect(catalogue.news).toMatchObject([
    { kind: 'model-shipped', models: ['scripted/two'] },
    { kind: 'price-change', models: ['scripted/one'] },
  ]);
  const repriced = 'scripted/one 0/0 USD per million tokens → 1/2 USD per million tokens';
  expect(await db.sql`SELECT scope, kind, detail, requested_by FROM review_triggers WHERE review_id IS NULL ORDER BY kind`).toEqual([
    { scope: 'all', kind: 'model-shipped', detail: 'scripted/two is new', requested_by: 'ben' },
    { scope: 'all', kind: 'price-change', detail: repriced, requested_by: 'ben' },
  ]);
  await applyRules(db, rules({ catalogue: changed }), 'ben');
  expect(await db.sql`SELECT FROM review_triggers`).toHaveLength(2);
});

test('a changed policy is told and not applied', async () => {
  await applyRules(db, rules(), 'ada');
  const { policy } = await applyRules(db, rules({ policy: 'weights: { cost: 0.4 }' }), 'ada');
  expect(policy).toEqual({ version: 1, isFirst: false, pending: [{ path: ['weights', 'cost'], before: 0.2, after: 0.4 }] });
  expect(await listPolicies(db)).toHaveLength(1);
});

test('many processes that start at once make one policy and one catalogue', async () => {
  const applied = await Promise.all(Array.from({ length: 8 }, () => applyRules(db, rules(), 'ada')));
  expect(applied.filter(({ policy }) => policy.isFirst)).toHaveLength(1);
  expect(applied.filter(({ catalogue }) => catalogue.isChanged)).toHaveLength(1);
  expect(new Set(applied.map(({ policy }) => policy.version))).toEqual(new Set([1]));
});

test('each limit of a scope is a row of its own, in its time zone', () => {
  expect(budgetRowsOf(rules().config.budgets)).toEqual([
    { id: 'global:day', scopeKind: 'global', scopeId: '', period: 'day', limitNano: 5e9, hard: true, timeZone: 'UTC', warnAt: 0.75 },
    { id: 'global:request', scopeKind: 'global', scopeId: '', period: 'request', limitNano: 1e9, hard: true, timeZone: 'UTC', warnAt: 1 },
    {
      id: 'team:search:month',
      scopeKind: 'team',
      scopeId: 'search',
      period: 'month',
      limitNano: 10e9,
      hard: false,
      timeZone: 'UTC',
      warnAt: 0.8,
    },
  ]);
});

test('what of slots is other than before is told', async () => {
  const slots = (concurrency: number) =>
    `${CATALOGUE}slots: { accounts: [{ id: seat, models: [scripted/one], concurrency: ${concurrency} }] }\n`;
  const changesOf = async (catalogue: string) => (await applyRules(db, rules({ catalogue }), 'ada')).catalogue.slotChanges;
  expect((await changesOf(slots(2))).map(({ path }) => path)).toEqual([['accounts', 'seat'], ['mode']]);
  expect(await changesOf(slots(2))).toEqual([]);
  expect(await changesOf(slots(3))).toEqual([{ path: ['accounts', 'seat', 'concurrency'], before: 2, after: 3 }]);
});
