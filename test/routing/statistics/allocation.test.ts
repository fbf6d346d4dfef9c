import * as fc from 'fast-check';
import { allocate, neymanShares } from '../../../routing/statistics/allocation';

const STRATA = [
  { name: 'easy', N: 6000, S: 0.2 },
  { name: 'medium', N: 3000, S: 0.3 },
  { name: 'hard', N: 1000, S: 0.5 },
];

test('shares are in proportion to size times spread', () => {
  const shares = neymanShares(STRATA, 260);
  expect(shares).toEqual([expect.closeTo(120, 10), expect.closeTo(90, 10), expect.closeTo(50, 10)]);
});

test('the floor comes first and the rest is shared by size times spread', () => {
  expect(allocate(STRATA, 320, 20, 'neyman')).toEqual([140, 110, 70]);
});

test('proportional shares the rest by size alone', () => {
  expect(allocate(STRATA, 160, 20, 'proportional')).toEqual([80, 50, 30]);
});

test('the largest remainders are rounded up, the earlier stratum first among equals', () => {
  const equal = ['a', 'b', 'c'].map((name) => ({ name, N: 100, S: 1 }));
  expect(allocate(equal, 11, 0, 'neyman')).toEqual([4, 4, 3]);
});

test('what a stratum cannot give goes to the others', () => {
  const strata = [
    { name: 'small', N: 10, S: 100 },
    { name: 'first', N: 1000, S: 1 },
    { name: 'second', N: 1000, S: 1 },
  ];
  expect(allocate(strata, 110, 5, 'neyman')).toEqual([10, 50, 50]);
});

test('strata that do not vary share by size', () => {
  const quiet = STRATA.map((stratum) => ({ ...stratum, S: 0 }));
  expect(neymanShares(quiet, 100)).toEqual([60, 30, 10]);
  expect(allocate(quiet, 100, 0, 'neyman')).toEqual([60, 30, 10]);
});

const strata = fc
  .array(fc.record({ name: fc.string(), N: fc.nat(500), S: fc.double({ min: 0, max: 3, noNaN: true }) }), { minLength: 1, maxLength: 12 })
  .filter((some) => some.some(({ N }) => N > 0));

test('all n tasks are drawn or the whole frame, every stratum has its floor, and none gives more than it has', () =>
  fc.assert(
    fc.property(strata, fc.nat(40), fc.nat(1000), fc.constantFrom('neyman', 'proportional'), (some, floor, more, method) => {
      const floors = some.map(({ N }) => Math.min(floor, N));
      const n = floors.reduce((sum, size) => sum + size, more);
      const drawn = allocate(some, n, floor, method);
      const frame = some.reduce((sum, { N }) => sum + N, 0);
      expect(drawn.reduce((sum, size) => sum + size, 0)).toBe(Math.min(n, frame));
      for (const [at, size] of drawn.entries()) {
        expect(size).toBeGreaterThanOrEqual(floors[at]!);
        expect(size).toBeLessThanOrEqual(some[at]!.N);
      }
    }),
  ));

test('refuses a sample that cannot pay for the floors, and an empty frame', () => {
  expect(() => allocate(STRATA, 59, 20, 'neyman')).toThrow('the floors alone need 60');
  expect(() => allocate([], 10, 0, 'neyman')).toThrow('no task to draw from');
  expect(() => neymanShares([{ name: 'x', N: 10, S: -1 }], 5)).toThrow('S of stratum "x" is -1');
});
