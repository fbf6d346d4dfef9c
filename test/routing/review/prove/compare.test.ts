import { comparePass } from '../../../../routing/review/prove/compare';
import type { Pair } from '../../../../routing/review/prove/evidence';
import { tangoCi, tangoNonInferiority } from '../../../../routing/statistics/tango';
import { excluded, failed, pairOf, pairsOf, passOf, scored } from '../../../support/paired-answers';

const GOOD = { a: 380, b: 15, c: 15, d: 52 };
const verdictOf = (pairs: readonly Pair[], more: Parameters<typeof passOf>[1] = {}) => comparePass(passOf(pairs, more));

describe('what decides', () => {
  test('successes and failures of one stratum are decided by the score test', () => {
    const { deciding, methods, low, high, p, pClass, verdict, cells, delta } = verdictOf(pairsOf({ a: 380, b: 14, c: 16, d: 52 }));
    const cell = { b: 14, c: 16, n: 462 };
    const [expectedLow, expectedHigh] = tangoCi(cell, 0.95);
    expect({ deciding, low, high, p }).toEqual({
      deciding: 'tango',
      low: expect.closeTo(expectedLow, 8),
      high: expect.closeTo(expectedHigh, 8),
      p: expect.closeTo(tangoNonInferiority(cell, 0.05).p, 8),
    });
    expect(methods).toHaveLength(1);
    expect(pClass).toBeCloseTo(2 * p, 8);
    expect({ verdict, cells, delta }).toEqual({
      verdict: 'PASS',
      cells: { a: 380, b: 14, c: 16, d: 52 },
      delta: expect.closeTo(-2 / 462, 8),
    });
  });

  test('a stratum that was sampled more counts for no more than its share of the frame', () => {
    const easy = pairsOf({ a: 90, b: 5, c: 5 }, { stratum: 'easy' });
    const hard = pairsOf({ a: 70, b: 5, c: 25 }, { stratum: 'hard' }).map((pair) => ({ ...pair, taskId: `hard-${pair.taskId}` }));
    const strata = [
      { name: 'easy', size: 9_000, drawn: 100 },
      { name: 'hard', size: 1_000, drawn: 100 },
    ];
    const { delta, deciding, meanQuality, strata: results } = verdictOf([...easy, ...hard], { strata });
    expect(deciding).toBe('mover');
    expect(delta).toBeCloseTo(-0.02, 9);
    expect(meanQuality.baseline).toBeCloseTo(0.95, 9);
    expect(results.map(({ name, weight, pairs }) => [name, weight, pairs])).toEqual([
      ['easy', 0.9, 100],
      ['hard', 0.1, 100],
    ]);
  });

  test('tasks of one tenant that fail together widen the interval, and the widest decides', () => {
    const tenants = pairsOf({ a: 320, b: 0, c: 0, d: 40 }).map((pair, index) => ({ ...pair, cluster: `tenant ${index % 20}` }));
    const loses = (pair: Pair) => ['tenant 3', 'tenant 7'].includes(pair.cluster) && pair.baseline.score === 1;
    const clustered = verdictOf(tenants.map((pair, index) => (loses(pair) && index % 2 === 1 ? { ...pair, candidate: scored(0) } : pair)));
    expect(clustered.methods.map(({ method }) => method)).toEqual(['tango', 'cluster-robust']);
    expect(clustered.deciding).toBe('cluster-robust');
    expect(clustered.effectivePairs).toBeLessThan(200);
  });

  test('a provider that was bad for one block of eight widens the interval', () => {
    const spread = pairsOf({ a: 400 }).map((pair, index) => ({ ...pair, block: index % 8 }));
    const bad = spread.map((pair, index) => (pair.block === 5 && index < 160 ? { ...pair, candidate: scored(0) } : pair));
    const { deciding, low } = verdictOf([
      ...bad,
      ...pairsOf({ d: 40 }).map((pair, index) => ({ ...pair, taskId: `d${index}`, block: index % 8 })),
    ]);
    expect(deciding).toBe('blocks');
    expect(low).toBeLessThan(-0.1);
  });

  test('scores on a scale are decided by t interval and bootstrap', () => {
    const pairs = Array.from({ length: 300 }, (_, index) =>
      pairOf(index, scored(0.5 + (index % 5) / 10), scored(0.5 + ((index * 3) % 7) / 14)),
    );
    const { scale, methods, verdict } = verdictOf(pairs, { margin: 0.1, tolerance: 0.1 });
    expect([scale, verdict]).toEqual(['score', 'PASS']);
    expect(methods.map(({ method }) => method)).toEqual(['paired-t', 'bootstrap']);
    expect(methods[1]!.low).toBeCloseTo(methods[0]!.low, 2);
  });
});

