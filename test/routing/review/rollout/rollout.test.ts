/** What follows from one look at a rollout: harm goes back, doubt waits, and nothing is promoted for want of data. */

import fc from 'fast-check';
import { type ArmFigures, armDifference, type Period } from '../../../../routing/review/rollout/arms';
import { lostApproval } from '../../../../routing/review/rollout/lost-approval';
import { nextRolloutMove, type RolloutClock, type RolloutStanding } from '../../../../routing/review/rollout/rollout';
import type { RolloutPlan } from '../../../../routing/review/rollout/rollout-plan';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS, HOUR_MS } from '../../../../routing/review/settings';
import { canaryBounds } from '../../../../routing/statistics/canary';
import { arm, figures, NO_TASKS } from '../../../support/arm-figures';

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
const CANARY: RolloutStanding = { state: 'CANARY', step: 0, silentLooks: 0, maxCostRatio: null, maxLatencyRatio: null };
const LAST: RolloutStanding = { ...CANARY, step: 2 };
const SOAKING: RolloutStanding = { ...CANARY, state: 'SOAKING', step: 2 };

function clock(ageMs: number, changes: Partial<RolloutClock> = {}): RolloutClock {
  return { nowMs: START + ageMs, stepAtMs: START, startedAtMs: START, leasedFromMs: START, ...changes };
}

function even(nCanary: number, xCanary: number, nControl: number, xControl: number): Period {
  return { canary: arm(nCanary, xCanary), control: arm(nControl, xControl) };
}

function move(standing: RolloutStanding, arms: Partial<ArmFigures>, ageMs: number, plan = PLAN) {
  return nextRolloutMove(plan, standing, figures({ lastEntryMs: START + ageMs, ...arms }), clock(ageMs));
}

describe('steps', () => {
  test('an approved rollout begins with the first step, the control as large as the canary', () => {
    expect(move({ ...CANARY, state: 'APPROVED' }, {}, 0)).toMatchObject({ kind: 'advance', step: 0, weight: 0.05, control: 0.05 });
  });

  test.each([
    ['too few tasks on the canary', even(49, 42, 60, 51), DAY_MS, 'continue'],
    ['too few tasks on the control', even(60, 51, 49, 42), DAY_MS, 'continue'],
    ['its time not over', even(60, 51, 60, 51), DAY_MS - 1, 'continue'],
    ['all of it', even(60, 51, 60, 51), DAY_MS, 'advance'],
  ])('with %s: %#', (_, arms, ageMs, kind) => {
    expect(move(CANARY, { even: arms }, ageMs).kind).toBe(kind);
  });

  test('a task without a label does not bring a step on', () => {
    const unlabelled = { canary: arm(40, 34, { closed: 49 }), control: arm(40, 34, { closed: 49 }) };
    expect(move(CANARY, { even: unlabelled }, 2 * DAY_MS).kind).toBe('continue');
  });

  test('the last step is followed by the soak, all but the holdback on the candidate', () => {
    expect(move(LAST, { even: even(500, 425, 500, 425) }, 2 * DAY_MS)).toMatchObject({ kind: 'soak', weight: 0.95, control: 0.05 });
  });

  test('the soak is followed by promotion when its time is over', () => {
    expect(move(SOAKING, { even: even(500, 425, 500, 425) }, 7 * DAY_MS - 1).kind).toBe('continue');
    expect(move(SOAKING, { even: even(500, 425, 500, 425) }, 7 * DAY_MS).kind).toBe('promote');
  });

  test('a loss that is not excluded waits for more tasks, and at the deadline for a person', () => {
    const doubtful = { even: even(500, 400, 500, 425) };
    expect(move(LAST, doubtful, 3 * DAY_MS).kind).toBe('continue');
    expect(move(LAST, doubtful, 28 * DAY_MS).kind).toBe('hold');
    expect(move(SOAKING, doubtful, 28 * DAY_MS).kind).toBe('hold');
  });

  test('the soak counts as a period of its own: what the weight has grown by does not tilt the comparison', () => {
    // Harder days come with the soak, for both arms alike: pooled, the canary would look 14 points worse.
    const periods = [even(300, 270, 300, 270), { canary: arm(1900, 1330), control: arm(100, 70) }];
    expect(armDifference(periods, 0.05, 500)?.delta).toBeCloseTo(0, 12);
  });
});

