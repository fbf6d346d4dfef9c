/** Distributions in little room. */

import fc from 'fast-check';
import { addAmounts, addBytes, emptySketch, fromBytes, quantileOf, SKETCH_MATH, type Sketch, toBytes } from '../../../db/rollups/sketch';

const AMOUNTS = fc.array(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { minLength: 1, maxLength: 60 });

function sketchOf(amounts: readonly number[]): Sketch {
  const sketch = emptySketch();
  addAmounts(sketch, amounts);
  return sketch;
}

test('every quantile is right within 1 % of its value, and 0 is 0', () => {
  fc.assert(
    fc.property(AMOUNTS, fc.double({ min: 0, max: 1, noNaN: true }), (amounts, share) => {
      const exact = [...amounts].sort((a, b) => a - b)[Math.floor(share * (amounts.length - 1))]!;
      expect(Math.abs(quantileOf(sketchOf(amounts), share) - exact)).toBeLessThanOrEqual(exact * 0.010_000_1);
    }),
  );
});

test('the same amounts have the same bytes, in whatever order they came and however they were merged and stored in between', () => {
  fc.assert(
    fc.property(AMOUNTS, AMOUNTS, AMOUNTS, (a, b, c) => {
      const together = toBytes(sketchOf([...a, ...b, ...c]));
      const merged = fromBytes(toBytes(sketchOf(c)));
      addBytes(merged, toBytes(SKETCH_MATH.merge([sketchOf([...b].reverse()), sketchOf(a)])));
      expect(Buffer.from(toBytes(merged)).toString('hex')).toBe(Buffer.from(together).toString('hex'));
      expect(fromBytes(together).count).toBe(a.length + b.length + c.length);
    }),
  );
});

test('an empty one stays empty and has no quantile', () => {
  const empty = fromBytes(toBytes(SKETCH_MATH.merge([emptySketch(), emptySketch()])));
  expect(empty.count).toBe(0);
  expect(quantileOf(empty, 0.5)).toBeNaN();
});

test('values below 1 have their place too', () => {
  expect(quantileOf(fromBytes(toBytes(sketchOf([0.001, 0.5, 1, 3]))), 0)).toBeCloseTo(0.001, 4);
});

test.each([[[]], [[9, 0, 0]], [[1]], [[1, 0]], [[1, 0, 4, 200]]])('bytes that are no sketch are refused: %j', (bytes) => {
  expect(() => fromBytes(Uint8Array.from(bytes))).toThrow('bytes of a sketch');
});
