/** What was spent: right to the nano-USD in every time zone, from rows and from roll-ups alike. */

import fc from 'fast-check';
import { connect, type Database } from '../../db/connect';
import { type CostDimension, loadSpending, rollUpCosts, type SpendingGroup } from '../../db/queries/cost';
import { resolvePeriod } from '../../db/queries/periods';
import { EVERYONE } from '../../routing/money/scope-text';
import { pricesOf, testModel } from '../support/catalogue';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyTestRules } from '../support/rules';
import { insertSpent, type SpentCall } from '../support/spent';

let database: TestDatabase;
let db: Database;

/** Input for 1, output for 5 and cached input for 0.1 dollars per million; beyond 1,000 tokens of input, twice that. */
const STEP = { ...pricesOf(1, 5).steps[0]!, cacheRead: 100_000 };
const NORTH = testModel('north/small', {
  prices: { steps: [STEP, { aboveInputTokens: 1_000, input: 2_000_000, output: 10_000_000, cacheRead: 200_000 }] },
});
const SOUTH = testModel('south/middle');

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 2 });
  await applyTestRules(db, { models: [NORTH, SOUTH], scripted: { script: '', ledger: '' } });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const at = (text: string) => new Date(text);
const ms = (text: string) => at(text).getTime();
const ALL = { from: ms('2026-01-01T00:00Z'), to: ms('2027-01-01T00:00Z') };
const spending = (by: CostDimension, changes: Partial<Parameters<typeof loadSpending>[1]> = {}) =>
  loadSpending(db, { ...ALL, by, scope: EVERYONE, ...changes });
const figures = (groups: readonly SpendingGroup[]) => groups.map(({ name, calls, costNano }) => [name, calls, costNano]);

describe('groups', () => {
  beforeEach(() =>
    insertSpent(db, [
      { at: at('2026-03-01T10:00Z'), costNano: 5_000, scope: { team: 'search', key: 'k1' } },
      {
        at: at('2026-03-01T11:00Z'),
        costNano: 300,
        scope: { team: 'ads', project: 'x', tag: 't' },
        taskClass: 'house-rules',
        taskType: 'debugging',
      },
      { at: at('2026-03-02T11:00Z'), costNano: 20, model: 'south/middle' },
    ]),
  );

  test.each<[CostDimension, readonly (readonly [string | null, number, number])[]]>([
    [
      'model',
      [
        ['north/small', 2, 5_300],
        ['south/middle', 1, 20],
      ],
    ],
    [
      'provider',
      [
        ['north', 2, 5_300],
        ['south', 1, 20],
      ],
    ],
    [
      'type',
      [
        ['factual', 2, 5_020],
        ['debugging', 1, 300],
      ],
    ],
    [
      'class',
      [
        ['factual/simple', 2, 5_020],
        ['house-rules', 1, 300],
      ],
    ],
    [
      'scope',
      [
        ['team:search, key:k1', 1, 5_000],
        ['team:ads, project:x, tag:t', 1, 300],
        [null, 1, 20],
      ],
    ],
    [
      'team',
      [
        ['search', 1, 5_000],
        ['ads', 1, 300],
        [null, 1, 20],
      ],
    ],
    [
      'project',
      [
        [null, 2, 5_020],
        ['x', 1, 300],
      ],
    ],
    [
      'tag',
      [
        [null, 2, 5_020],
        ['t', 1, 300],
      ],
    ],
    [
      'key',
      [
        ['k1', 1, 5_000],
        [null, 2, 320],
      ],
    ],
  ])('by %s, most spent first', async (by, expected) => {
    expect(figures(await spending(by))).toEqual(expected);
    await rollUpCosts(db, 400);
    expect(figures(await spending(by))).toEqual(expected);
  });

  test('of one scope alone', async () => {
    expect(figures(await spending('model', { scope: { scopeKind: 'team', scopeId: 'search' } }))).toEqual([['north/small', 1, 5_000]]);
    expect(await spending('model', { scope: { scopeKind: 'team', scopeId: 'nobody' } })).toEqual([]);
  });
});