describe('harm', () => {
  test('worse for certain and by the tolerance rolls back, at any step', () => {
    for (const standing of [CANARY, LAST, SOAKING]) {
      expect(move(standing, { even: even(300, 195, 300, 255) }, HOUR_MS).kind).toBe('roll-back');
    }
  });

  test('a waiting rollout still has its weight, so harm takes it back as well', () => {
    for (const state of ['PAUSED', 'HOLD'] as const) {
      expect(move({ ...CANARY, state }, { even: even(300, 195, 300, 255) }, HOUR_MS).kind).toBe('roll-back');
    }
  });

  test('worse for certain, but by less than the tolerance, is what was approved', () => {
    expect(move(LAST, { even: even(40_000, 33_200, 40_000, 34_000) }, 3 * DAY_MS).kind).toBe('soak');
  });

  test('nobody is judged before both arms have the tasks of a first look', () => {
    expect(move(CANARY, { even: even(49, 0, 49, 49) }, HOUR_MS).kind).toBe('continue');
    expect(move(CANARY, { even: even(50, 0, 50, 50) }, HOUR_MS).kind).toBe('roll-back');
  });

  test('calls that fail too often roll back long before quality could be judged', () => {
    const calls = { canary: { calls: 60, ownFailures: 8, outages: 0 }, control: { calls: 60, ownFailures: 0, outages: 0 } };
    expect(move(CANARY, { calls }, HOUR_MS).kind).toBe('roll-back');
  });

  test('calls that fail as often as those of the old model do not', () => {
    const calls = { canary: { calls: 600, ownFailures: 80, outages: 0 }, control: { calls: 600, ownFailures: 78, outages: 0 } };
    expect(move(CANARY, { calls }, HOUR_MS).kind).toBe('continue');
  });

  test('a provider that is out of order pauses, and is no verdict on the model', () => {
    const calls = { canary: { calls: 60, ownFailures: 2, outages: 40 }, control: { calls: 60, ownFailures: 0, outages: 0 } };
    const worse = even(60, 10, 60, 55);
    expect(move(CANARY, { calls, even: worse }, HOUR_MS)).toMatchObject({ kind: 'pause', reason: 'ProviderOutage' });
  });

  test('a candidate whose breaker has opened on its provider pauses at once', () => {
    const calls = { canary: { calls: 20, ownFailures: 0, outages: 1 }, control: { calls: 20, ownFailures: 0, outages: 0 } };
    expect(move(CANARY, { calls, isCandidateCoolingDown: true }, HOUR_MS)).toMatchObject({ kind: 'pause', reason: 'ProviderOutage' });
  });
});

