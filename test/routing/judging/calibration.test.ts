import { calibrateJudge, combineLabels, type LabelledPair } from '../../../routing/judging/calibration';
import type { PairVerdict } from '../../../routing/judging/judgement';

let pairs = 0;
const said = (label: PairVerdict, judged: PairVerdict, person = 'ana', pair = `pair ${pairs++}`): LabelledPair => ({
  pair,
  person,
  label,
  judged,
});
const times = (count: number, label: PairVerdict, judged: PairVerdict) => Array.from({ length: count }, () => said(label, judged));

/** 40 right, 4 wrong and 6 undecided of those on which people prefer one, and 50 ties of which 45 are seen. */
const GOOD_JUDGE = [
  ...times(20, 'candidate', 'candidate'),
  ...times(20, 'baseline', 'baseline'),
  ...times(2, 'candidate', 'baseline'),
  ...times(2, 'baseline', 'candidate'),
  ...times(6, 'candidate', 'tie'),
  ...times(45, 'tie', 'tie'),
  ...times(5, 'tie', 'candidate'),
];

test('counts what people and judge say, and how far they agree beyond chance', () => {
  const calibration = calibrateJudge(GOOD_JUDGE, 'seed');
  expect(calibration).toMatchObject({
    pairs: 100,
    people: ['ana'],
    agreement: 0.85,
    matrix: [
      [20, 0, 2],
      [0, 45, 5],
      [2, 6, 20],
    ],
    sensitivity: { value: 0.8 },
    specificity: { value: 0.92 },
  });
  expect(calibration.informedness!.value).toBeCloseTo(0.72, 10);
  // 1 − Σ(i−j)²n / Σ(i−j)²e by hand: observed 27, expected 98.4.
  expect(calibration.kappa!.value).toBeCloseTo(1 - 27 / 98.4, 10);
  for (const { value, low, high } of [calibration.kappa!, calibration.ac1!, calibration.informedness!]) {
    expect(low).toBeLessThan(value);
    expect(value).toBeLessThan(high);
  }
});

test('the same seed gives the same intervals, whatever the order of the labels', () => {
  expect(calibrateJudge([...GOOD_JUDGE].reverse(), 'seed')).toEqual(calibrateJudge(GOOD_JUDGE, 'seed'));
});

test('a judge that always takes the first answer ties on everything: it agrees with nobody', () => {
  const calibration = calibrateJudge([...times(50, 'candidate', 'tie'), ...times(50, 'baseline', 'tie')], 'seed');
  expect(calibration).toMatchObject({ kappa: { value: 0 }, sensitivity: { value: 0 }, informedness: { value: 0 } });
  expect(calibration.informedness!.low).toBeLessThan(0);
});

test('one verdict only tells agreement from chance as little as no label does', () => {
  expect(calibrateJudge(times(200, 'tie', 'tie'), 'seed')).toMatchObject({ kappa: null, informedness: null });
  expect(calibrateJudge([], 'seed')).toMatchObject({ pairs: 0, people: [], kappa: null, ac1: null, informedness: null });
});

describe('labels that contradict each other', () => {
  const group = (...labels: PairVerdict[]) => labels.map((label, at) => said(label, 'candidate', `person ${at}`, 'shared'));

  test.each([
    [['candidate', 'baseline'], 'tie'],
    [['candidate', 'tie'], 'tie'],
    [['candidate', 'candidate', 'baseline'], 'candidate'],
    [['baseline', 'tie', 'candidate'], 'tie'],
    [['baseline', 'baseline', 'candidate', 'candidate'], 'tie'],
    [['candidate', 'candidate', 'candidate', 'tie'], 'candidate'],
  ] as const)('%j count as %s', (labels, together) => {
    expect(combineLabels(group(...labels))).toEqual([{ label: together, judged: 'candidate' }]);
  });

  test('are counted, and each pair counts once', () => {
    const labels = [
      ...group('candidate', 'baseline'),
      ...group('tie', 'tie').map((label) => ({ ...label, pair: 'agreed' })),
      said('tie', 'tie'),
    ];
    expect(calibrateJudge(labels, 'seed')).toMatchObject({
      pairs: 3,
      people: ['ana', 'person 0', 'person 1'],
      sharedPairs: 2,
      disputedPairs: 1,
      opposedPairs: 1,
    });
  });
});