describe('what a cost row says of itself', () => {
  test('the saving of a cache is what its tokens would have cost beyond what they did, by the step of the whole request', async () => {
    await insertSpent(db, [
      { at: at('2026-03-01T10:00Z'), inputTokens: 100, cacheReadTokens: 500 },
      { at: at('2026-03-01T10:00Z'), inputTokens: 600, cacheReadTokens: 500 },
      { at: at('2026-03-01T10:00Z'), model: 'south/middle', cacheReadTokens: 500 },
    ]);
    // 500 tokens at 0.9 and at 1.8 dollars per million less; the other model has no price of its own for them.
    expect((await spending('model')).map(({ name, cacheSavedNano }) => [name, cacheSavedNano])).toEqual([
      ['north/small', 450_000 + 900_000],
      ['south/middle', 0],
    ]);
  });

  test('estimates are held against the same calls: answered at the first try, on the chosen model, with a known price', async () => {
    await insertSpent(db, [
      { at: at('2026-03-01T10:00Z'), estimatedNano: 900, costNano: 1_000 },
      { at: at('2026-03-01T10:00Z'), estimatedNano: 700, costNano: 5_000, costBasis: 'reserved' },
      { at: at('2026-03-01T10:00Z'), costNano: 30 },
      { at: at('2026-03-01T10:00Z'), estimatedNano: 700, costNano: 0, costBasis: 'unknown' },
      { at: at('2026-03-01T10:00Z'), costNano: 40, purpose: 'replay' },
    ]);
    expect(await spending('provider')).toMatchObject([
      {
        calls: 5,
        costNano: 6_070,
        comparedCalls: 1,
        estimatedNano: 900,
        comparedNano: 1_000,
        inDoubtNano: 5_000,
        unpricedCalls: 1,
        replayNano: 40,
      },
    ]);
  });
});

