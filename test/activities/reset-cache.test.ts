/** What a process keeps of rules and values, when somebody asks it to forget. */

import { createRules, type Rules } from '../../activities/rules';
import { connect, type Database } from '../../db/connect';
import { resetCache } from '../../db/queries/reset';
import { DEFAULT_FORMULA, type ValuedTask } from '../../routing/slots/expected-value';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { NOW } from '../support/decision-input';

let database: TestDatabase;
let db: Database;
let rules: Rules;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
});
beforeEach(() => {
  rules = createRules(db, () => undefined);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const TASK: ValuedTask = {
  facts: { priority: 50, scope: {} },
  descriptor: { type: 'factual', urgency: 3 },
  taskClass: 'factual/simple',
  tier: 'SIMPLE',
};
const worth = () => rules.values.of('a task', TASK, DEFAULT_FORMULA, NOW);

test('the first epoch that is seen, and the same again, forget nothing', () => {
  rules.follow(4);
  worth();
  rules.follow(4);
  worth();
  expect(rules.values.figures().tasks).toMatchObject({ hits: 1, misses: 1 });
});

test('another epoch forgets what was kept', () => {
  rules.follow(4);
  worth();
  rules.follow(5);
  worth();
  expect(rules.values.figures().tasks).toMatchObject({ hits: 0, misses: 2, size: 1 });
});

test('each reset moves the epoch on by one, with an entry in the audit log', async () => {
  const { epoch = Number.NaN } = await resetCache(db, 'ana');
  expect(await resetCache(db, 'ben')).toEqual({ epoch: epoch + 1 });
  const [entry] = await db.sql`SELECT actor, action, details FROM audit_log ORDER BY seq DESC LIMIT 1`;
  expect(entry).toEqual({ actor: 'ben', action: 'cache.reset', details: { epoch: epoch + 1 } });
});
