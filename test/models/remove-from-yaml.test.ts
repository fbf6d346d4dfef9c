/** A value is taken out with its key, and nothing else of the file moves. */

import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { removeFromYaml } from '../../client/models/remove-from-yaml';

test.each([
  ['the first key of a map on one line', 'm: { a: 1, b: 2 } # x', ['m', 'a'], 'm: { b: 2 } # x'],
  ['the last key of a map on one line', 'm: { a: 1, b: 2 } # x', ['m', 'b'], 'm: { a: 1 } # x'],
  ['the only key of a map on one line', 'm: {a: 1}', ['m', 'a'], 'm: {}'],
  ['a line of a block with its comment', 'm:\n  a: 1 # old\n  # of b\n  b: 2\n', ['m', 'a'], 'm:\n  # of b\n  b: 2\n'],
  ['the last line of a block', 'm:\n  a: 1\n  b: 2\n# end\n', ['m', 'b'], 'm:\n  a: 1\n# end\n'],
  ['a block below a key', 'a: 1\nm:\n  x:\n    - 1\n    - 2\nb: 2\n', ['m'], 'a: 1\nb: 2\n'],
  ['the end of a file without a last line end', 'a: 1\nb: 2', ['b'], 'a: 1'],
  ['a line of a file of Windows', 'a: 1\r\nb: 2\r\nc: 3\r\n', ['b'], 'a: 1\r\nc: 3\r\n'],
  ['an item on one line', 'l:\n  - { a: 1 } # one\n  - { a: 2 }\n', ['l', 0], 'l:\n  - { a: 2 }\n'],
  ['an item over several lines', 'l:\n  - a: 1\n    b: 2\n  - a: 2\n', ['l', 0], 'l:\n  - a: 2\n'],
  ['an item of a list on one line', 'l: [{ a: 1 }, { a: 2 }]', ['l', 1], 'l: [{ a: 1 }]'],
  ['the first key behind a dash', 'l:\n  - a: 1 # one\n    b: 2\n', ['l', 0, 'a'], 'l:\n  - b: 2\n'],
])('takes out %s', (_, text, path, expected) => {
  expect(removeFromYaml(text, path)).toBe(expected);
});

test.each([
  ['what others refer to', 'a: &x { y: 1 }\nb: *x\n', ['a']],
  ['a key behind a dash with a comment after it', 'l:\n  - a: 1\n    # of b\n    b: 2\n', ['l', 0, 'a']],
  ['the only line below a key', 'm:\n  a: 1\nb: 2\n', ['m', 'a']],
])('leaves a file alone whose layout does not allow it: %s', (_, text, path) => {
  expect(() => removeFromYaml(text, path)).toThrow(expect.objectContaining({ code: 'bad_config' }));
});

test('property: what is left reads as the file without the key, or nothing is done', () => {
  const maps = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,4}$/),
    fc.oneof(fc.integer(), fc.string({ maxLength: 12 }), fc.array(fc.integer(), { maxLength: 3 })),
    {
      ...{ minKeys: 2, maxKeys: 5, noNullPrototype: true },
    },
  );
  fc.assert(
    fc.property(maps, fc.nat(), fc.constantFrom('block', 'flow'), (map, at, style) => {
      const key = Object.keys(map)[at % Object.keys(map).length]!;
      const text = stringify(map, { collectionStyle: style as 'block' | 'flow', lineWidth: 0 });
      const { [key]: _, ...rest } = map;
      expect(parse(removeFromYaml(text, [key]))).toEqual(rest);
    }),
  );
});
