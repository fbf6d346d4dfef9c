/** The watch over a promoted change: finds a drop, forgives chance, and may be asked in parts. */

import fc from 'fast-check';
import type { RolloutPlan } from '../../../../routing/review/rollout/rollout-plan';
import {
  beginWatch,
  promotedLevel,
  type WatchedOutcome,
  type WatchProgress,
  watchLevels,
  watchOutcomes,
} from '../../../../routing/review/rollout/watch';
import { DEFAULT_REVIEW_SETTINGS } from '../../../../routing/review/settings';
import { bernoulliCusum } from '../../../../routing/statistics/cusum';

const { canary, stability, watch } = DEFAULT_REVIEW_SETTINGS;
const PLAN: RolloutPlan = {
  baseline: 'north/large',
  candidate: 'north/small',
  scale: 'binary',
  tolerance: 0.05,
  approvedLevel: 0.85,
  approvedDelta: 0,
  canary,
  stability,
  watch,
  tasksPerDay: 400,
};

const START = Date.UTC(2026, 4, 4);

/** Outcomes at an even pace. */
function outcomes(qualities: readonly (number | null)[], perDay = 400, servedAs: string | null = null): WatchedOutcome[] {
  return qualities.map((quality, index) => ({
    at: new Date(START + (index * 86_400_000) / perDay).toISOString().replace('Z', '000Z'),
    taskId: String(index).padStart(8, '0'),
    quality,
    servedAs,
  }));
}