describe('what makes a comparison void pauses', () => {
  test('arms that do not get the units they should: neither promoted nor blamed', () => {
    const lopsided = { canary: arm(300, 150, { units: 300 }), control: arm(600, 560, { units: 600 }) };
    expect(move(LAST, { even: lopsided }, 3 * DAY_MS)).toMatchObject({ kind: 'pause', reason: 'SampleRatio' });
  });

  test('many tasks of one user do not: users are split, not tasks', () => {
    const busy = { canary: arm(900, 765, { units: 300 }), control: arm(300, 255) };
    expect(move(LAST, { even: busy }, HOUR_MS).kind).toBe('continue');
  });

  test('labels that are missing on one side', () => {
    const missing = { canary: arm(200, 195, { closed: 300, units: 300 }), control: arm(300, 255) };
    expect(move(LAST, { even: missing }, 3 * DAY_MS)).toMatchObject({ kind: 'pause', reason: 'InconclusiveAnalysis' });
  });

  test('labels that are missing alike on both sides do not', () => {
    const missing = { canary: arm(200, 170, { closed: 300 }), control: arm(205, 174, { closed: 300 }) };
    expect(move(LAST, { even: missing }, HOUR_MS).kind).toBe('continue');
  });

  test('looks in a row that say nothing: the tasks are there and none has a label', () => {
    const mute = { canary: arm(0, 0, { closed: 60 }), control: arm(0, 0, { closed: 60 }) };
    expect(move(CANARY, { even: mute }, HOUR_MS)).toMatchObject({ kind: 'continue', isSilent: true });
    expect(move({ ...CANARY, silentLooks: 2 }, { even: mute }, HOUR_MS)).toMatchObject({ kind: 'pause', reason: 'InconclusiveAnalysis' });
  });

  test('no task in three dwell times, which is more than a weekend', () => {
    const quiet = figures({ lastEntryMs: START });
    expect(nextRolloutMove(PLAN, CANARY, quiet, clock(2.9 * DAY_MS)).kind).toBe('continue');
    expect(nextRolloutMove(PLAN, CANARY, quiet, clock(3.1 * DAY_MS))).toMatchObject({ kind: 'pause', reason: 'NoData' });
  });

  test('a time in which nobody followed the rollout is no time without data', () => {
    const quiet = figures({ lastEntryMs: START });
    const lapsed = clock(6 * DAY_MS, { leasedFromMs: START + 5 * DAY_MS });
    expect(nextRolloutMove(PLAN, CANARY, quiet, lapsed).kind).toBe('continue');
  });

  test('a class with few tasks is given the time that twenty take', () => {
    const rare = { ...PLAN, tasksPerDay: 10 };
    const quiet = figures({ lastEntryMs: START });
    expect(nextRolloutMove(rare, CANARY, quiet, clock(19 * DAY_MS)).kind).toBe('continue');
    expect(nextRolloutMove(rare, CANARY, quiet, clock(21 * DAY_MS))).toMatchObject({ kind: 'pause', reason: 'NoData' });
  });

  test('what is paused stays so, whatever comes: only a person resumes it', () => {
    for (const state of ['PAUSED', 'HOLD'] as const) {
      const perfect = { even: even(5_000, 4_900, 5_000, 4_000) };
      expect(move({ ...LAST, state }, perfect, 60 * DAY_MS).kind).toBe('continue');
    }
  });
});

describe('cost and latency', () => {
  const good = { even: even(500, 425, 500, 425) };

  test('a cost that is certainly above what was approved is held for a person', () => {
    const cost = { canary: { tasks: 500, mean: 90, sd: 30 }, control: { tasks: 500, mean: 100, sd: 30 } };
    expect(move({ ...LAST, maxCostRatio: 0.6 }, { ...good, cost }, 3 * DAY_MS).kind).toBe('hold');
    expect(move({ ...LAST, maxCostRatio: 0.95 }, { ...good, cost }, 3 * DAY_MS).kind).toBe('soak');
  });

  test('so is a p95 that is certainly above its limit', () => {
    const latency = { canaryP95LowMs: 1_300, controlP95HighMs: 1_000 };
    expect(move({ ...LAST, maxLatencyRatio: 1.2 }, { ...good, latency }, 3 * DAY_MS).kind).toBe('hold');
    expect(move({ ...LAST, maxLatencyRatio: 1.4 }, { ...good, latency }, 3 * DAY_MS).kind).toBe('soak');
  });
});

describe('the difference of the arms', () => {
  const labels = fc.integer({ min: 1, max: 3_000 }).chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })));

  test('in one period is that of canaryBounds', () => {
    fc.assert(
      fc.property(labels, labels, ([nCand, xCand], [nCtrl, xCtrl]) => {
        const bounds = canaryBounds({ nCand, xCand, nCtrl, xCtrl }, 0.05, 500);
        const ours = armDifference([even(nCand, xCand, nCtrl, xCtrl)], 0.05, 500);
        expect(ours?.delta).toBeCloseTo(bounds.delta, 12);
        // Σ4w is n for equal arms; for unequal ones it is less, and the bound wider or tighter by little.
        if (nCand === nCtrl) expect(ours?.lower).toBeCloseTo(bounds.lower, 12);
      }),
    );
  });

  test('is wider where tasks of a user are alike', () => {
    const alike = { clusters: 40, clusterSquares: 34 * 100, clusterProducts: 34 * 100, clusterSizes: 40 * 100 };
    const independent = armDifference([even(400, 340, 400, 340)], 0.05, 500);
    const clustered = armDifference([{ canary: arm(400, 340, alike), control: arm(400, 340, alike) }], 0.05, 500);
    expect(clustered!.upper).toBeGreaterThan(2 * independent!.upper);
  });

  test('is unknown where a handful of users make all the tasks', () => {
    const few = { clusters: 4, clusterSquares: 4, clusterProducts: 4, clusterSizes: 4 };
    expect(armDifference([{ canary: arm(400, 340, few), control: arm(400, 340) }], 0.05, 500)).toBeUndefined();
  });
});

