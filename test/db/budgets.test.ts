/** Money under concurrency: no limit is passed, no room is wasted, nobody waits for ever. */

import fc from 'fast-check';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { abandonAttempt, type OpenedAttempt } from '../../db/queries/ledger';
import { applyBudgets, type BudgetRow } from '../../db/queries/rules';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addBudgets, applyLedgerRules, balanceOf, budgetOf, type Decided, decided, endOf, failed, open, settle } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 60 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  await expectSoundLedger();
  await db.close();
  await database.drop();
});

async function expectSoundLedger(): Promise<void> {
  expect((await auditLedger(db)).checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
}

function manyDecided(count: number): Promise<Decided[]> {
  return Promise.all(Array.from({ length: count }, () => decided(db)));
}

function kindsOf(answers: readonly OpenedAttempt[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

describe('one budget', () => {
  test('takes exactly what fits of 200 reservations at once', async () => {
    const budget = budgetOf('rush', { limitNano: 1_000 });
    await addBudgets(db, budget);
    const tasks = await manyDecided(200);
    const answers = await Promise.all(tasks.map((task) => open(db, task, { scope: { team: 'rush' }, amountNano: 7 })));
    expect(kindsOf(answers)).toEqual({ opened: Math.floor(1_000 / 7), budget: 200 - Math.floor(1_000 / 7) });
    expect(await balanceOf(db, budget.id)).toMatchObject({ reserved: 7 * Math.floor(1_000 / 7), spent: 0, overrun: 0 });
  });

  test('that fits 20 of 50 tasks lets exactly 20 through, and never refuses what fits', async () => {
    const budget = budgetOf('twenty', { limitNano: 2_000 });
    await addBudgets(db, budget);
    const scope = { team: 'twenty' };
    // Each task that gets room spends all of it, so that the twenty-first has none.
    const outcomes = await Promise.all(
      (await manyDecided(50)).map(async (task) => {
        const opened = await open(db, task, { scope, amountNano: 100 });
        if (opened.kind === 'opened') await settle(db, task, { scope, costNano: 100 }, endOf(task.taskId));
        return opened;
      }),
    );
    expect(kindsOf(outcomes)).toEqual({ opened: 20, budget: 30 });
    expect(await balanceOf(db, budget.id)).toMatchObject({ spent: 2_000, reserved: 0, overrun: 0 });
  });

  test('is as wide again as a call turned out cheaper', async () => {
    await addBudgets(db, budgetOf('cheap', { limitNano: 150 }));
    const scope = { team: 'cheap' };
    const [first, second] = await manyDecided(2);
    await open(db, first!, { scope, amountNano: 100 });
    expect(await open(db, second!, { scope, amountNano: 100 })).toMatchObject({ kind: 'budget', leftNano: 50, mayFree: true });
    await settle(db, first!, { costNano: 50 });
    expect(await open(db, second!, { scope, amountNano: 100 })).toEqual({ kind: 'opened' });
  });

  test('says which it is, what is left, whether waiting can help and when it renews', async () => {
    const budget = budgetOf('spent', { limitNano: 100, timeZone: 'Asia/Kolkata' });
    await addBudgets(db, budget);
    const scope = { team: 'spent' };
    const [first, second] = await manyDecided(2);
    await open(db, first!, { scope, amountNano: 60 });
    await settle(db, first!, { costNano: 60 });
    const [row] = await db.sql<[{ ends: number }]>`
      SELECT extract(epoch FROM period_end)::double precision * 1000 AS ends FROM budget_tracking WHERE budget_id = ${budget.id}`;
    expect(await open(db, second!, { scope, amountNano: 41 })).toEqual({
      kind: 'budget',
      ok: false,
      limit: {
        id: budget.id,
        scopeKind: 'team',
        scopeId: 'spent',
        period: 'day',
        limitNanoUsd: 100,
        hard: true,
        timeZone: 'Asia/Kolkata',
        warnAt: 0.75,
      },
      leftNano: 40,
      mayFree: false,
      renewsAtMs: row.ends,
    });
    expect(await open(db, second!, { scope, amountNano: 40 })).toEqual({ kind: 'opened' });
  });

  test('that is soft refuses nothing and counts everything', async () => {
    const budget = budgetOf('soft', { limitNano: 10, hard: false });
    await addBudgets(db, budget);
    const [task] = await manyDecided(1);
    expect(await open(db, task!, { scope: { team: 'soft' }, amountNano: 1_000 })).toEqual({ kind: 'opened' });
    await settle(db, task!, { costNano: 900 });
    expect(await balanceOf(db, budget.id)).toMatchObject({ spent: 900, reserved: 0, allowed: null });
  });

  test('per request limits one call, and is never used up', async () => {
    await addBudgets(db, budgetOf('single', { id: 'single', period: 'request', limitNano: 100 }));
    const scope = { team: 'single' };
    const [small, large] = await manyDecided(2);
    expect(await open(db, large!, { scope, amountNano: 101 })).toMatchObject({
      kind: 'budget',
      leftNano: 100,
      mayFree: false,
      limit: { period: 'request' },
    });
    expect(await open(db, small!, { scope, amountNano: 100 })).toEqual({ kind: 'opened' });
    expect(await open(db, large!, { scope, amountNano: 100 })).toEqual({ kind: 'opened' });
  });

  test('of nothing lets free calls through', async () => {
    await addBudgets(db, budgetOf('free', { limitNano: 0 }));
    const [task] = await manyDecided(1);
    expect(await open(db, task!, { scope: { team: 'free' }, amountNano: 1 })).toMatchObject({ kind: 'budget' });
    expect(await open(db, task!, { scope: { team: 'free' }, amountNano: 0 })).toEqual({ kind: 'opened' });
  });

  test('does not concern the money of others', async () => {
    await addBudgets(db, budgetOf('theirs', { limitNano: 0 }));
    const [task] = await manyDecided(1);
    expect(await open(db, task!, { scope: { team: 'ours', project: 'theirs' } })).toEqual({ kind: 'opened' });
  });
});

describe('several budgets', () => {
  const scope = { team: 'all', project: 'all', tag: 'all', key: 'all' };
  const budgets: BudgetRow[] = (['key', 'project', 'tag', 'team'] as const).map((scopeKind, index) =>
    budgetOf('all', { id: `all-${scopeKind}`, scopeKind, limitNano: 1_000 - 200 * index, period: index % 2 === 0 ? 'day' : 'month' }),
  );

  test('take a reservation all together or not at all', async () => {
    await addBudgets(db, ...budgets);
    const tasks = await manyDecided(30);
    const answers = await Promise.all(tasks.map((task) => open(db, task, { scope, amountNano: 50 })));
    // The narrowest one, of the team, fits 8.
    expect(kindsOf(answers)).toEqual({ opened: 8, budget: 22 });
    for (const { id } of budgets) expect(await balanceOf(db, id)).toMatchObject({ reserved: 400 });
    expect(answers.find(({ kind }) => kind === 'budget')).toMatchObject({ limit: { id: 'all-team' } });
  });

  test('name one that waiting cannot help before one that it can', async () => {
    await addBudgets(
      db,
      budgetOf('two', { id: 'two-team', limitNano: 100 }),
      budgetOf('two', { id: 'two-tag', scopeKind: 'tag', limitNano: 60 }),
    );
    const [first, second] = await manyDecided(2);
    await open(db, first!, { scope: { team: 'two' }, amountNano: 90 });
    expect(await open(db, second!, { scope: { team: 'two', tag: 'two' }, amountNano: 70 })).toMatchObject({
      limit: { id: 'two-tag' },
      mayFree: false,
    });
  });

  test('are never waited for in a circle, whatever their order, also at the first use of a period', async () => {
    const crossing = ['a', 'b', 'c'].flatMap((name) => [
      budgetOf(name, { id: `cross-${name}`, limitNano: 1_000_000 }),
      budgetOf(name, { id: `ssorc-${name}`, scopeKind: 'project', limitNano: 1_000_000 }),
    ]);
    // Made in another order than their ids, and met in every combination.
    await addBudgets(db, ...crossing.toReversed());
    const tasks = await manyDecided(120);
    const names = ['a', 'b', 'c'];
    const answers = await Promise.all(
      tasks.map(async (task, index) => {
        const ownScope = { team: names[index % 3]!, project: names[Math.floor(index / 3) % 3]! };
        const opened = await open(db, task, { scope: ownScope, amountNano: 10 });
        await settle(db, task, { scope: ownScope, costNano: 10 });
        return opened;
      }),
    );
    expect(kindsOf(answers)).toEqual({ opened: 120 });
    const [sum] = await db.sql<[{ spent: number }]>`
      SELECT sum(spent_nano)::integer AS spent FROM budget_tracking WHERE budget_id LIKE 'cross-%' OR budget_id LIKE 'ssorc-%'`;
    expect(sum.spent).toBe(120 * 2 * 10);
  });
});

test('balances are the sums of their reservations, and never negative, in any order of reserving, settling and dying', async () => {
  await addBudgets(
    db,
    budgetOf('any', { id: 'any-day', limitNano: 500 }),
    budgetOf('any', { id: 'any-month', period: 'month', limitNano: 5_000 }),
    budgetOf('any', { id: 'any-tag', scopeKind: 'tag', hard: false, limitNano: 5 }),
  );
  const scope = { team: 'any', tag: 'any' };
  const amount = fc.integer({ min: 0, max: 200 });
  const move = fc.oneof(
    fc.record({ kind: fc.constant('settle' as const), cost: fc.integer({ min: 0, max: 260 }), reserve: amount }),
    fc.record({ kind: fc.constant('fail' as const), reserve: amount }),
    fc.record({ kind: fc.constant('die' as const), reserve: amount }),
    fc.record({ kind: fc.constant('stay' as const), reserve: amount }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 20 }), async (moves) => {
      await Promise.all(
        moves.map(async (one) => {
          const task = await decided(db);
          if ((await open(db, task, { scope, amountNano: one.reserve })).kind !== 'opened') return;
          if (one.kind === 'settle') await settle(db, task, { costNano: one.cost });
          if (one.kind === 'fail') await settle(db, task, failed());
          if (one.kind === 'die') await abandonAttempt(db, { ...task, number: 1 }, { class: 'in-doubt', message: 'Lost.' });
        }),
      );
      const { checks } = await auditLedger(db);
      expect(checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
      // The next round begins with room again.
      await db.sql`UPDATE budgets SET limit_nano = limit_nano + 500 WHERE hard AND scope_id = 'any'`;
    }),
    { numRuns: 15 },
  );
});

describe('changing the limits', () => {
  const only = (...budgets: readonly BudgetRow[]) => applyBudgets(db, budgets, 'test');

  test('says whether anything changed, whatever the order of the list', async () => {
    const two = [budgetOf('b-two'), budgetOf('B_one')];
    expect(await only(...two)).toBe(true);
    expect(await only(...two.toReversed())).toBe(false);
    expect(await only(two[0]!, { ...two[1]!, limitNano: 1_001 })).toBe(true);
  });

  test('keeps what was spent, and refuses from the new limit on', async () => {
    const budget = budgetOf('lowered', { limitNano: 1_000 });
    await only(budget);
    const [first, second, third] = await manyDecided(3);
    await open(db, first!, { scope: { team: 'lowered' }, amountNano: 800 });
    await settle(db, first!, { costNano: 800 });
    await only({ ...budget, limitNano: 500 });
    expect(await open(db, second!, { scope: { team: 'lowered' }, amountNano: 0 })).toMatchObject({ kind: 'budget', leftNano: 0 });
    await only({ ...budget, limitNano: 900 });
    expect(await open(db, third!, { scope: { team: 'lowered' }, amountNano: 100 })).toEqual({ kind: 'opened' });
    await expectSoundLedger();
  });

  test('forgets no money of a limit that is taken away and put back', async () => {
    const budget = budgetOf('gone', { limitNano: 100 });
    await only(budget);
    const [first, second, third] = await manyDecided(3);
    await open(db, first!, { scope: { team: 'gone' }, amountNano: 100 });
    await only();
    expect(await open(db, second!, { scope: { team: 'gone' }, amountNano: 5_000 })).toEqual({ kind: 'opened' });
    await settle(db, first!, { costNano: 100 });
    await only(budget);
    expect(await balanceOf(db, budget.id)).toMatchObject({ spent: 100, reserved: 5_000 });
    expect(await open(db, third!, { scope: { team: 'gone' }, amountNano: 1 })).toMatchObject({ kind: 'budget' });
    await expectSoundLedger();
  });
});