/** A stream of fractions in [0, 1), the same for a seed. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

function simulated(days: number, levelOf: (day: number) => number, seed: number, perDay = 400): WatchedOutcome[] {
  const chance = chanceOf(seed);
  return outcomes(
    Array.from({ length: days * perDay }, (_, index) => (chance() < levelOf(Math.floor(index / perDay)) ? 1 : 0)),
    perDay,
  );
}

test('in one part it is the Bernoulli CUSUM', () => {
  const successes = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(successes, (values) => {
      const { approved, dropped } = watchLevels(PLAN);
      const { path, alarmIndex } = bernoulliCusum(values, approved, dropped, watch.limit);
      const progress = watchOutcomes(PLAN, beginWatch([]), outcomes(values));
      const until = alarmIndex === -1 ? values.length : alarmIndex + 1;
      expect(progress.sum).toBeCloseTo(path[until - 1]!, 9);
      expect(progress.alarm !== undefined).toBe(alarmIndex !== -1);
      expect(progress.labelled).toBe(until);
    }),
  );
});

test('in many parts it is what it is in one', () => {
  const qualities = fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(qualities, fc.integer({ min: 1, max: 50 }), (values, part) => {
      const all = outcomes(values, 20);
      let progress: WatchProgress = beginWatch([]);
      for (let from = 0; from < all.length; from += part) progress = watchOutcomes(PLAN, progress, all.slice(from, from + part));
      expect({ ...progress, looks: 1 }).toEqual(watchOutcomes(PLAN, beginWatch([]), all));
    }),
  );
});

test('the level of the canary counts beside that of the replay, and is what the model is held to', () => {
  const arm = {
    units: 0,
    closed: 0,
    labelled: 0,
    sum: 0,
    squareSum: 0,
    clusters: 0,
    clusterSquares: 0,
    clusterProducts: 0,
    clusterSizes: 0,
  };
  const nothing = { canary: arm, control: arm };
  const shown = (labelled: number, sum: number) => ({ canary: { ...arm, labelled, sum }, control: { ...arm, labelled: 9_000, sum: 0 } });
  expect(promotedLevel(PLAN, { even: nothing, soak: nothing })).toBe(0.85);
  expect(promotedLevel(PLAN, { even: shown(500, 400), soak: shown(3_000, 2_400) })).toBeCloseTo(0.80625, 9);

  const steady = simulated(90, () => 0.81, 7);
  expect(watchOutcomes(PLAN, beginWatch([]), steady).alarm).toMatch(/85 % were good/);
  const held = watchOutcomes(PLAN, beginWatch([], 0.81), steady);
  expect(held).toMatchObject({ level: 0.81, labelled: steady.length });
  expect(held.alarm).toBeUndefined();
});

test('an outcome without a label is passed over', () => {
  const progress = watchOutcomes(PLAN, beginWatch([]), outcomes([null, null, null]));
  expect(progress).toMatchObject({ labelled: 0, sum: 0, position: { taskId: '00000002' } });
});

test('an alarm stays, whatever comes after it', () => {
  const fallen = watchOutcomes(PLAN, beginWatch([]), outcomes(Array(100).fill(0)));
  expect(fallen.alarm).toMatch(/85 % were good/);
  expect(watchOutcomes(PLAN, fallen, outcomes(Array(500).fill(1))).alarm).toBe(fallen.alarm);
});

test('a drop of fourteen points at day 40 is found within a day, at 400 tasks a day', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { alarm, position } = watchOutcomes(
      PLAN,
      beginWatch([]),
      simulated(60, (day) => (day < 40 ? 0.85 : 0.71), seed),
    );
    expect(alarm).toBeDefined();
    const day = (Date.parse(position!.at) - START) / 86_400_000;
    expect(day).toBeGreaterThanOrEqual(40);
    expect(day).toBeLessThan(42);
  }
});

test('a model that holds its level for 180 days is practically never taken back', () => {
  const alarms = Array.from(
    { length: 60 },
    (_, seed) =>
      watchOutcomes(
        PLAN,
        beginWatch([]),
        simulated(180, () => 0.85, seed + 1),
      ).alarm,
  );
  expect(alarms.filter((alarm) => alarm !== undefined).length).toBeLessThanOrEqual(1);
});

test('a busy class is not taken back for a difference that nobody would mind', () => {
  expect(
    watchOutcomes(
      PLAN,
      beginWatch([]),
      simulated(30, () => 0.84, 7, 5_000),
    ).alarm,
  ).toBeUndefined();
});

test('a score counts for the share of a success that it is', () => {
  const half = watchOutcomes({ ...PLAN, scale: 'score' }, beginWatch([]), outcomes(Array(200).fill(0.5)));
  expect(half.alarm).toBeDefined();
  const level = watchOutcomes({ ...PLAN, scale: 'score' }, beginWatch([]), outcomes(Array(5_000).fill(0.85)));
  expect(level).toMatchObject({ sum: 0 });
});

test('a candidate that was perfect in the replay may fail now and then', () => {
  const perfect = { ...PLAN, approvedLevel: 1 };
  expect(watchLevels(perfect)).toEqual({ approved: 0.98, dropped: expect.closeTo(0.92) as number });
  expect(
    watchOutcomes(
      perfect,
      beginWatch([]),
      simulated(30, () => 0.98, 3),
    ).alarm,
  ).toBeUndefined();
});

test('the levels lie inside of (0, 1), one below the other, whatever was approved', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(unit, unit, (approvedLevel, drop) => {
      const { approved, dropped } = watchLevels({ approvedLevel, watch: { ...watch, drop } });
      expect(dropped).toBeGreaterThan(0);
      expect(dropped).toBeLessThan(approved);
      expect(approved).toBeLessThan(1);
    }),
  );
});

test('a model that is served under a new name is noted, once, and held to the same level', () => {
  const known = beginWatch(['small-2026-01']);
  const same = watchOutcomes(PLAN, known, outcomes([1, 1], 400, 'small-2026-01'));
  expect(same.notes).toEqual([]);
  const changed = watchOutcomes(PLAN, same, outcomes([1, 0, 1], 400, 'small-2026-06'));
  expect(changed.notes).toHaveLength(1);
  expect(changed.notes[0]).toMatch(/served as "small-2026-06", which was not among small-2026-01/);
  expect(changed.sum).toBeGreaterThan(0);
});
