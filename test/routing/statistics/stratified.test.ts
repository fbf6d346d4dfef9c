import * as fc from 'fast-check';
import { stratifiedPairedBinary, stratifiedPairedBinaryP } from '../../../routing/statistics/stratified';
import { tangoCi, tangoNonInferiority } from '../../../routing/statistics/tango';

const STRATA = [
  { N: 6000, n: 120, b: 5, c: 8 },
  { N: 3000, n: 100, b: 6, c: 9 },
  { N: 1000, n: 130, b: 4, c: 15 },
];

// Reference: the definition in Python, limits by scipy's brentq.
test('three strata are weighted back to their share of the frame', () => {
  expect(stratifiedPairedBinary(STRATA, 0.95)).toEqual({
    delta: expect.closeTo(-0.03246153846153846, 13),
    se: expect.closeTo(0.021633466031271364, 13),
    moverLo: expect.closeTo(-0.07997702051714281, 11),
    moverHi: expect.closeTo(0.012770158217334002, 11),
    unweightedDelta: expect.closeTo(-0.04857142857142857, 13),
  });
  expect(stratifiedPairedBinaryP(STRATA, 0.05)).toBeCloseTo(0.21589103752566247, 10);
  expect(stratifiedPairedBinaryP(STRATA, 0.08)).toBeCloseTo(0.024952167823700872, 10);
});

const stratum = fc
  .tuple(fc.nat(30), fc.nat(30), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 5000 }))
  .map(([b, c, concordant, unseen]) => ({ N: b + c + concordant + unseen, n: b + c + concordant, b, c }));
const strata = fc.array(stratum, { minLength: 1, maxLength: 4 });
const margin = fc.double({ min: 0.01, max: 0.3, noNaN: true });

test("of one stratum the interval and the p are those of Tango's test", () =>
  fc.assert(
    fc.property(stratum, margin, (one, loss) => {
      const { moverLo, moverHi } = stratifiedPairedBinary([one], 0.95);
      const [low, high] = tangoCi(one, 0.95);
      expect([moverLo, moverHi]).toEqual([expect.closeTo(low, 12), expect.closeTo(high, 12)]);
      expect(stratifiedPairedBinaryP([one], loss)).toBeCloseTo(tangoNonInferiority(one, loss).p, 9);
    }),
  ));

test('p is at most 0.025 exactly when the lower 95 % limit is not below −margin', () =>
  fc.assert(
    fc.property(strata, margin, (some, loss) => {
      const { moverLo } = stratifiedPairedBinary(some, 0.95);
      fc.pre(Math.abs(moverLo + loss) > 1e-9);
      expect(stratifiedPairedBinaryP(some, loss) < 0.025).toBe(moverLo > -loss);
    }),
  ));

test('the interval contains the estimate, and a larger margin is easier to prove', () =>
  fc.assert(
    fc.property(strata, margin, (some, loss) => {
      const { delta, moverLo, moverHi } = stratifiedPairedBinary(some, 0.95);
      expect(moverLo).toBeLessThanOrEqual(delta);
      expect(moverHi).toBeGreaterThanOrEqual(delta);
      expect(stratifiedPairedBinaryP(some, loss + 0.05)).toBeLessThanOrEqual(stratifiedPairedBinaryP(some, loss));
    }),
  ));

test('refuses no strata, and a sample larger than its stratum', () => {
  expect(() => stratifiedPairedBinary([], 0.95)).toThrow('no stratum');
  expect(() => stratifiedPairedBinaryP([{ N: 10, n: 11, b: 0, c: 0 }], 0.05)).toThrow('more than the 10 tasks');
});
