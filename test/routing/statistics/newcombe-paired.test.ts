import * as fc from 'fast-check';
import { newcombePaired } from '../../../routing/statistics/newcombe-paired';

// The R package contingencytables prints −0.1186 to −0.0046 for the second table; all further digits are from the formula in Python.
test.each([
  { cells: { a: 1, b: 1, c: 7, d: 12 }, low: -0.506920226686141, high: -0.02555912416485978 },
  { cells: { a: 59, b: 6, c: 16, d: 80 }, low: -0.11862119563870992, high: -0.004625113933050061 },
  { cells: { a: 2, b: 30, c: 10, d: 8 }, low: 0.15958621806079962, high: 0.5903622533107917 },
])('the interval of $cells', ({ cells, low, high }) => {
  expect(newcombePaired(cells, 0.95)).toEqual([expect.closeTo(low, 13), expect.closeTo(high, 13)]);
});

const count = fc.nat(100);
const cells = fc.record({ a: count, b: count, c: count, d: count }).filter(({ a, b, c, d }) => a + b + c + d > 0);

test('the interval contains the estimate, and exchanging the models mirrors it', () =>
  fc.assert(
    fc.property(cells, ({ a, b, c, d }) => {
      const [low, high] = newcombePaired({ a, b, c, d }, 0.95);
      const estimate = (b - c) / (a + b + c + d);
      expect(low).toBeLessThanOrEqual(estimate);
      expect(high).toBeGreaterThanOrEqual(estimate);
      expect(newcombePaired({ a, b: c, c: b, d }, 0.95)).toEqual([expect.closeTo(-high, 12), expect.closeTo(-low, 12)]);
    }),
  ));

test('refuses cells that are not counts, or hold nothing', () => {
  expect(() => newcombePaired({ a: -1, b: 1, c: 1, d: 1 }, 0.95)).toThrow('a is -1');
  expect(() => newcombePaired({ a: 0, b: 0, c: 0, d: 0 }, 0.95)).toThrow(RangeError);
});
