/** The forecast is held to days that it has not seen: its interval must cover what it claims. */

import fc from 'fast-check';
import {
  type Forecast,
  type ForecastInput,
  forecastSpending,
  MIN_DAYS,
  type PastDay,
  runOut,
  type Weekday,
} from '../../../routing/money/forecast';
import { seededRandom } from '../../../routing/statistics/random';
import { RECORDED_WEEKS } from './recorded-days';

const weekdayAt = (place: number) => (place % 7) as Weekday;
const daysOf = (amounts: readonly number[], first = 0): PastDay[] =>
  amounts.map((spentNano, place) => ({ weekday: weekdayAt(first + place), spentNano: Math.round(spentNano) }));

/** The whole of the days that follow `past`, before any of them has begun. */
function foretell(past: readonly PastDay[], horizon: number, confidence: number): Forecast | undefined {
  const first = (past.at(-1)?.weekday ?? 6) + 1;
  const ahead = Array.from({ length: horizon - 1 }, (_, place) => weekdayAt(first + 1 + place));
  return forecastSpending({ past, spentNano: 0, today: { weekday: weekdayAt(first), usualShare: 0 }, ahead, confidence });
}

/** A stream of standard normal draws (Box & Muller 1958). */
function normals(seed: string): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const WEEK = [1.1, 1.2, 1.2, 1.15, 1, 0.6, 0.75];
const OFFICE = [1.3, 1.4, 1.4, 1.4, 1.3, 0.1, 0.1];

/** Money of days in a row, from a Monday on. */
type Traffic = (seed: string, days: number) => number[];

/** Log-normal days; the level may wander from day to day. */
function noisy(sd: number, week: readonly number[], wandering = 0): Traffic {
  return (seed, days) => {
    const draw = normals(seed);
    let level = 25;
    return Array.from({ length: days }, (_, place) => {
      level += wandering * draw();
      return week[place % 7]! * Math.exp(level + sd * draw() - sd ** 2 / 2);
    });
  };
}

/** Days that are sums of some fifty tasks, a few of them very dear. */
const HEAVY: Traffic = (seed, days) => {
  const draw = normals(seed);
  return Array.from({ length: days }, (_, place) => {
    const mean = 50 * WEEK[place % 7]!;
    const tasks = Math.max(0, Math.round(mean + Math.sqrt(mean) * draw()));
    return Array.from({ length: tasks }, () => 1e7 * Math.exp(1.5 * draw())).reduce((sum, cost) => sum + cost, 0);
  });
};

const KINDS: Readonly<Record<string, Traffic>> = {
  'steady days': noisy(0.15, WEEK),
  'days of an office': noisy(0.25, OFFICE),
  'noisy days': noisy(0.6, WEEK),
  'a level that wanders': noisy(0.15, WEEK, 0.04),
  'few dear tasks': HEAVY,
};
const RUNS = 120;

describe('generated traffic, held out', () => {
  const cases = Object.keys(KINDS).flatMap((kind) =>
    [
      [21, 1],
      [21, 7],
      [56, 21],
    ].map(([days, horizon]) => [kind, days!, horizon!] as const),
  );

  test.each(cases)('%s: from %d days, %d days ahead are within the interval as often as it claims', (kind, days, horizon) => {
    const covered = { 0.8: 0, 0.95: 0 };
    for (let run = 0; run < RUNS; run++) {
      const start = run % 7;
      const traffic = KINDS[kind]!(`${kind} ${run}`, start + days + horizon);
      const past = daysOf(traffic.slice(start, start + days), start);
      const total = traffic.slice(start + days).reduce((sum, amount) => sum + amount, 0);
      for (const confidence of [0.8, 0.95] as const) {
        const { lowNano, highNano } = foretell(past, horizon, confidence)!;
        if (total >= lowNano && total <= highNano) covered[confidence]++;
      }
    }
    // Three standard errors of a share of 120: thirty shares are looked at, and one in twenty would be two away by chance alone.
    expect(covered[0.8] / RUNS).toBeGreaterThanOrEqual(0.8 - 0.11);
    expect(covered[0.95] / RUNS).toBeGreaterThanOrEqual(0.95 - 0.06);
  });

  test('steady days give a narrow interval, and noisy ones a wide one', () => {
    const width = (kind: string) => {
      const { lowNano, highNano, expectedNano } = foretell(daysOf(KINDS[kind]!(kind, 56)), 7, 0.95)!;
      return (highNano - lowNano) / expectedNano;
    };
    expect(width('steady days')).toBeLessThan(0.4);
    expect(width('noisy days')).toBeGreaterThan(2 * width('steady days'));
  });
});

