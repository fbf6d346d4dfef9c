/** One call, from the row before it to its settlement: opened once, allowed, paid once, and never left open. */

import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { abandonAttempt, openAttempt } from '../../db/queries/ledger';
import { loadStory } from '../../db/queries/tasks';
import type { CallFailure } from '../../routing/decision/failure';
import { PRIVACY_TIERS } from '../../routing/task/task';
import { createTestDatabase, type TestDatabase } from '../support/database';
import {
  accepted,
  addBudgets,
  applyLedgerRules,
  attemptOf,
  balanceOf,
  budgetOf,
  decided,
  end,
  endOf,
  failed,
  GUARDED_EU,
  GUARDED_US,
  OPEN,
  open,
  RETIRED,
  SECOND,
  settle,
} from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 20 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  expect((await auditLedger(db)).checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
  await db.close();
  await database.drop();
});

const LOST: CallFailure = { class: 'in-doubt', message: 'Nobody reported its end.' };

let teams = 0;
/** A team with a hard daily budget of 1,000 nano-USD. */
async function teamWithBudget() {
  const team = `team-${++teams}`;
  const budget = budgetOf(team);
  await addBudgets(db, budget);
  return { scope: { team }, balance: () => balanceOf(db, budget.id) };
}

describe('opening', () => {
  test('reserves the worst case', async () => {
    const { scope, balance } = await teamWithBudget();
    expect(await open(db, await decided(db), { scope, amountNano: 300 })).toEqual({ kind: 'opened' });
    expect(await balance()).toMatchObject({ spent: 0, reserved: 300 });
  });

  test('the second time finds the first, and reserves nothing more', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    const first = attemptOf(task, { scope });
    await openAttempt(db, first);
    expect(await openAttempt(db, { ...first, attemptId: newId(), worker: 'host:2' })).toMatchObject({
      kind: 'exists',
      attempt: { id: first.attemptId, worker: 'host:1', state: 'running' },
    });
    expect(await balance()).toMatchObject({ reserved: 100 });
  });

  test('opens one attempt for ten that ask at once', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    const answers = await Promise.all(Array.from({ length: 10 }, () => open(db, task, { scope })));
    expect(answers.map(({ kind }) => kind).sort()).toEqual([...Array(9).fill('exists'), 'opened']);
    expect(await balance()).toMatchObject({ reserved: 100 });
  });

  test('finds the end of an attempt after its task has ended', async () => {
    const task = await decided(db);
    await open(db, task);
    await settle(db, task, {}, endOf(task.taskId));
    expect(await open(db, task)).toMatchObject({ kind: 'exists', attempt: { state: 'answered', costNano: 40 } });
  });

  test('opens nothing for a task that has ended', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await end(db, task.taskId, { kind: 'cancelled', code: 'cancelled' });
    expect(await open(db, task, { scope })).toEqual({ kind: 'ended' });
    expect(await balance()).toBeUndefined();
  });

  test('opens no second call beside a live one, and reserves nothing for it', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope });
    await expect(open(db, task, { number: 2, scope })).rejects.toMatchObject({ code: 'internal' });
    expect(await balance()).toMatchObject({ reserved: 100 });
  });

  test('opens nothing without a decision to call', async () => {
    const taskId = await accepted(db);
    await expect(open(db, { taskId, decisionId: newId() })).rejects.toMatchObject({ code: 'internal' });
    const task = await decided(db);
    await expect(open(db, { ...task, decisionId: newId() })).rejects.toMatchObject({ code: 'internal' });
  });

  test('writes down a fallback to another model, and a second try of the same as none', async () => {
    const task = await decided(db);
    await open(db, task);
    await settle(db, task, failed());
    await open(db, task, { number: 2 });
    await settle(db, task, { ...failed(), number: 2 });
    await open(db, task, { number: 3, model: SECOND });
    expect((await loadStory(db, task.taskId))?.fallbacks).toMatchObject([
      { fromModel: OPEN, toModel: SECOND, failureClass: 'server-error' },
    ]);
    await end(db, task.taskId, { kind: 'failed' });
  });
});

