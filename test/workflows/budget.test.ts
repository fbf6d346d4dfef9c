/** Limits on spending, under concurrency: never passed, never refusing without need, and explained. */

import { type Installation, installWithWorkers, PATIENCE_MS } from '../support/installation';
import { until } from '../support/processes';
import {
  attemptsOf,
  DEAREST,
  endSoundly,
  LIMITS,
  NORTH,
  NORTH_NAME,
  RESERVED,
  routeOver,
  SOUTH,
  WORK,
  workPolicy,
} from '../support/scenario';

let box: Installation;

afterEach(() => endSoundly(box));

const ONLY_NORTH = workPolicy({ classes: { work: routeOver([NORTH]) } });
async function balance(): Promise<{ spent: number; reserved: number }> {
  const [row] = await box.db.sql<[{ spent: number; reserved: number }?]>`
    SELECT spent_nano::float8 AS spent, reserved_nano::float8 AS reserved FROM budget_tracking`;
  return row ?? { spent: 0, reserved: 0 };
}

test('of 50 tasks at once on a budget for 20, exactly 20 are answered and the budget is never passed', async () => {
  const limitNano = 20 * RESERVED + 100_000;
  box = await installWithWorkers({
    models: [NORTH],
    policy: ONLY_NORTH,
    budgets: [{ period: 'day', limitNano, scopeKind: 'team', scopeId: 'search', timeZone: 'Europe/Berlin' }],
  });
  box.script({ models: { [NORTH_NAME]: [{ ...DEAREST, latencyMs: 100 }] } });
  let highest = 0;
  let isWatching = true;
  const watch = (async () => {
    while (isWatching) {
      const { spent, reserved } = await balance();
      highest = Math.max(highest, spent + reserved);
    }
  })();
  const results = await Promise.all(Array.from({ length: 50 }, () => box.run({ ...WORK, scope: { team: 'search' } })));
  isWatching = false;
  await watch;

  expect(highest).toBeLessThanOrEqual(limitNano);
  expect(await balance()).toEqual({ spent: 20 * RESERVED, reserved: 0 });
  expect(results.filter(({ outcome }) => outcome === 'completed')).toHaveLength(20);
  const refused = results.filter(({ outcome }) => outcome === 'refused');
  expect(refused).toHaveLength(30);
  for (const { reason } of refused) {
    expect(reason).toMatch(
      /the daily budget of team "search": \$0\.0001 of \$0\.0\d+\. It renews at \d{4}-\d\d-\d\d \d\d:00 UTC \(the next day in Europe\/Berlin\)/,
    );
  }
});

test('money that another task only holds is waited for, and the task proceeds when it comes back', async () => {
  const policy = workPolicy({ ...ONLY_NORTH, attempts: { ...LIMITS, backoffMs: 20, maxWaitMs: 500 } });
  box = await installWithWorkers({ models: [NORTH], policy, budgets: [{ period: 'day', limitNano: RESERVED + 1_000 }] });
  box.script({ tasks: { first: [{ kind: 'answer', latencyMs: 2_000, usage: { inputTokens: 1 } }] } });
  const first = await box.client.submit({ ...WORK, externalId: 'first' });
  await until(async () => (await balance()).reserved > 0, 'the first task holds its money');
  const second = await box.run(WORK);
  const endOfFirst = await box.client.result(first.taskId, { timeoutMs: PATIENCE_MS });
  expect([endOfFirst, second]).toMatchObject([{ outcome: 'completed' }, { outcome: 'completed', attempts: 1 }]);
  expect(second.endedAt > endOfFirst.endedAt).toBe(true);
});

test('a call that could cost more than the limit per request is refused, saying which limit', async () => {
  box = await installWithWorkers({ models: [NORTH], policy: ONLY_NORTH, budgets: [{ period: 'request', limitNano: RESERVED - 1 }] });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'refused', attempts: 0 });
  expect(result.reason).toMatch(/the limit per request of everyone/);
});

test('a task that the budget has no room for on a dear model goes to a cheaper one', async () => {
  box = await installWithWorkers({
    models: [NORTH, SOUTH],
    policy: workPolicy({ classes: { work: routeOver([SOUTH, NORTH]) } }),
    budgets: [{ period: 'day', limitNano: RESERVED }],
  });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small answered usage']);
});

test('a soft limit warns and refuses nobody', async () => {
  box = await installWithWorkers({ models: [NORTH], policy: ONLY_NORTH, budgets: [{ period: 'month', limitNano: 1, hard: false }] });
  expect(await box.run(WORK)).toMatchObject({ outcome: 'completed' });
});

test('a budget of another team is nobody else’s', async () => {
  box = await installWithWorkers({
    models: [NORTH],
    policy: ONLY_NORTH,
    budgets: [{ period: 'day', limitNano: 0, scopeKind: 'team', scopeId: 'search' }],
  });
  expect(await box.run({ ...WORK, scope: { team: 'sales' } })).toMatchObject({ outcome: 'completed' });
  expect(await box.run({ ...WORK, scope: { team: 'search' } })).toMatchObject({ outcome: 'refused' });
});
