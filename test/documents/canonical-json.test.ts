import fc from 'fast-check';
import { canonicalJson, sha256Hex } from '../../db/documents/canonical-json';

test('sorts keys at every level and leaves out what is undefined', () => {
  expect(canonicalJson({ b: 1, a: { d: [{ z: 1, y: null }], c: undefined } })).toBe('{"a":{"d":[{"y":null,"z":1}]},"b":1}');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, [undefined]])('refuses what JSON cannot hold (%p)', (value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});

test('gives back the same value, and the same text however its keys were ordered', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(text);
    }),
  );
});

test('hashes as published (FIPS 180-2, "abc")', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