describe('time zones', () => {
  const DAY = { kind: 'days', first: '2026-03-29', last: '2026-03-29' } as const;

  test.each([
    ['Europe/Berlin', DAY, '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['Europe/Berlin', { ...DAY, first: '2026-10-25', last: '2026-10-25' }, '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    ['Asia/Kolkata', DAY, '2026-03-28T18:30Z', '2026-03-29T18:30Z'],
    ['Australia/Lord_Howe', { ...DAY, first: '2026-04-05', last: '2026-04-05' }, '2026-04-04T13:00Z', '2026-04-05T13:30Z'],
    // Clocks go forward at midnight: the day begins at one.
    ['Asia/Beirut', DAY, '2026-03-28T22:00Z', '2026-03-29T21:00Z'],
    ['UTC', { kind: 'days', first: '2026-02-01', last: '2026-02-28' }, '2026-02-01T00:00Z', '2026-03-01T00:00Z'],
  ] as const)('in %s, a day has the hours that it has', async (zone, asked, from, to) => {
    expect(await resolvePeriod(db, asked, zone)).toMatchObject({ from: ms(from), to: ms(to), timeZone: zone });
  });

  test.each(['day', 'week', 'month'] as const)('the %s under way holds now, and begins at midnight', async (kind) => {
    const { from, to, now } = await resolvePeriod(db, { kind }, 'America/New_York');
    expect(from).toBeLessThanOrEqual(now);
    expect(to).toBeGreaterThan(now);
    const local = new Date(from).toLocaleString('en-GB', {
      timeZone: 'America/New_York',
      weekday: 'short',
      day: 'numeric',
      hour: '2-digit',
    });
    expect(local).toMatch({ day: /00$/, week: /^Mon.*00$/, month: /^\w+,? 1.*00$/ }[kind]);
  });

  test('a call counts for the day in which it was settled there', async () => {
    await insertSpent(db, [
      { at: at('2026-03-28T22:59:59.999Z'), costNano: 1 },
      { at: at('2026-03-28T23:00Z'), costNano: 10 },
      { at: at('2026-03-29T21:59:59.999Z'), costNano: 100 },
      { at: at('2026-03-29T22:00Z'), costNano: 1_000 },
    ]);
    const period = await resolvePeriod(db, DAY, 'Europe/Berlin');
    expect(figures(await spending('model', period))).toEqual([['north/small', 2, 110]]);
  });
});

describe('roll-ups', () => {
  const quarterHours = 4 * 24 * 6;
  const calls = fc.array(
    fc.record({ quarter: fc.nat(quarterHours - 1), costNano: fc.nat(1_000_000), team: fc.constantFrom('a', 'b', undefined) }),
    { minLength: 1, maxLength: 60 },
  );
  const start = ms('2026-05-04T00:00Z');
  const callAt = ({ quarter, costNano, team }: { quarter: number; costNano: number; team: string | undefined }): SpentCall => ({
    at: new Date(start + quarter * 900_000),
    costNano,
    ...(team === undefined ? {} : { scope: { team } }),
  });

  test('give the same sums as the rows, for any span and however far they are made', () =>
    fc.assert(
      fc.asyncProperty(calls, fc.nat(quarterHours), fc.nat(quarterHours), fc.nat(7), async (made, one, other, days) => {
        await db.sql`TRUNCATE tasks, cost_days, cost_hours, cost_latest, cost_rollup_progress CASCADE`;
        await insertSpent(db, made.map(callAt));
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        await rollUpCosts(db, days);
        const span = { from: start + from * 900_000, to: start + to * 900_000 };
        const within = made.filter(({ quarter }) => quarter >= from && quarter < to);
        const expected = within.reduce((sum, { costNano }) => sum + costNano, 0);
        const found = await spending('team', span);
        expect(found.reduce((sum, { costNano }) => sum + costNano, 0)).toBe(expected);
        expect(found.reduce((sum, each) => sum + each.calls, 0)).toBe(within.length);
      }),
      { numRuns: 25 },
    ));

  test('are made of days that are over alone, each once, by whoever comes first', async () => {
    const hour = 3_600_000;
    await insertSpent(db, [
      { at: new Date(Date.now() - 50 * hour), costNano: 7 },
      { at: new Date(), costNano: 11 },
    ]);
    const made = await Promise.all([rollUpCosts(db, 100), rollUpCosts(db, 100)]);
    expect(Math.max(...made)).toBeGreaterThanOrEqual(2);
    expect(await rollUpCosts(db, 100)).toBe(0);
    expect(await db.sql`SELECT sum(cost_nano)::integer AS sum FROM cost_days`).toEqual([{ sum: 7 }]);
    expect(await db.sql`SELECT sum(cost_nano)::integer AS sum FROM cost_hours`).toEqual([{ sum: 7 }]);
  });

  test('of the day that is not over are made of its hours, and read with the calls after them', async () => {
    const [hour, minute] = [3_600_000, 60_000];
    const now = Date.now();
    const ages = [1, 20, 40, 66, 80, 110, 150, 200, 290, 400, 800, 1_300, 1_500, 2_000, 4_000];
    await insertSpent(
      db,
      ages.map((age, index) => ({ at: new Date(now - age * minute), costNano: 2 ** index })),
    );
    await rollUpCosts(db, 400);
    expect(await rollUpCosts(db, 400)).toBe(0);
    // Nothing but what is left to roll-ups: were an hour read twice or left out, a power of two would be.
    await db.sql`DELETE FROM cost_tracking WHERE at < (SELECT hours_until FROM cost_rollup_progress)`;
    const [{ until }] = await db.sql<[{ until: number }]>`
      SELECT (extract(epoch FROM rolled_until) * 1000)::double precision AS until FROM cost_rollup_progress`;
    const ends = [0, 1, 2, 3, 6, 12].map((hours) => now - hours * hour).filter((end) => end >= until);
    for (const to of ends) {
      const from = Math.floor((to - 3 * 24 * hour) / (24 * hour)) * 24 * hour;
      const expected = ages.reduce((sum, age, index) => {
        const instant = now - age * minute;
        return instant >= from && instant < Math.floor(to / hour) * hour ? sum + 2 ** index : sum;
      }, 0);
      const found = await spending('model', { from, to: Math.floor(to / hour) * hour });
      expect(found.reduce((sum, { costNano }) => sum + costNano, 0)).toBe(expected);
    }
  });

  test('outlive the rows that they were made from', async () => {
    await insertSpent(db, [{ at: at('2026-05-04T10:00Z'), costNano: 7 }]);
    await rollUpCosts(db, 400);
    await db.sql`DELETE FROM cost_tracking`;
    expect(figures(await spending('model'))).toEqual([['north/small', 1, 7]]);
  });
});
