/** Which tasks a pass replays: reproducible, from every stratum, of many tenants, and none twice. */

import fc from 'fast-check';
import { DEFAULT_POLICY } from '../../../../routing/decision/policy';
import type { Candidate } from '../../../../routing/review/findings';
import { swapModel } from '../../../../routing/review/propose/swap';
import {
  type DrawnPlan,
  drawPass,
  type Frame,
  type FrameTask,
  type PassRequest,
  tenantCap,
} from '../../../../routing/review/sample/sample-plan';
import { sampleSize } from '../../../../routing/review/sample/sample-size';
import { drawSizes, type FrameCell, type LoggedOutcome, type Quarter, strataOf } from '../../../../routing/review/sample/strata';
import { DEFAULT_REVIEW_SETTINGS } from '../../../../routing/review/settings';

const { replay: REPLAY } = DEFAULT_REVIEW_SETTINGS;

const CANDIDATE: Candidate = {
  kind: 'swap',
  model: 'b',
  change: swapModel(DEFAULT_POLICY, { name: 'work', classes: ['work'], baseline: 'a', candidate: 'b' }),
  savingPerMonthNanoUsd: 1e12,
};

const REQUEST: PassRequest = {
  pass: 1,
  seed: 'seed',
  candidate: CANDIDATE,
  loss: 0.05,
  size: { wanted: 300, needed: 96 },
  spend: { costs: { baseline: 5_000_000, candidate: 1_000_000 }, spentNanoUsd: 0, leftNanoUsd: 1e12, replay: REPLAY },
  replay: REPLAY,
};

/** Tasks by cell, in the order of the draw; the tenants take turns, the first one as often as all others. */
function frameOf(sizes: readonly (readonly [Quarter, LoggedOutcome, number])[], { tenants = 40, graded = true } = {}): Frame {
  const drawable = sizes.flatMap(([quarter, outcome, size]) =>
    Array.from({ length: size }, (_, index): FrameTask => {
      const taskId = `${quarter}-${outcome}-${index}`;
      const tenant = `t${index % 2 === 0 ? 0 : Math.floor(index / 2) % tenants}`;
      return { taskId, quarter, outcome, tenant, cluster: taskId, canBeSentinel: graded };
    }),
  );
  const cells = sizes.filter(([, , size]) => size > 0).map(([quarter, outcome, size]): FrameCell => ({ quarter, outcome, size }));
  const tasks = drawable.length;
  return {
    tasks,
    replayable: tasks,
    duplicates: 0,
    excluded: {},
    tenants: new Set(drawable.map(({ tenant }) => tenant)).size,
    cells,
    drawable,
  };
}

const even = (each: number) =>
  frameOf(
    ([1, 2, 3, 4] as const).flatMap((quarter) =>
      (['ok', 'retried', 'failed'] as const).map((outcome) => [quarter, outcome, each] as const),
    ),
  );

function drawn(plan: DrawnPlan) {
  if (plan.kind !== 'drawn') throw new Error(`The pass is held: ${plan.hold.detail}`);
  return plan;
}

test('a sample has its pairs, and sentinels beside them', () => {
  const { plan, tasks } = drawn(drawPass(even(200), REQUEST));
  expect(plan).toMatchObject({ pairs: 300, pairsWanted: 300, pairsNeeded: 96, frame: 2_400, coverage: 1 });
  expect(tasks.filter(({ isSentinel }) => isSentinel)).toHaveLength(15);
  expect(tasks).toHaveLength(315);
  expect(plan.expectedCostNanoUsd).toBe(300 * 6_000_000 + 15 * 5_000_000);
});

test('a sentinel is a task with a grader, for nothing else can find it bad', () => {
  const { tasks } = drawn(drawPass(frameOf([[1, 'ok', 900]], { graded: false }), REQUEST));
  expect(tasks.some(({ isSentinel }) => isSentinel)).toBe(false);
});

test('a small frame leaves room for sentinels, but never so much that nothing could be proved', () => {
  expect(drawn(drawPass(frameOf([[1, 'ok', 210]]), REQUEST)).plan.pairs).toBe(200);
  expect(drawn(drawPass(frameOf([[1, 'ok', 97]]), REQUEST)).plan.pairs).toBe(96);
});

test('too few tasks are held with the number that would do', () => {
  const held = drawPass(frameOf([[1, 'ok', 95]]), REQUEST);
  expect(held).toMatchObject({ kind: 'held', hold: { by: 'evidence', detail: expect.stringContaining('96 are the fewest') } });
  expect(drawPass(frameOf([]), REQUEST)).toMatchObject({ kind: 'held', hold: { by: 'evidence' } });
});

