/** A pass that a judge scored: what its verdicts become, and when nothing it says counts. */

import { calibrateJudge, type LabelledPair } from '../../../../routing/judging/calibration';
import type { PairVerdict } from '../../../../routing/judging/judgement';
import { JUDGE_DEFAULTS } from '../../../../routing/judging/settings';
import { comparePass, type PassToCompare } from '../../../../routing/review/prove/compare';
import type { Pair } from '../../../../routing/review/prove/evidence';
import type { JudgeTerms } from '../../../../routing/review/prove/judge-evidence';
import { seededRandom } from '../../../../routing/statistics/random';

const UNGRADED = { end: 'excluded', why: 'no-grader', costNanoUsd: 10, latencyMs: 100 } as const;
type Said = readonly [baselineFirst: number | null, candidateFirst: number | null];

/** Pairs without a grader, as many of each judgement. Of candidate, baseline, neither: 1, 0, 0.5. */
function pairs(counts: readonly (readonly [count: number, said: Said])[], changes: Partial<Pair> = {}): Pair[] {
  const all = counts.flatMap(([count, said]) => Array.from({ length: count }, () => said));
  const random = seededRandom('order');
  return all
    .map((said) => ({ said, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ said: [one, other] }, at) => {
      const taskId = `${changes.isSentinel ? 'sentinel' : 'task'} ${at}`;
      const judgement = (score: number | null) =>
        score === null ? ({ end: 'excluded', why: 'judge' } as const) : ({ end: 'scored', score } as const);
      return {
        taskId,
        stratum: 'all',
        cluster: taskId,
        block: Math.floor((8 * at) / all.length),
        pass: 1,
        isSentinel: false,
        baseline: UNGRADED,
        candidate: UNGRADED,
        judgements: { baselineFirst: judgement(one), candidateFirst: judgement(other) },
        ...changes,
      };
    });
}

const sentinels = (caught: number, missed = 0) =>
  pairs(
    [
      [caught, [0, 0]],
      [missed, [0.5, 0.5]],
    ],
    { isSentinel: true },
  );

/** As many labels of each kind, of other pairs. */
function labels(counts: readonly (readonly [count: number, label: PairVerdict, judged: PairVerdict])[]): LabelledPair[] {
  return counts.flatMap(([count, label, judged], kind) =>
    Array.from({ length: count }, (_, at) => ({ pair: `${kind} ${at}`, person: 'ana', label, judged })),
  );
}

const TRUSTED = labels([
  [45, 'candidate', 'candidate'],
  [45, 'baseline', 'baseline'],
  [5, 'baseline', 'tie'],
  [25, 'tie', 'tie'],
]);

function terms(labelled: readonly LabelledPair[], changes: Partial<JudgeTerms> = {}): JudgeTerms {
  return {
    settings: { ...JUDGE_DEFAULTS, model: 'east/judge', rubrics: { '*': 'The true one.' } },
    families: ['east'],
    rubricVersion: 'abc',
    served: ['judge-1'],
    calibration: calibrateJudge(labelled, 'seed'),
    ofThesePairs: [],
    ...changes,
  };
}

const compare = (given: readonly Pair[], changes: Partial<PassToCompare> = {}) =>
  comparePass({
    pass: 1,
    baseline: 'large',
    candidate: 'small',
    kind: 'swap',
    pairs: given,
    strata: [{ name: 'all', size: 5_000, drawn: given.length }],
    earlier: [],
    tolerance: 0.05,
    margin: 0.05,
    floor: null,
    proof: { alpha: 0.025, catastrophicCap: 0.05, maxLatencyRatio: 1.5 },
    planned: { power: 0.9, discordance: 0.15 },
    seed: 'seed',
    judge: terms(TRUSTED),
    ...changes,
  });

/** As many wins as losses, and ties. */
const EQUAL = pairs([
  [20, [1, 1]],
  [20, [0, 0]],
  [560, [0.5, 0.5]],
]);

test('wins and losses of a trusted judge meet the same test as graded answers', () => {
  const comparison = compare([...EQUAL, ...sentinels(20)]);
  expect(comparison).toMatchObject({
    pairs: 600,
    wins: 20,
    losses: 20,
    ties: 560,
    delta: 0,
    scale: 'binary',
    verdict: 'PASS',
    excluded: {},
  });
  expect(comparison.judge).toMatchObject({ model: 'east/judge', pairs: 600, flips: 0, sentinels: { pairs: 20, caught: 20 }, problems: [] });
  expect(comparison.sentence).toContain('east/judge compared the answers; for its errors,');
});

test('its errors shrink the margin by the lower end of what its labels say of them', () => {
  const { judge } = compare([...EQUAL, ...sentinels(20)]);
  expect(judge!.calibration.informedness!.value).toBeCloseTo(90 / 95, 9);
  expect(judge!.correction.factor).toBeCloseTo(judge!.calibration.informedness!.low, 9);
  expect(judge!.correction.margin).toBeCloseTo(0.05 * judge!.correction.factor, 9);
});

test('what passes at the raw margin does not pass at that of a judge that errs', () => {
  const half = labels([
    [40, 'candidate', 'candidate'],
    [40, 'baseline', 'baseline'],
    [8, 'candidate', 'baseline'],
    [8, 'baseline', 'candidate'],
    [60, 'tie', 'tie'],
  ]);
  const close = [
    ...pairs([
      [15, [1, 1]],
      [22, [0, 0]],
      [563, [0.5, 0.5]],
    ]),
    ...sentinels(20),
  ];
  expect(compare(close).verdict).toBe('PASS');
  const comparison = compare(close, { judge: terms(half) });
  expect(comparison.judge!.problems).toEqual([]);
  expect(comparison.verdict).toBe('INCONCLUSIVE');
});