test.each([1, 7, 14])('recorded traffic: %d days ahead are within the interval as often as it claims, from every day on', (horizon) => {
  const recorded = daysOf(RECORDED_WEEKS.flat().map((requests) => requests * 1e7));
  const covered = { 0.8: 0, 0.95: 0 };
  let errors = 0;
  const origins = recorded.length - horizon - 13;
  for (let origin = 14; origin < 14 + origins; origin++) {
    const total = recorded.slice(origin, origin + horizon).reduce((sum, { spentNano }) => sum + spentNano, 0);
    for (const confidence of [0.8, 0.95] as const) {
      const { lowNano, highNano, expectedNano } = foretell(recorded.slice(0, origin), horizon, confidence)!;
      if (total >= lowNano && total <= highNano) covered[confidence]++;
      errors += Math.abs(expectedNano - total) / total / 2;
    }
  }
  expect(covered[0.8] / origins).toBeGreaterThanOrEqual(0.8);
  expect(covered[0.95] / origins).toBeGreaterThanOrEqual(0.95);
  // A mean that knows no weekday is wrong by 20 % from one day to the next.
  expect(errors / origins).toBeLessThan(0.1);
});

describe('the forecast', () => {
  const flat = (days: number, spentNano = 1_000) => daysOf(Array<number>(days).fill(spentNano));

  test('of days that are all alike is that day again', () => {
    const { expectedNano, lowNano, highNano, path, days } = foretell(flat(28), 7, 0.95)!;
    expect([expectedNano, lowNano, highNano, days]).toEqual([7_000, 7_000, 7_000, 28]);
    expect(path.map((point) => point.expectedNano)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000]);
  });

  test('learns the weekend from two weeks', () => {
    const weeks = Array.from({ length: 21 }, (_, place) => (place % 7 < 5 ? 1_000 : 10));
    const { path } = foretell(daysOf(weeks), 7, 0.95)!;
    expect(path[4]!.expectedNano).toBeCloseTo(5_000, -1);
    expect(path[6]!.expectedNano).toBeCloseTo(5_020, -1);
  });

  test('adds to what is spent the rest of today and the days ahead', () => {
    const today = { weekday: 0 as Weekday, usualShare: 0.75 };
    expect(forecastSpending({ past: flat(28), spentNano: 4_600, today, ahead: [1, 2], confidence: 0.8 })).toMatchObject({
      expectedNano: 6_850,
    });
  });

  test.each([
    ['fewer days than a week', flat(MIN_DAYS - 1)],
    ['no money in any of them', flat(28, 0)],
    ['no day', []],
  ])('is not made from %s', (_, past) => {
    expect(foretell(past, 7, 0.95)).toBeUndefined();
  });

  const amounts = fc.array(fc.oneof(fc.nat(1_000_000), fc.constant(0), fc.constant(9e14)), { minLength: MIN_DAYS, maxLength: 80 });
  const input = fc.record({
    past: amounts.map((spent) => daysOf(spent)),
    spentNano: fc.nat(1_000_000_000),
    today: fc.record({
      weekday: fc.nat(6).map(weekdayAt),
      usualShare: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    ahead: fc.array(fc.nat(6).map(weekdayAt), { maxLength: 31 }),
    confidence: fc.constantFrom(0.5, 0.8, 0.95, 0.99),
  });

  test('is never less than what is spent, lies within its bounds as they widen, and only grows along its path', () => {
    fc.assert(
      fc.property(input, (given: ForecastInput) => {
        const made = forecastSpending(given);
        if (made === undefined) return;
        let before = given.spentNano;
        for (const { expectedNano, lowNano, highNano } of made.path) {
          for (const bound of [expectedNano, lowNano, highNano]) expect(Number.isFinite(bound)).toBe(true);
          expect(lowNano).toBeGreaterThanOrEqual(given.spentNano);
          expect(highNano).toBeGreaterThanOrEqual(lowNano);
          expect(expectedNano).toBeGreaterThanOrEqual(before);
          before = expectedNano;
        }
        const wider = forecastSpending({ ...given, confidence: 0.999 })!;
        expect(wider.lowNano).toBeLessThanOrEqual(made.lowNano);
        expect(wider.highNano).toBeGreaterThanOrEqual(made.highNano);
        expect(forecastSpending(given)).toEqual(made);
      }),
    );
  });

  test('says on which day a budget will be spent: by what is expected, at the earliest, at the latest', () => {
    const path = [10, 20, 30, 40].map((expectedNano) => ({ expectedNano, lowNano: expectedNano - 8, highNano: expectedNano + 12 }));
    expect(runOut({ path }, 25)).toEqual({ expected: 2, earliest: 1, latest: 3 });
    expect(runOut({ path }, 35)).toEqual({ expected: 3, earliest: 2 });
    expect(runOut({ path }, 100)).toEqual({});
    expect(runOut({ path }, 0)).toEqual({ expected: 0, earliest: 0, latest: 0 });
  });
});