test('money that is enough for fewer pairs draws fewer, and none when it is not enough for the least', () => {
  const spend = (leftNanoUsd: number) => ({ ...REQUEST, spend: { ...REQUEST.spend, leftNanoUsd } });
  expect(drawn(drawPass(even(200), spend(150 * 6_250_000))).plan.pairs).toBe(150);
  expect(drawPass(even(200), spend(99 * 6_250_000))).toMatchObject({ kind: 'held', hold: { by: 'spend' } });
});

test('both passes together stay within their share of the saving', () => {
  const candidate = { ...CANDIDATE, savingPerMonthNanoUsd: 200 * 6_250_000 * 10 };
  const after = (spentNanoUsd: number) => drawPass(even(200), { ...REQUEST, candidate, spend: { ...REQUEST.spend, spentNanoUsd } });
  expect(drawn(after(0)).plan.pairs).toBe(200);
  expect(after(120 * 6_250_000)).toMatchObject({ kind: 'held', hold: { by: 'spend', detail: expect.stringContaining('of earlier ones') } });
});

test('a change for quality saves nothing, and has the cap alone', () => {
  const candidate: Candidate = { ...CANDIDATE, kind: 'upgrade', savingPerMonthNanoUsd: -1 };
  expect(drawn(drawPass(even(200), { ...REQUEST, candidate })).plan.pairs).toBe(300);
});

test('no tenant has more than a tenth of the pairs where the others can fill them', () => {
  const { tasks } = drawn(drawPass(even(200), REQUEST));
  const counts = new Map<string, number>();
  const tenantOf = new Map(even(200).drawable.map(({ taskId, tenant }) => [taskId, tenant]));
  for (const { taskId, isSentinel } of tasks) {
    if (!isSentinel) counts.set(tenantOf.get(taskId)!, (counts.get(tenantOf.get(taskId)!) ?? 0) + 1);
  }
  expect(Math.max(...counts.values())).toBe(30);
});

test.each([
  [300, 1, 300],
  [300, 4, 75],
  [300, 10, 30],
  [300, 1_000, 30],
])('of %d pairs and %d tenants each may have %d', (pairs, tenants, cap) => {
  expect(tenantCap(pairs, tenants)).toBe(cap);
});

test('what went wrong at first takes no more than 30 % of a sample, unless it is more of the class', () => {
  const sample = (cells: readonly FrameCell[]) => {
    const strata = strataOf(cells, 300, 20);
    const sizes = drawSizes(strata, 300, 20, 0.15);
    return sizes.filter((_, at) => !strata[at]!.outcomes.includes('ok')).reduce((sum, size) => sum + size, 0) / 300;
  };
  const cellsOf = (ok: number, retried: number, failed: number): FrameCell[] =>
    ([1, 2, 3, 4] as const).flatMap((quarter) => [
      { quarter, outcome: 'ok' as const, size: ok },
      { quarter, outcome: 'retried' as const, size: retried },
      { quarter, outcome: 'failed' as const, size: failed },
    ]);
  expect(sample(cellsOf(600, 100, 100))).toBe(0.3);
  expect(sample(cellsOf(100, 200, 200))).toBeGreaterThan(0.6);
  expect(sample(cellsOf(100, 200, 200))).toBeLessThanOrEqual(0.8);
  expect(sample(cellsOf(10_000, 5, 5))).toBeLessThan(0.3);
});

test('quarters that expect too few pairs are one stratum of their outcome', () => {
  const names = ({ cells }: Frame, pairs: number) => strataOf(cells, pairs, 20).map(({ name, size }) => `${name} ${size}`);
  expect(names(even(200), 720)).toHaveLength(12);
  expect(names(even(200), 719)).toEqual(['ok 800', 'retried 800', 'failed 800']);
  const fine = ([1, 2, 3, 4] as const).map((quarter) => [quarter, 'ok', 100] as const);
  const mostlyFine = frameOf([...fine, [1, 'failed', 3], [4, 'failed', 9]]);
  expect(names(mostlyFine, 300)).toEqual(['ok/q1 100', 'ok/q2 100', 'ok/q3 100', 'ok/q4 100', 'failed 12']);
  expect(names(mostlyFine, 200)).toEqual(['ok 400', 'failed 12']);
  expect(names(even(200), 1)).toEqual(['all 2400']);
});