test.each([
  [
    'has too few labels',
    terms(TRUSTED.slice(0, 99)),
    [...EQUAL, ...sentinels(20)],
    'JUDGE_UNCALIBRATED',
    /labelled 99 of the 100 pairs .*review label/,
  ],
  [
    'agrees with nobody',
    terms(
      labels([
        [30, 'candidate', 'baseline'],
        [30, 'baseline', 'baseline'],
        [30, 'candidate', 'candidate'],
        [30, 'baseline', 'candidate'],
      ]),
    ),
    [...EQUAL, ...sentinels(20)],
    'JUDGE_DISAGREES',
    /does not agree with people: kappa is 0.00/,
  ],
  [
    'always takes the first answer',
    terms(TRUSTED),
    [...pairs([[600, [0, 1]]]), ...sentinels(20)],
    'JUDGE_FLIPS',
    /contradicted itself on 600 of 600 pairs/,
  ],
  [
    'misses the sentinels',
    terms(TRUSTED),
    [...EQUAL, ...sentinels(10, 10)],
    'JUDGE_SENTINELS_MISSED',
    /of 20 answers known to be bad east\/judge found 10/,
  ],
] as const)('a judge that %s makes the pass INVALID, not passed', (_, judge, given, flag, sentence) => {
  const comparison = compare(given, { judge });
  expect(comparison).toMatchObject({ verdict: 'INVALID', flags: expect.arrayContaining([flag]) });
  expect(comparison.sentence).toMatch(sentence);
});

test('a judge that misses its sentinels is not excused by graders that find theirs', () => {
  const graded = sentinels(100).map(({ judgements: _, ...pair }) => ({
    ...pair,
    taskId: `graded ${pair.taskId}`,
    baseline: { end: 'scored', score: 1, costNanoUsd: 0 } as const,
    candidate: { end: 'scored', score: 0, costNanoUsd: 0 } as const,
  }));
  expect(compare([...EQUAL, ...graded, ...sentinels(0, 5)])).toMatchObject({
    verdict: 'INVALID',
    flags: expect.arrayContaining(['JUDGE_SENTINELS_MISSED']),
  });
});

test('pairs that the judge said nothing of are left out, counted, and count against the candidate in the worst case', () => {
  const comparison = compare([
    ...EQUAL,
    ...pairs([[60, [null, 1]]]).map((pair) => ({ ...pair, taskId: `mute ${pair.taskId}` })),
    ...sentinels(20),
  ]);
  expect(comparison).toMatchObject({
    pairs: 600,
    excluded: { judge: 60 },
    verdict: 'INCONCLUSIVE',
    flags: expect.arrayContaining(['WORST_CASE_FLIPS']),
  });
});

test('a judge that likes the candidate better than people do stops it', () => {
  const leaning = labels([
    [40, 'tie', 'candidate'],
    [40, 'baseline', 'tie'],
    [20, 'tie', 'tie'],
  ]);
  const comparison = compare([...EQUAL, ...sentinels(20)], { judge: terms(TRUSTED, { ofThesePairs: leaning }) });
  expect(comparison).toMatchObject({ verdict: 'INCONCLUSIVE', flags: expect.arrayContaining(['JUDGE_LEANS']) });
  expect(comparison.judge!.predictionPowered!.delta).toBeCloseTo(-0.8, 9);
  expect(comparison.sentence).toContain('the judge favours it');
});

test('labels of these models that show no favour stop nothing, few as they are', () => {
  const unsure = labels([
    [16, 'tie', 'candidate'],
    [15, 'tie', 'baseline'],
    [5, 'baseline', 'baseline'],
  ]);
  const comparison = compare([...EQUAL, ...sentinels(20)], { judge: terms(TRUSTED, { ofThesePairs: unsure }) });
  expect(comparison.judge!.predictionPowered!.low).toBeLessThan(-0.05);
  expect(comparison).toMatchObject({ verdict: 'PASS', flags: [] });
});

test('where a grader scored everything, a judge that nobody asked is of no matter', () => {
  const graded = EQUAL.map(({ judgements: _, ...pair }) => ({
    ...pair,
    baseline: { end: 'scored', score: 1, costNanoUsd: 0, latencyMs: 1 } as const,
    candidate: { end: 'scored', score: 1, costNanoUsd: 0, latencyMs: 1 } as const,
  }));
  const caught = sentinels(20).map(({ judgements: _, ...pair }) => ({
    ...pair,
    baseline: { end: 'scored', score: 1, costNanoUsd: 0 } as const,
    candidate: { end: 'scored', score: 0, costNanoUsd: 0 } as const,
  }));
  const comparison = compare([...graded, ...caught], { judge: terms([]) });
  expect(comparison).toMatchObject({ verdict: 'PASS', flags: [] });
  expect(comparison.judge).toBeUndefined();
});

test('what judging cost is no cost of either model', () => {
  const { cost } = compare([...EQUAL, ...sentinels(20)]);
  expect([cost.baseline.mean, cost.candidate.mean]).toEqual([10, 10]);
});
