/** Money in memory: no limit is passed, no room is wasted, days are those of the time zone. */

import fc from 'fast-check';
import type { BudgetWarning } from '../../embedded';
import { periodAt } from '../../embedded/calendar';
import { answering, HARD_TEXT, movedClock, SIMPLE_TEXT, statusError, testSystem } from '../support/routing-system';

const HOUR = 3_600_000;

/** The worst case of the simple text on the one model that these tests allow. */
async function worstCase(): Promise<number> {
  const system = testSystem({ models: ['acme/mini'] });
  return (await system.executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '' }))).cost;
}

test('money is held while a call runs, and what it did not cost comes back', async () => {
  const system = testSystem({ budget: { dailyLimit: 1, monthlyLimit: 10 } });
  let during = await system.checkBudget();
  await system.executeWithRouting(SIMPLE_TEXT, async () => {
    during = await system.checkBudget();
    return { answer: '', usage: { inputTokens: 1_000, outputTokens: 500 } };
  });
  expect(during.day).toMatchObject({ spent: 0, limit: 1 });
  expect(during.day.reserved).toBeGreaterThan(0.00035);
  expect(during.day.left).toBeCloseTo(1 - during.day.reserved, 9);
  const { day, month } = await system.checkBudget();
  expect(day).toMatchObject({ spent: 0.00035, reserved: 0, left: 0.99965, isWarning: false });
  expect(month).toMatchObject({ spent: 0.00035, reserved: 0, left: 9.99965 });
});

test('calls at once never pass a limit, and as many are made as fit', async () => {
  const each = await worstCase();
  const system = testSystem({ models: ['acme/mini'], budget: { dailyLimit: 10.5 * each }, clock: movedClock() });
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () =>
      system.executeWithRouting(SIMPLE_TEXT, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return { answer: '' }; // says nothing of its usage, and is charged in full
      }),
    ),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(most).toBeLessThanOrEqual(10);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'budget_exhausted' });
  const { day } = await system.checkBudget();
  expect(day.spent).toBeCloseTo(10 * each, 9);
  expect(day.reserved).toBe(0);
});

test('calls that find the room held wait for it instead of giving up', async () => {
  const each = await worstCase();
  const system = testSystem({ models: ['acme/mini'], budget: { dailyLimit: 1.5 * each }, clock: movedClock() });
  const results = await Promise.all(Array.from({ length: 5 }, () => system.executeWithRouting(SIMPLE_TEXT, answering(10, 10))));
  expect(results.every(({ answer }) => answer === 'acme/mini')).toBe(true);
});

test('spent and reserved never pass the limit, whatever calls do and in whatever order they end', async () => {
  const each = await worstCase();
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('cheap', 'full', 'failed', 'turned away'), { minLength: 1, maxLength: 25 }),
      async (s, kinds) => {
        const limit = 4.2 * each;
        const system = testSystem({
          models: ['acme/mini'],
          budget: { dailyLimit: limit },
          clock: movedClock(),
          fallback: { maxAttempts: 2 },
        });
        const check = async () => {
          const { day } = await system.checkBudget();
          expect(day.spent + day.reserved).toBeLessThanOrEqual(limit + 1e-9);
        };
        const all = Promise.allSettled(
          kinds.map((kind) =>
            system.executeWithRouting(SIMPLE_TEXT, async () => {
              await s.schedule(Promise.resolve());
              await check();
              if (kind === 'failed') throw statusError(500);
              if (kind === 'turned away') throw statusError(400);
              return kind === 'cheap' ? { answer: kind, usage: { inputTokens: 1, outputTokens: 1 } } : { answer: kind };
            }),
          ),
        );
        await s.waitFor(all);
        await check();
        expect((await system.checkBudget()).day.reserved).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
});

test('an idle budget never refuses what fits in it', async () => {
  const each = await worstCase();
  const system = testSystem({ models: ['acme/mini'], budget: { dailyLimit: each, monthlyLimit: each } });
  expect((await system.executeWithRouting(SIMPLE_TEXT, async () => ({ answer: 1 }))).answer).toBe(1);
});

test('a refusal says which budget, how much is left, and when it renews', async () => {
  const system = testSystem({ budget: { dailyLimit: 0.01, timezone: 'Asia/Kolkata' }, clock: movedClock() });
  await system.trackUsage({ model: 'acme/plus' }, { inputTokens: 0, outputTokens: 0, cost: 0.0099 });
  await expect(system.executeWithRouting(SIMPLE_TEXT, answering())).rejects.toMatchObject({
    code: 'budget_exhausted',
    message: expect.stringMatching(/daily budget.*\$0\.0001 of \$0\.0100.*2026-05-04 18:30 UTC \(the next day in Asia\/Kolkata\)/u),
  });
});

test('a model that the budget has no room for gives way to one that it has', async () => {
  const system = testSystem({ budget: { dailyLimit: 0.02 } });
  expect((await system.routeTask(HARD_TEXT)).alternatives.map(({ model }) => model)).toEqual(['other/small']);
});