describe('the last line of defence', () => {
  const ALLOWED: readonly (readonly [model: string, tier: string, residency: string | undefined, allowed: boolean])[] = [
    ...PRIVACY_TIERS.map((tier) => [OPEN, tier, undefined, true] as const),
    ...PRIVACY_TIERS.map((tier) => [GUARDED_US, tier, undefined, tier === 'public' || tier === 'internal'] as const),
    [GUARDED_US, 'internal', 'us', true],
    [GUARDED_US, 'internal', 'eu', false],
    [GUARDED_EU, 'restricted', 'eu', true],
    [GUARDED_EU, 'restricted', 'us', false],
    [OPEN, 'restricted', 'eu', true],
    [OPEN, 'restricted', 'us', true],
    [RETIRED, 'public', undefined, false],
    ['scripted/unheard-of', 'public', undefined, false],
  ];

  test.each(ALLOWED)('%s, a task of tier %s with residency %s: may be called: %s', async (model, privacyTier, residency, allowed) => {
    const { scope, balance } = await teamWithBudget();
    const opening = open(db, await decided(db, { privacyTier, residency }), { model, scope });
    if (allowed) await expect(opening).resolves.toEqual({ kind: 'opened' });
    else await expect(opening).rejects.toMatchObject({ code: 'not_admissible', message: expect.not.stringContaining(model) });
    expect((await balance())?.reserved ?? 0).toBe(allowed ? 100 : 0);
  });

  test('goes by the catalogue that the call cites', async () => {
    await expect(open(db, await decided(db), { catalogueVersion: 'another' })).rejects.toMatchObject({ code: 'not_admissible' });
  });

  test('also stands when an open attempt is moved to another model', async () => {
    const task = await decided(db, { privacyTier: 'restricted' });
    await open(db, task);
    await expect(db.sql`UPDATE attempts SET model = ${GUARDED_US} WHERE task_id = ${task.taskId}`).rejects.toMatchObject({ code: 'SB001' });
  });

  test('lets the privacy tier of a task be raised and never lowered', async () => {
    const { taskId } = await decided(db, { privacyTier: 'internal' });
    const setTier = (tier: string) => db.sql`UPDATE tasks SET privacy_tier = ${tier} WHERE id = ${taskId}`;
    await setTier('confidential');
    await expect(setTier('internal')).rejects.toMatchObject({ code: 'SB001' });
    await expect(setTier('public')).rejects.toMatchObject({ code: 'SB001' });
    await setTier('restricted');
    expect((await loadStory(db, taskId))?.task.privacyTier).toBe('restricted');
  });

  test('never lets the residency of a task change or go', async () => {
    const { taskId } = await decided(db, { residency: 'eu' });
    await expect(db.sql`UPDATE tasks SET residency = 'us' WHERE id = ${taskId}`).rejects.toMatchObject({ code: 'SB001' });
    await expect(db.sql`UPDATE tasks SET residency = NULL WHERE id = ${taskId}`).rejects.toMatchObject({ code: 'SB001' });
  });
});

