import * as fc from 'fast-check';
import { nextPass } from '../../../../routing/review/prove/next-pass';
import { normalUpperTail } from '../../../../routing/statistics/normal';

const LIMITS = { maxPasses: 2, alpha: 0.025, hasSecondCandidate: true };
const undecided = (z: number) => ({ pass: 1, verdict: 'INCONCLUSIVE', p: normalUpperTail(z), excluded: {} }) as const;

// z* = 2.2414, the quantile of one of two looks: (z √2 − z*) √2 = ±1.2816 at z = 2.2257 and z = 0.9442.
test('extends while the chance to end well lies between 0.1 and 0.9', () => {
  expect([0.93, 0.96, 2.21, 2.23].map((z) => nextPass(undecided(z), LIMITS))).toEqual(['adjust', 'extend', 'extend', 'conclude']);
});

test('a candidate that failed, or has no chance, gives way to the second, where there is one', () => {
  expect(nextPass({ ...undecided(0), verdict: 'FAIL' }, LIMITS)).toBe('adjust');
  expect(nextPass(undecided(-1), LIMITS)).toBe('adjust');
  expect(nextPass(undecided(-1), { ...LIMITS, hasSecondCandidate: false })).toBe('conclude');
});

test('what passed, or cannot be trusted, has no second pass', () => {
  expect(nextPass({ ...undecided(3), verdict: 'PASS' }, LIMITS)).toBe('conclude');
  expect(nextPass({ ...undecided(1.5), verdict: 'INVALID' }, LIMITS)).toBe('conclude');
});

test('a pass whose money or time ended has no second one', () => {
  expect(nextPass({ ...undecided(1.5), excluded: { 'spend-cap': 3 } }, LIMITS)).toBe('conclude');
  expect(nextPass({ ...undecided(1.5), excluded: { 'not-replayed': 1, grader: 2 } }, LIMITS)).toBe('conclude');
  expect(nextPass({ ...undecided(1.5), excluded: { grader: 2 } }, LIMITS)).toBe('extend');
});

test('never a third pass, and none that the settings do not allow, whatever the evidence', () =>
  fc.assert(
    fc.property(
      fc.constantFrom('PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID'),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (verdict, p, hasSecondCandidate) => {
        const comparison = { verdict, p, excluded: {} };
        expect(nextPass({ ...comparison, pass: 2 }, { ...LIMITS, hasSecondCandidate })).toBe('conclude');
        expect(nextPass({ ...comparison, pass: 1 }, { ...LIMITS, maxPasses: 1, hasSecondCandidate })).toBe('conclude');
      },
    ),
  ));