test('usage from elsewhere is counted in full, also beyond the limit, and then nothing more is called', async () => {
  const system = testSystem({ budget: { dailyLimit: 1 } });
  expect(await system.trackUsage({ model: 'acme/plus' }, { inputTokens: 1_000_000, outputTokens: 100_000 })).toEqual({ cost: 3 });
  expect((await system.checkBudget()).day).toMatchObject({ spent: 3, left: 0, isWarning: true });
  await expect(system.routeTask(SIMPLE_TEXT)).rejects.toMatchObject({ code: 'budget_exhausted' });
  await expect(system.trackUsage({ model: 'acme/none' }, { inputTokens: 1, outputTokens: 1 })).rejects.toMatchObject({
    code: 'unknown_model',
  });
  await expect(system.trackUsage({ model: 'acme/plus' }, { inputTokens: 1.5, outputTokens: -1 })).rejects.toMatchObject({
    code: 'bad_input',
  });
});

test('a warning comes once for each line that is crossed, and names the period', async () => {
  const clock = movedClock(Date.UTC(2026, 4, 4, 12));
  const warnings: BudgetWarning[] = [];
  const system = testSystem({
    clock,
    budget: { dailyLimit: 1, monthlyLimit: 2, alerts: { dailyWarning: 0.5, monthlyWarning: 0.9 } },
    onWarning: (warning) => {
      warnings.push(warning);
      throw new Error('a fault of the listener');
    },
  });
  const spend = (cost: number) => system.trackUsage({ model: 'acme/mini' }, { inputTokens: 0, outputTokens: 0, cost });
  for (const cost of [0.4, 0.2, 0.2]) await spend(cost);
  expect(warnings).toEqual([{ period: 'day', spent: 0.6, limit: 1, renewsAt: new Date('2026-05-05T00:00:00Z') }]);
  clock.advance(24 * HOUR);
  await spend(1.0);
  expect(warnings.slice(1)).toEqual([
    { period: 'day', spent: 1, limit: 1, renewsAt: new Date('2026-05-06T00:00:00Z') },
    { period: 'month', spent: 1.8, limit: 2, renewsAt: new Date('2026-06-01T00:00:00Z') },
  ]);
});

describe('days and months', () => {
  test('begin at midnight of the time zone', async () => {
    const clock = movedClock(Date.UTC(2026, 4, 31, 21, 59));
    const system = testSystem({ clock, budget: { dailyLimit: 5, monthlyLimit: 5, timezone: 'Europe/Berlin' } });
    await system.trackUsage({ model: 'acme/mini' }, { inputTokens: 0, outputTokens: 0, cost: 1 });
    clock.advance(60_000);
    expect(await system.checkBudget()).toMatchObject({
      day: { spent: 0, renewsAt: new Date('2026-06-01T22:00:00Z') },
      month: { spent: 0, renewsAt: new Date('2026-06-30T22:00:00Z') },
    });
  });

  test('a call that ends after midnight is counted in the day in which it began', async () => {
    const clock = movedClock(Date.UTC(2026, 4, 4, 23, 59));
    const system = testSystem({ clock, budget: { dailyLimit: 1 } });
    await system.executeWithRouting(SIMPLE_TEXT, async () => {
      clock.advance(2 * 60_000);
      expect((await system.checkBudget()).day).toMatchObject({ spent: 0, reserved: 0 });
      return { answer: '', cost: 0.5 };
    });
    const { day, month } = await system.checkBudget();
    expect(day).toMatchObject({ spent: 0, reserved: 0 });
    expect(month).toMatchObject({ spent: 0.5, reserved: 0 });
  });

  test.each([
    ['an ordinary one', 'Europe/Berlin', '2026-06-10T12:00:00Z', '2026-06-09T22:00:00Z', 24],
    ['23 hours when clocks go forward', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['25 hours when they go back', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
    ['one that begins at one o’clock, where midnight is left out', 'Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-23T22:00:00Z', 23],
    ['ahead of UTC by 14 hours', 'Pacific/Kiritimati', '2026-06-10T12:00:00Z', '2026-06-10T10:00:00Z', 24],
    ['with a quarter of an hour', 'Asia/Kathmandu', '2026-06-10T12:00:00Z', '2026-06-09T18:15:00Z', 24],
  ])('a day: %s', (_, timeZone, instant, start, hours) => {
    const found = periodAt(Date.parse(instant), 'day', timeZone);
    expect([new Date(found.start).toISOString().replace('.000', ''), (found.end - found.start) / HOUR]).toEqual([start, hours]);
  });

  test('every instant is in its period, and the next one begins where it ends', () => {
    const zones = ['UTC', 'America/St_Johns', 'Europe/London', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Tehran', 'Pacific/Apia'];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) }),
        fc.constantFrom(...zones),
        fc.constantFrom('day' as const, 'month' as const),
        (instant, zone, period) => {
          const { start, end } = periodAt(instant, period, zone);
          expect(start).toBeLessThanOrEqual(instant);
          expect(end).toBeGreaterThan(instant);
          expect(periodAt(end, period, zone).start).toBe(end);
          expect(periodAt(end - 1, period, zone)).toEqual({ start, end });
        },
      ),
      { numRuns: 60 },
    );
  });
});
