import * as fc from 'fast-check';
import { type CanaryCounts, canaryBounds, canaryDecision } from '../../../routing/statistics/canary';

const RULE = { alpha: 0.05, nStar: 500, margin: 0.05, canaryMargin: 0.1, minPerArm: 50 };
const RUNNING = { stepDone: false, lastStep: false };
const AT_END = { stepDone: true, lastStep: true };

function counts(xCand: number, nCand: number, xCtrl: number, nCtrl: number): CanaryCounts {
  return { xCand, nCand, xCtrl, nCtrl };
}

test.each([
  // mpmath, 40 digits
  [counts(128, 200, 172, 200), -0.22, 0.04205590502108398, -0.3372163979679404, -0.1027836020320596],
  [counts(850, 1000, 853, 1000), -0.003, 0.01593350176765191, -0.04870041462847226, 0.04270041462847226],
])('%j: difference %d, standard error %d, bounds %d and %d', (arms, delta, se, lower, upper) => {
  expect(canaryBounds(arms, 0.05, 500)).toEqual({
    delta: expect.closeTo(delta, 13),
    se: expect.closeTo(se, 13),
    lower: expect.closeTo(lower, 13),
    upper: expect.closeTo(upper, 13),
  });
});

test('does not claim to know a rate exactly because nothing has failed yet', () => {
  expect(canaryBounds(counts(50, 50, 50, 50), 0.05, 500).lower).toBeLessThan(-0.05);
});

test('rolls back a candidate that is worse for certain by the margin, at any step', () => {
  for (const step of [RUNNING, { stepDone: true, lastStep: false }, AT_END]) {
    expect(canaryDecision(counts(128, 200, 172, 200), RULE, step)).toBe('ROLLBACK');
  }
});

test('does not roll back for a loss that is certain but within the margin', () => {
  const arms = counts(27000, 30000, 27900, 30000);
  expect(canaryBounds(arms, 0.05, 500).upper).toBeLessThan(0);
  expect(canaryDecision(arms, RULE, RUNNING)).toBe('CONTINUE');
});

test('promotes an equal candidate at the end of the last step, not before', () => {
  const equal = counts(850, 1000, 853, 1000);
  expect(canaryDecision(equal, RULE, AT_END)).toBe('PROMOTE');
  expect(canaryDecision(equal, RULE, { stepDone: true, lastStep: false })).toBe('CONTINUE');
  expect(canaryDecision(equal, RULE, { stepDone: false, lastStep: true })).toBe('CONTINUE');
});

test('holds for a person when all steps are done and the loss is not excluded', () => {
  expect(canaryDecision(counts(43, 50, 43, 50), RULE, AT_END)).toBe('HOLD');
});

test('decides nothing before both arms have their first tasks, however bad it looks', () => {
  expect(canaryDecision(counts(0, 49, 900, 900), RULE, AT_END)).toBe('CONTINUE');
  expect(canaryDecision(counts(0, 900, 49, 49), RULE, AT_END)).toBe('CONTINUE');
  expect(canaryDecision(counts(0, 0, 0, 0), { ...RULE, minPerArm: 0 }, AT_END)).toBe('CONTINUE');
});

const arm = fc.integer({ min: 50, max: 2000 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));

test('swapping the arms mirrors the bounds', () => {
  fc.assert(
    fc.property(arm, arm, ([x1, n1], [x2, n2]) => {
      const bounds = canaryBounds(counts(x1, n1, x2, n2), 0.05, 500);
      const swapped = canaryBounds(counts(x2, n2, x1, n1), 0.05, 500);
      expect([swapped.lower, swapped.upper]).toEqual([expect.closeTo(-bounds.upper, 12), expect.closeTo(-bounds.lower, 12)]);
    }),
  );
});

test('never promotes a candidate that looks worse than the control by the canary margin, nor rolls back a better one', () => {
  fc.assert(
    fc.property(arm, arm, ([x1, n1], [x2, n2]) => {
      const decision = canaryDecision(counts(x1, n1, x2, n2), RULE, AT_END);
      if (x1 / n1 - x2 / n2 <= -RULE.canaryMargin) expect(decision).not.toBe('PROMOTE');
      if (x1 / n1 >= x2 / n2) expect(decision).not.toBe('ROLLBACK');
    }),
  );
});

test.each([
  () => canaryBounds(counts(0, 0, 1, 2), 0.05, 500),
  () => canaryBounds(counts(3, 2, 1, 2), 0.05, 500),
  () => canaryDecision(counts(1, 2, 1, 2), { ...RULE, margin: 0 }, AT_END),
  () => canaryDecision(counts(1, 2, 1, 2), { ...RULE, minPerArm: -1 }, AT_END),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