test('what was retried and what failed are one stratum where either expects fewer pairs than the floor', () => {
  const strata = (failed: number) =>
    strataOf(
      [
        { quarter: 1, outcome: 'ok', size: 800 },
        { quarter: 2, outcome: 'retried', size: 100 },
        { quarter: 3, outcome: 'failed', size: failed },
      ],
      200,
      20,
    );
  expect(strata(100).map(({ name, size }) => `${name} ${size}`)).toEqual(['ok/q1 800', 'retried 100', 'failed 100']);
  expect(strata(90)).toEqual([
    expect.objectContaining({ name: 'ok/q1', size: 800 }),
    { name: 'retried+failed', outcomes: ['retried', 'failed'], quarters: [1, 2, 3, 4], size: 190 },
  ]);
});

test('the size of a pass follows the tolerance that is left, within the limits of the settings', () => {
  const at = (margin: number, scoreSd?: number) => sampleSize(margin, DEFAULT_REVIEW_SETTINGS, scoreSd);
  expect(at(0.05)).toEqual({ wanted: 600, needed: 96 });
  expect(at(0.1)).toEqual({ wanted: expect.closeTo(190, -2), needed: 46 });
  expect(at(1)).toEqual({ wanted: 100, needed: 1 });
  expect(at(1e-9).wanted).toBe(600);
  expect(at(1e-9).needed).toBeGreaterThan(1e9);
  expect(at(0.05, 0.2).wanted).toBe(199);
  expect(at(0.05, 0.9)).toEqual(at(0.05, 0.4));
  expect(() => at(0)).toThrow(RangeError);
});

const anyFrame = fc
  .array(
    fc.tuple(
      fc.constantFrom<Quarter>(1, 2, 3, 4),
      fc.constantFrom<LoggedOutcome>('ok', 'retried', 'failed'),
      fc.integer({ min: 1, max: 300 }),
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((cells) => [...new Map(cells.map((cell) => [`${cell[0]}${cell[1]}`, cell])).values()]);

test('the same seed and frame draw the same tasks, another seed puts them in another order', () => {
  fc.assert(
    fc.property(anyFrame, fc.integer({ min: 1, max: 60 }), fc.string(), (cells, tenants, seed) => {
      const frame = frameOf(cells, { tenants });
      const draw = (with_: string) => drawPass(frame, { ...REQUEST, seed: with_ });
      expect(draw(seed)).toEqual(draw(seed));
      const [one, other] = [draw(seed), draw(`${seed}x`)];
      if (one.kind === 'drawn' && other.kind === 'drawn') expect(one.tasks).not.toEqual(other.tasks);
    }),
    { numRuns: 50 },
  );
});

test('whatever the frame, allocations add up, every stratum is drawn from and none beyond what it has, and no task is drawn twice', () => {
  fc.assert(
    fc.property(
      anyFrame,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 10, max: 600 }),
      fc.integer({ min: 0, max: 60 }),
      (cells, tenants, wanted, floor) => {
        const frame = frameOf(cells, { tenants });
        const size = { wanted, needed: Math.min(wanted, 50) };
        const result = drawPass(frame, { ...REQUEST, size, replay: { ...REPLAY, minPairs: 10, stratumFloor: floor } });
        const available = cells.reduce((sum, [, , count]) => sum + count, 0);
        if (available < size.needed) return expect(result).toMatchObject({ kind: 'held' });
        const { plan, tasks } = drawn(result);
        const pairs = tasks.filter(({ isSentinel }) => !isSentinel);
        expect(plan.pairs).toBeGreaterThanOrEqual(size.needed);
        expect(pairs).toHaveLength(plan.pairs);
        expect(new Set(tasks.map(({ taskId }) => taskId)).size).toBe(tasks.length);
        expect(tasks.map(({ position }) => position)).toEqual(tasks.map((_, index) => index));
        expect(plan.strata.reduce((sum, { size: each }) => sum + each, 0)).toBe(available);
        expect(plan.strata.length).toBeLessThanOrEqual(12);
        for (const stratum of plan.strata) {
          expect(stratum.drawn).toBeGreaterThanOrEqual(1);
          expect(stratum.drawn).toBeLessThanOrEqual(stratum.size);
          expect(pairs.filter(({ stratum: name }) => name === stratum.name)).toHaveLength(stratum.drawn);
        }
        const blocks = tasks.map(({ block }) => block);
        expect(blocks).toEqual([...blocks].sort((a, b) => a - b));
        expect(new Set(blocks).size).toBe(Math.min(REPLAY.blocks, tasks.length));
      },
    ),
    { numRuns: 150 },
  );
});
