import * as fc from 'fast-check';
import { estimateTokens } from '../../../routing/task/tokens';

test.each([
  // Counts of the cl100k and o200k encoders lie within a token or two of these.
  ['Fix authentication bug in login endpoint', 6, 9],
  ['The quick brown fox jumps over the lazy dog.', 9, 12],
  ['def add(a, b):\n    return a + b\n', 12, 18],
  ['{"id": 12345, "name": "Ada"}', 10, 17],
  ['你好，世界', 4, 8],
  ['😀😀', 2, 8],
])('%j is between %i and %i tokens', (text, least, most) => {
  const tokens = estimateTokens(text);
  expect(tokens).toBeGreaterThanOrEqual(least);
  expect(tokens).toBeLessThanOrEqual(most);
});

test('is an integer of at least 1 and at most twice the length, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
      const tokens = estimateTokens(text);
      expect(Number.isSafeInteger(tokens)).toBe(true);
      expect(tokens).toBeGreaterThanOrEqual(1);
      expect(tokens).toBeLessThanOrEqual(Math.max(1, text.length * 2));
    }),
  );
});

test('a text after another costs as much as both, but for what happens at the seam', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), (first, second) => {
      const apart = estimateTokens(first) + estimateTokens(second);
      expect(Math.abs(estimateTokens(`${first}\n${second}`) - apart)).toBeLessThanOrEqual(3);
    }),
  );
});
