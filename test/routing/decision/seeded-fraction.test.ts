import * as fc from 'fast-check';
import { seededFraction } from '../../../routing/decision/seeded-fraction';

test('is a fraction, the same each time, for any seed', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (seed, index) => {
      const fraction = seededFraction(seed, index);
      expect(fraction).toBeGreaterThanOrEqual(0);
      expect(fraction).toBeLessThan(1);
      expect(seededFraction(seed, index)).toBe(fraction);
    }),
  );
});

test.each([
  ['over seeds that differ in one character', (nth: number) => seededFraction(`task-${nth}`, 0)],
  ['over the fractions of one seed', (nth: number) => seededFraction('task', nth)],
])('is spread evenly %s', (_, fraction) => {
  const tenths = new Array<number>(10).fill(0);
  for (let nth = 0; nth < 10_000; nth += 1) tenths[Math.floor(fraction(nth) * 10)]! += 1;
  for (const count of tenths) {
    expect(count).toBeGreaterThan(850);
    expect(count).toBeLessThan(1_150);
  }
});