describe('verdicts', () => {
  test('as good, proven: PASS', () => expect(verdictOf(pairsOf(GOOD))).toMatchObject({ verdict: 'PASS', flags: [] }));
  test('worse than tolerated, proven: FAIL', () =>
    expect(verdictOf(pairsOf({ a: 350, b: 5, c: 60, d: 47 }))).toMatchObject({ verdict: 'FAIL', flags: [] }));
  test('too few to prove anything: INCONCLUSIVE, and how many would have done', () => {
    const judged = verdictOf(pairsOf({ a: 60, b: 2, c: 2, d: 16 }));
    expect(judged.verdict).toBe('INCONCLUSIVE');
    expect(judged.pairsNeeded).toBeGreaterThan(200);
    expect(judged.sentence).toContain(`About ${judged.pairsNeeded} tasks would have decided.`);
  });
  test('both looks are paid for: a p between half of alpha and alpha does not pass', () => {
    const judged = verdictOf(pairsOf({ a: 380, b: 17, c: 25, d: 40 }));
    expect(judged.low).toBeGreaterThan(-0.05);
    expect([judged.p > 0.0125 && judged.p < 0.025, judged.verdict]).toEqual([true, 'INCONCLUSIVE']);
  });
  test('no pair at all: INCONCLUSIVE, and it says so', () =>
    expect(verdictOf([])).toMatchObject({
      verdict: 'INCONCLUSIVE',
      flags: ['NO_DATA'],
      pairs: 0,
      sentence: expect.stringContaining('Nothing can be said'),
    }));
  test('better: said aloud', () => {
    const judged = verdictOf(pairsOf({ a: 380, b: 40, c: 5, d: 37 }));
    expect(judged).toMatchObject({ verdict: 'PASS', flags: ['SUPERIOR'] });
    expect(judged.sentence).toContain('It is better');
  });
  test('worse within the tolerance: passes, and it is said aloud', () => {
    const judged = verdictOf(pairsOf({ a: 1900, b: 5, c: 45, d: 50 }));
    expect(judged).toMatchObject({ verdict: 'PASS', flags: ['WORSE_WITHIN_TOLERANCE'] });
    expect(judged.sentence).toContain('It is worse');
  });
  test('the second pass is judged by its own pairs, and pays for the first', () => {
    const both = [...pairsOf({ c: 200 }), ...pairsOf(GOOD, { pass: 2 })];
    const judged = verdictOf(both, { pass: 2, earlier: [{ candidate: 'acme/small', p: 0.3 }] });
    expect(judged).toMatchObject({ pass: 2, pairs: 462, verdict: 'PASS' });
    expect(judged.pClass).toBeCloseTo(2 * judged.p, 8);
  });
  test('what another candidate proved in the first pass lends nothing', () => {
    const pairs = pairsOf({ a: 60, b: 2, c: 2, d: 16 }, { pass: 2 });
    const after = (candidate: string) => verdictOf(pairs, { pass: 2, earlier: [{ candidate, p: 0.0001 }] }).pClass;
    expect(after('acme/small')).toBeCloseTo(0.0002, 9);
    expect(after('acme/tiny')).toBeGreaterThan(0.02);
  });
  test('a class that goes back to a model it just left must prove more', () => {
    const pairs = pairsOf({ a: 380, b: 17, c: 24, d: 41 });
    expect([verdictOf(pairs).verdict, verdictOf(pairs, { maxP: 0.01 }).verdict]).toEqual(['PASS', 'INCONCLUSIVE']);
  });
});

describe('tolerance', () => {
  test('used up by earlier changes: nothing passes but what is better', () => {
    expect(verdictOf(pairsOf(GOOD), { margin: 0 }).verdict).toBe('INCONCLUSIVE');
    expect(verdictOf(pairsOf({ a: 380, b: 40, c: 5, d: 37 }), { margin: -0.02 }).verdict).toBe('PASS');
  });
  test.each([0, -1, 1, 5, Number.NaN])('of %p is no reason to throw', (tolerance) => {
    expect(() => verdictOf(pairsOf(GOOD), { tolerance, margin: tolerance })).not.toThrow();
  });
  test('an upgrade must be better, and above the floor', () => {
    const better = pairsOf({ a: 380, b: 40, c: 5, d: 37 });
    expect(verdictOf(pairsOf(GOOD), { kind: 'upgrade' }).verdict).toBe('INCONCLUSIVE');
    expect(verdictOf(better, { kind: 'upgrade', floor: 0.85 }).verdict).toBe('PASS');
    expect(verdictOf(better, { kind: 'upgrade', floor: 0.9 })).toMatchObject({
      verdict: 'INCONCLUSIVE',
      flags: ['SUPERIOR', 'BELOW_FLOOR'],
    });
  });
});