describe('for whatever figures', () => {
  const count = fc.integer({ min: 0, max: 2_000 });
  const anyArm = fc
    .record({ closed: count, covered: fc.double({ min: 0, max: 1, noNaN: true }), quality: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(({ closed, covered, quality }) => {
      const labelled = Math.floor(closed * covered);
      return arm(labelled, Math.floor(labelled * quality), { closed, units: closed });
    });
  const anyCalls = fc
    .record({
      calls: count,
      ownFailures: fc.double({ min: 0, max: 0.5, noNaN: true }),
      outages: fc.double({ min: 0, max: 0.5, noNaN: true }),
    })
    .map(({ calls, ownFailures, outages }) => ({
      calls,
      ownFailures: Math.floor(calls * ownFailures),
      outages: Math.floor(calls * outages),
    }));
  const anyFigures = fc
    .record({
      canary: anyArm,
      control: anyArm,
      calls: fc.record({ canary: anyCalls, control: anyCalls }),
      isCandidateCoolingDown: fc.boolean(),
    })
    .map(({ canary: moved, control, ...rest }) => figures({ even: { canary: moved, control }, lastEntryMs: START, ...rest }));
  const anyStanding = fc.record({
    state: fc.constantFrom('APPROVED' as const, 'CANARY' as const, 'PAUSED' as const, 'HOLD' as const, 'SOAKING' as const),
    step: fc.integer({ min: 0, max: 3 }),
    silentLooks: fc.integer({ min: 0, max: 5 }),
    maxCostRatio: fc.constantFrom(null, 1),
    maxLatencyRatio: fc.constantFrom(null, 1.2),
  });
  const anyAge = fc.integer({ min: 0, max: 60 * DAY_MS });

  test('a breach aborts, in every state', () => {
    fc.assert(
      fc.property(anyFigures, anyStanding, anyAge, fc.integer({ min: 1, max: 100 }), (arms, standing, ageMs, breaches) => {
        expect(nextRolloutMove(PLAN, standing, { ...arms, breaches }, clock(ageMs)).kind).toBe('abort');
      }),
    );
  });

  test('an arm without labels, or without enough of them, is never promoted', () => {
    fc.assert(
      fc.property(
        anyFigures,
        anyStanding,
        anyAge,
        fc.boolean(),
        fc.integer({ min: 0, max: 49 }),
        (arms, standing, ageMs, isCanary, few) => {
          const side = isCanary ? 'canary' : 'control';
          const starved = {
            ...arms,
            even: { ...arms.even, [side]: arm(few, few, { closed: arms.even[side].closed + few }) },
            soak: NO_TASKS,
          };
          expect(['promote', 'soak']).not.toContain(nextRolloutMove(PLAN, standing, starved, clock(ageMs)).kind);
        },
      ),
    );
  });

  test('no weight is ever other than the plan says, and only a promotion follows a soak', () => {
    fc.assert(
      fc.property(anyFigures, anyStanding, anyAge, (arms, standing, ageMs) => {
        const next = nextRolloutMove(PLAN, standing, arms, clock(ageMs));
        if (next.kind === 'advance') expect([next.weight, next.control]).toEqual([canary.steps[next.step], canary.steps[next.step]]);
        if (next.kind === 'advance' && standing.state === 'CANARY') expect(next.step).toBe(standing.step + 1);
        if (next.kind === 'promote') expect(standing.state).toBe('SOAKING');
        if (standing.state === 'PAUSED' || standing.state === 'HOLD') expect(['continue', 'roll-back', 'abort']).toContain(next.kind);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** A whole rollout at 400 tasks a day, looked at every hour; labels are final at once. */
function simulate(seed: number, quality: { readonly canary: number; readonly control: number }) {
  let state = seed >>> 0;
  const chance = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
  let standing: RolloutStanding = CANARY;
  let stepAtMs = START;
  const sums = { canary: [0, 0], control: [0, 0] };
  const stepFrom = { canary: 0, control: 0 };
  for (let hour = 1; hour <= 28 * 24; hour += 1) {
    if (standing.state === 'CANARY') {
      const weight = canary.steps[standing.step] ?? 0;
      for (let task = 0; task < 400 / 24; task += 1) {
        const at = chance();
        const side = at < weight ? 'canary' : at >= 1 - weight ? 'control' : undefined;
        if (side === undefined) continue;
        sums[side][0]! += 1;
        sums[side][1]! += chance() < quality[side] ? 1 : 0;
      }
    }
    const period = even(sums.canary[0]!, sums.canary[1]!, sums.control[0]!, sums.control[1]!);
    const since = (side: 'canary' | 'control') => ({ closed: sums[side][0]! - stepFrom[side], labelled: sums[side][0]! - stepFrom[side] });
    const nowMs = START + hour * HOUR_MS;
    const arms = figures({ even: period, step: { canary: since('canary'), control: since('control') }, lastEntryMs: nowMs });
    const next = nextRolloutMove(PLAN, standing, arms, { nowMs, stepAtMs, startedAtMs: START, leasedFromMs: START });
    if (next.kind === 'advance') standing = { ...standing, step: next.step };
    if (next.kind === 'soak') standing = { ...standing, state: 'SOAKING' };
    if (next.kind === 'advance' || next.kind === 'soak') {
      stepAtMs = nowMs;
      stepFrom.canary = sums.canary[0]!;
      stepFrom.control = sums.control[0]!;
    } else if (next.kind !== 'continue') {
      return { end: next.kind, tasks: sums.canary[0]! };
    }
  }
  return { end: 'continue', tasks: sums.canary[0]! };
}

describe('over whole rollouts of 400 tasks a day, looked at every hour', () => {
  const runs = 300;
  const ends = (quality: { readonly canary: number; readonly control: number }) => {
    const counts: Record<string, number> = {};
    for (let run = 0; run < runs; run += 1) {
      const { end } = simulate(run + 1, quality);
      counts[end] = (counts[end] ?? 0) + 1;
    }
    return counts;
  };

  test('an equal candidate is promoted, and practically never rolled back', () => {
    const counts = ends({ canary: 0.85, control: 0.85 });
    expect(counts['roll-back'] ?? 0).toBeLessThanOrEqual(0.02 * runs);
    expect(counts.promote ?? 0).toBeGreaterThanOrEqual(0.97 * runs);
  });

  test('one that is ten points worse is practically always rolled back, and never promoted', () => {
    const counts = ends({ canary: 0.75, control: 0.85 });
    expect(counts['roll-back'] ?? 0).toBeGreaterThanOrEqual(0.97 * runs);
    expect(counts.promote ?? 0).toBeLessThanOrEqual(0.02 * runs);
  });
});

describe('what a candidate may have lost since it was approved', () => {
  const all = { status: 'active', privacyTiers: ['public', 'internal', 'restricted'], regions: ['eu', 'us'] };
  const demands = { privacyTiers: { internal: 10, restricted: 0 }, residencies: { '': 9, eu: 1 } };

  test.each([
    ['nothing', demands, all, all, undefined],
    ['a tier that no task of the class has', demands, all, { ...all, privacyTiers: ['internal'] }, undefined],
    ['a tier that tasks of the class have', demands, all, { ...all, privacyTiers: ['public'] }, /internal/],
    ['a region that no task of the class must stay in', demands, all, { ...all, regions: ['eu'] }, undefined],
    ['a region that tasks of the class must stay in', demands, all, { ...all, regions: ['us'] }, /eu/],
    ['a tier it never had', demands, { ...all, privacyTiers: ['public'] }, { ...all, privacyTiers: ['public'] }, undefined],
    ['anything, when nobody knows what the class needs', null, all, { ...all, regions: ['eu'] }, /us/],
    ['its place in the catalogue', demands, all, null, /catalogue/],
    ['its service', demands, all, { ...all, status: 'retired' }, /retired/],
  ] as const)('%s', (_, needs, then, now, said) => {
    const lost = lostApproval('north/small', needs, then, now);
    if (said === undefined) expect(lost).toBeUndefined();
    else expect(lost).toMatch(said);
  });
});