describe('settling', () => {
  test('moves the reservation to what was spent, and writes one cost row', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope });
    expect(await settle(db, task, { scope })).toMatchObject({
      kind: 'settled',
      attempt: { state: 'answered', costNano: 40, costBasis: 'usage' },
    });
    expect(await balance()).toMatchObject({ spent: 40, reserved: 0, overrun: 0 });
    const rows = await db.sql`SELECT * FROM cost_tracking WHERE task_id = ${task.taskId}`;
    expect(rows).toMatchObject([
      { team: scope.team, input_tokens: 10, output_tokens: 20, reasoning_tokens: 5, cost_basis: 'usage', provider: 'scripted' },
    ]);
  });

  test('counts the first settlement alone', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope });
    await settle(db, task, failed({ costBasis: 'reserved', state: 'in_doubt' }));
    expect(await settle(db, task)).toMatchObject({ kind: 'already', attempt: { state: 'in_doubt', costNano: 100 } });
    expect(await balance()).toMatchObject({ spent: 100, reserved: 0 });
    expect((await loadStory(db, task.taskId))?.answer).toBeUndefined();
  });

  test('counts one of ten settlements at once', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope });
    const settled = await Promise.all(Array.from({ length: 10 }, (_, index) => settle(db, task, { costNano: 40 + index })));
    const [counted, ...others] = settled.filter(({ kind }) => kind === 'settled');
    expect(others).toEqual([]);
    expect((await balance())?.spent).toBe(counted?.attempt.costNano);
  });

  test.each([
    ['in full when nobody knows', 'reserved', undefined, 100],
    ['by the provider’s own figure', 'reported', 63, 63],
    ['nothing, with a cost row, when the price is unknown', 'unknown', undefined, 0],
  ] as const)('charges %s', async (_, costBasis, costNano, expected) => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope });
    await settle(db, task, { costBasis, costNano });
    expect(await balance()).toMatchObject({ spent: expected, reserved: 0, overrun: 0 });
    expect(await db.sql`SELECT cost_basis FROM cost_tracking WHERE task_id = ${task.taskId}`).toMatchObject([{ cost_basis: costBasis }]);
  });

  test('frees the reservation of a call that nothing was done for, without a cost row', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope });
    await settle(db, task, failed({ failure: { class: 'rate-limited', message: 'Slow down.', status: 429, retryAfterMs: 1_500 } }));
    expect(await balance()).toMatchObject({ spent: 0, reserved: 0 });
    expect(await db.sql`SELECT FROM cost_tracking WHERE task_id = ${task.taskId}`).toHaveLength(0);
    expect(await db.sql`SELECT kind, retry_after_ms FROM rate_limit_events WHERE task_id = ${task.taskId}`).toMatchObject([
      { kind: 'rate-limited', retry_after_ms: 1_500 },
    ]);
  });

  test('records what a call cost beyond its reservation', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope, amountNano: 900 });
    await settle(db, task, { costNano: 1_234 });
    expect(await balance()).toMatchObject({ spent: 1_234, reserved: 0, overrun: 334 });
    expect(await open(db, await decided(db), { scope, amountNano: 1 })).toMatchObject({ kind: 'budget', leftNano: 0, mayFree: false });
  });

  test('leaves the attempt open when it cannot be stored as told', async () => {
    const task = await decided(db);
    await open(db, task);
    await expect(settle(db, task, { costNano: undefined })).rejects.toMatchObject({ code: 'internal' });
    await expect(settle(db, task, { costNano: -1 })).rejects.toMatchObject({ code: 'internal' });
    expect(await settle(db, task)).toMatchObject({ kind: 'settled' });
  });

  test('ends the task with the settlement, and not when the settlement came too late', async () => {
    const task = await decided(db);
    await open(db, task);
    expect(await settle(db, task, {}, endOf(task.taskId))).toMatchObject({ kind: 'settled', outcome: { kind: 'completed', costNano: 40 } });

    const late = await decided(db);
    await open(db, late);
    await abandonAttempt(db, { ...late, number: 1 }, LOST);
    expect(await settle(db, late, {}, endOf(late.taskId))).not.toHaveProperty('outcome');
    expect((await loadStory(db, late.taskId))?.task.status).toBe('running');
  });
});

describe('abandoning', () => {
  test('closes a live attempt in doubt and charges it in full', async () => {
    const { scope, balance } = await teamWithBudget();
    const task = await decided(db);
    await open(db, task, { scope });
    expect(await abandonAttempt(db, { ...task, number: 1 }, LOST)).toMatchObject({ state: 'in_doubt', failure: LOST, costNano: 100 });
    expect(await balance()).toMatchObject({ spent: 100, reserved: 0 });
  });

  test('finds the end of an attempt that has one', async () => {
    const task = await decided(db);
    await open(db, task);
    await settle(db, task);
    expect(await abandonAttempt(db, { ...task, number: 1 }, LOST)).toMatchObject({ state: 'answered', costNano: 40 });
  });

  test('knows nothing of an attempt that was never opened', async () => {
    expect(await abandonAttempt(db, { ...(await decided(db)), number: 1 }, LOST)).toBeUndefined();
  });

  test('leaves the live attempt alone when an earlier one is meant', async () => {
    const task = await decided(db);
    await open(db, task);
    await settle(db, task, failed());
    await open(db, task, { number: 2, model: SECOND });
    expect(await abandonAttempt(db, { ...task, number: 1 }, LOST)).toMatchObject({ number: 1, state: 'failed' });
    expect(await open(db, task, { number: 2 })).toMatchObject({ kind: 'exists', attempt: { state: 'running' } });
  });
});