describe('vetoes', () => {
  test('a ruined tenth stops what the average hides', () => {
    const most = pairsOf({ a: 560, b: 20, c: 10, d: 30 }, { stratum: 'most' });
    const tenth = pairsOf({ a: 30, c: 10 }, { stratum: 'tenth' }).map((pair) => ({ ...pair, taskId: `t${pair.taskId}` }));
    const strata = [
      { name: 'most', size: 9_500, drawn: 620 },
      { name: 'tenth', size: 500, drawn: 40 },
    ];
    const judged = verdictOf([...most, ...tenth], { strata });
    expect(judged.low).toBeGreaterThan(-0.05);
    expect(judged).toMatchObject({ verdict: 'FAIL', flags: ['STRATUM_VETO'] });
    expect(judged.sentence).toContain('"tenth"');
  });
  test('a stratum of which nothing was scored may be anything', () => {
    const strata = [
      { name: 'all', size: 8_000, drawn: 462 },
      { name: 'unseen', size: 2_000, drawn: 0 },
    ];
    expect(verdictOf(pairsOf(GOOD), { strata })).toMatchObject({ verdict: 'INCONCLUSIVE', strata: [{}, { pairs: 0, low: -1, high: 1 }] });
  });
  test('a quality that may be below the floor is not proven, and one that surely is fails', () => {
    expect(verdictOf(pairsOf(GOOD), { floor: 0.84 })).toMatchObject({ verdict: 'INCONCLUSIVE', flags: ['BELOW_FLOOR'] });
    expect(verdictOf(pairsOf(GOOD), { floor: 0.95 })).toMatchObject({ verdict: 'FAIL', flags: ['BELOW_FLOOR'] });
  });
  test('answers that fail altogether where the baseline succeeds are counted against a cap', () => {
    const drops = (count: number) => pairsOf(GOOD).map((pair, index) => (index < count ? { ...pair, candidate: failed } : pair));
    expect(verdictOf(drops(3), { proof: { ...passOf([]).proof, catastrophicCap: 0.02 } })).toMatchObject({
      verdict: 'PASS',
      catastrophic: { count: 3 },
    });
    expect(verdictOf(drops(6), { proof: { ...passOf([]).proof, catastrophicCap: 0.02 } }).flags).toContain('CATASTROPHIC');
  });
  test('too slow at the 95th percentile stops it, surely so fails it', () => {
    const timed = (slowShare: number, ms: number) =>
      pairsOf(GOOD).map((pair, index) => ({
        ...pair,
        candidate: { ...pair.candidate, latencyMs: index % 1000 < 462 * slowShare ? ms : 100 },
      }));
    expect(verdictOf(timed(0.04, 160))).toMatchObject({ verdict: 'INCONCLUSIVE', flags: ['TOO_SLOW'], latencyMs: { isTooSlow: true } });
    expect(verdictOf(timed(0.2, 160))).toMatchObject({ verdict: 'FAIL', flags: ['TOO_SLOW'] });
    expect(verdictOf(timed(0.2, 145))).toMatchObject({ verdict: 'PASS', flags: [] });
  });
  test('where latency was not measured, nothing is called slow, and it is said', () => {
    const pairs = pairsOf(GOOD).map(({ candidate: { latencyMs: _, ...candidate }, ...pair }) => ({ ...pair, candidate }));
    expect(verdictOf(pairs)).toMatchObject({ verdict: 'PASS', latencyMs: { candidate: { n: 0 }, isTooSlow: false } });
    expect(verdictOf(pairs).sentence).toContain('not measured');
  });
  test('a verdict that would not stand had the candidate failed what is missing is none', () => {
    const missing = (count: number) => [
      ...pairsOf(GOOD),
      ...Array.from({ length: count }, (_, index) => pairOf(9_000 + index, excluded, scored(1))),
    ];
    expect(verdictOf(missing(2))).toMatchObject({ verdict: 'PASS', excluded: { overloaded: 2 }, worstCase: { verdict: 'PASS' } });
    const judged = verdictOf(missing(20));
    expect(judged).toMatchObject({ verdict: 'INCONCLUSIVE', flags: ['WORST_CASE_FLIPS'], pairs: 462 });
    expect(judged.worstCase.delta).toBeCloseTo(-20 / 482, 8);
  });
});

describe('a scoring that cannot tell good from bad', () => {
  const sentinels = (caught: number, missed: number) =>
    Array.from({ length: caught + missed }, (_, index) =>
      pairOf(8_000 + index, scored(1), scored(index < caught ? 0 : 1), { isSentinel: true }),
    );

  test('misses sentinels: INVALID, whatever else it says', () => {
    expect(verdictOf([...pairsOf(GOOD), ...sentinels(20, 0)])).toMatchObject({
      verdict: 'PASS',
      pairs: 462,
      sentinels: { pairs: 20, caught: 20 },
    });
    expect(verdictOf([...pairsOf(GOOD), ...sentinels(18, 2)]).verdict).toBe('PASS');
    expect(verdictOf([...pairsOf(GOOD), ...sentinels(17, 3)])).toMatchObject({ verdict: 'INVALID', flags: ['SENTINELS_MISSED'] });
    expect(verdictOf([...pairsOf(GOOD), ...sentinels(4, 1)]).verdict).toBe('INVALID');
  });
  test('could not score a single sentinel: INVALID', () => {
    const unscored = [pairOf(8_000, scored(1), excluded, { isSentinel: true })];
    expect(verdictOf([...pairsOf(GOOD), ...unscored]).verdict).toBe('INVALID');
  });
  test('gives everything the same score: INVALID, unless sentinels show that it can tell', () => {
    expect(verdictOf(pairsOf({ a: 400 })).verdict).toBe('INVALID');
    expect(verdictOf(pairsOf({ d: 400 })).verdict).toBe('INVALID');
    expect(verdictOf([...pairsOf({ a: 400 }), ...sentinels(10, 0)]).verdict).toBe('PASS');
    expect(verdictOf([...pairsOf({ d: 400 }), ...sentinels(10, 0)]).verdict).toBe('INVALID');
  });
  test.each([Number.NaN, -0.1, 1.2, undefined])('answers %p: the pair is excluded, and nothing passes', (score) => {
    const pairs = pairsOf(GOOD).map(({ candidate, ...pair }) => {
      const { score: _, ...rest } = candidate;
      return { ...pair, candidate: { ...rest, ...(score === undefined ? {} : { score }) } };
    });
    expect(verdictOf(pairs)).toMatchObject({ verdict: 'INCONCLUSIVE', flags: ['NO_DATA'], excluded: { grader: 462 } });
  });
});

describe('money', () => {
  test('the saving is weighted back to the frame', () => {
    const cheap = pairsOf({ a: 100 }, { stratum: 'cheap' });
    const dear = pairsOf({ a: 100 }, { stratum: 'dear' }).map((pair) => ({
      ...pair,
      taskId: `d${pair.taskId}`,
      baseline: scored(1, { costNanoUsd: 10_000 }),
      candidate: scored(1, { costNanoUsd: 9_000 }),
    }));
    const strata = [
      { name: 'cheap', size: 9_900, drawn: 100 },
      { name: 'dear', size: 100, drawn: 100 },
    ];
    const { cost, costPerSuccessNanoUsd } = verdictOf([...cheap, ...dear], { strata });
    expect(cost.ratio!.ratio).toBeCloseTo((0.99 * 400 + 0.01 * 9_000) / (0.99 * 1_000 + 0.01 * 10_000), 8);
    expect(cost.baseline).toMatchObject({ n: 200, mean: 5_500, p50: 5_500 });
    expect(costPerSuccessNanoUsd).toEqual({ baseline: 5_500, candidate: 4_700 });
  });
  test('models that cost nothing have no ratio, and no success has no price', () => {
    const free = pairsOf({ d: 100 }).map((pair) => ({ ...pair, baseline: scored(0, { costNanoUsd: 0 }) }));
    expect(verdictOf(free)).toMatchObject({ cost: { ratio: null }, costPerSuccessNanoUsd: { baseline: null, candidate: null } });
  });
});

test('the tasks that lost most are named, worst first, at most five', () => {
  const pairs = [0.9, 0.1, 0.5, 1, 0.3, 0.2, 0.8].map((baseline, index) => pairOf(index, scored(baseline), scored(0.1)));
  expect(verdictOf(pairs).worst.map(({ baseline }) => baseline)).toEqual([1, 0.9, 0.8, 0.5, 0.3]);
});

test('every number has at most nine decimals, and the same evidence gives the same judgement', () => {
  const pairs = pairsOf({ a: 333, b: 17, c: 13, d: 31 });
  const judged = verdictOf(pairs);
  expect(verdictOf(pairs)).toEqual(judged);
  for (const [, figure] of JSON.stringify({ ...judged, sentence: '' }).matchAll(/[:[,](-?[\d.e+-]+)/g)) {
    expect(Math.abs(Number(figure) * 1e9 - Math.round(Number(figure) * 1e9))).toBeLessThan(1e-3);
  }
});
