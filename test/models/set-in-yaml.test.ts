/** A value is set, and nothing else of the file moves. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { setInYaml, type YamlInput } from '../../client/models/set-in-yaml';
import { packageRoot } from '../../db/documents/package-root';

const NEW_MODEL: YamlInput = { cost_tier: 'budget', strengths: ['factual', 'simple-task'], prices: { input: 0.1, output: 0.5 } };

test('a new key stands behind the last one, before the comments that follow, and everything else is as it was', () => {
  const text = `# top
providers:
  anthropic: # key: ANTHROPIC_API_KEY
    models:
      haiku:   { cost_tier: budget }   # the small one
      # more to come

# the end
pools: {}
`;
  expect(setInYaml(text, ['providers', 'anthropic', 'models', 'sonnet'], NEW_MODEL)).toBe(`# top
providers:
  anthropic: # key: ANTHROPIC_API_KEY
    models:
      haiku:   { cost_tier: budget }   # the small one
      sonnet:
        cost_tier: budget
        strengths: [factual, simple-task]
        prices: { input: 0.1, output: 0.5 }
      # more to come

# the end
pools: {}
`);
});

test('what is on the way to a new value is made', () => {
  expect(setInYaml('providers:\n  a:\n    models: {}\n', ['providers', 'b', 'models', 'x'], { quality: 0.5 })).toBe(
    'providers:\n  a:\n    models: {}\n  b:\n    models:\n      x:\n        quality: 0.5\n',
  );
});

test.each([
  ['a number', 'm: { prices: { input: 1, output: 2 } } # old', ['m', 'prices', 'input'], 3, 'm: { prices: { input: 3, output: 2 } } # old'],
  [
    'a word in a block',
    'm:\n  status: active # for now\n  x: 1',
    ['m', 'status'],
    'deprecated',
    'm:\n  status: deprecated # for now\n  x: 1',
  ],
  ['a list over several lines', 'm:\n  a:\n    - x # one\n    - y\n  b: 1\n', ['m', 'a'], ['z'], 'm:\n  a:\n    [z]\n  b: 1\n'],
  ['a key of a map on one line', 'm: { a: 1 }', ['m', 'b'], [1, 'x, y'], 'm: { a: 1, b: [1, "x, y"] }'],
  ['a key of an empty map', 'm: {}', ['m', 'b'], 1, 'm: { b: 1 }'],
  ['a key without a value', 'm:\n  a:\n  b: 1\n', ['m', 'a'], 2, 'm:\n  a: 2\n  b: 1\n'],
  [
    'a key after a text of several lines',
    'm:\n  t: |\n    one\n    two\nn: 1\n',
    ['m', 'b'],
    2,
    'm:\n  t: |\n    one\n    two\n  b: 2\nn: 1\n',
  ],
  ['a key in a file without a last line end', 'm:\n  a: 1', ['m', 'b'], 2, 'm:\n  a: 1\n  b: 2'],
  ['a key in a file of Windows', 'm:\r\n  a: 1\r\n# end\r\n', ['m', 'b'], 2, 'm:\r\n  a: 1\r\n  b: 2\r\n# end\r\n'],
  ['a text that looks like something else', 'm: { a: 1 }', ['m', 'b'], 'true', 'm: { a: 1, b: "true" }'],
  ['a key that looks like a number', 'm:\n  a: 1\n', ['m', '5'], 2, 'm:\n  a: 1\n  "5": 2\n'],
])('sets %s', (_, text, path, value, expected) => {
  expect(setInYaml(text, path, value as YamlInput)).toBe(expected);
});

test.each([
  ['a value that stands elsewhere too', 'a: &same { x: 1 }\nm: *same\n', ['m', 'x']],
  ['a value that another place repeats', 'm: &same 1\na: *same\n', ['m']],
  ['a place inside a text', 'm: text\n', ['m', 'x']],
])('refuses %s, and says so', (_, text, path) => {
  expect(() => setInYaml(text, path, 2)).toThrow(
    expect.objectContaining({ code: 'bad_config', message: expect.stringContaining('by hand') }),
  );
});

test('every line of the starting catalogue survives every change', () => {
  const text = readFileSync(join(packageRoot(), 'data', 'starting-catalogue', 'signalbox.yaml'), 'utf8');
  const providers = Object.entries((parse(text) as { providers: Record<string, { models: object }> }).providers);
  for (const [provider, { models }] of providers) {
    const added = setInYaml(text, ['providers', provider, 'models', 'another'], NEW_MODEL);
    expect(added.split('\n').filter((line) => !text.includes(line))).toEqual([
      '      another:',
      '        strengths: [factual, simple-task]',
      '        prices: { input: 0.1, output: 0.5 }',
    ]);
    for (const model of Object.keys(models)) {
      const changed = setInYaml(text, ['providers', provider, 'models', model, 'quality'], 0.25).split('\n');
      expect(changed).toHaveLength(text.split('\n').length + 1);
      expect(changed.filter((line) => line !== '        quality: 0.25').join('\n')).toBe(text);
    }
  }
});

/** Names and texts with everything that means something in YAML. */
const word = fc.string({ unit: fc.constantFrom(...'ab1 :#,[]{}&*!|>\'"%@`-?~.'), minLength: 1, maxLength: 6 });

test('whatever is written reads as it was meant, in whatever manner the file is written', () => {
  const value = fc.oneof(word, fc.boolean(), fc.integer(), fc.array(word, { maxLength: 3 }));
  const map = fc.dictionary(word, value, { maxKeys: 3, noNullPrototype: true });
  const maps = fc.dictionary(word, map, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
  const manner = fc.constantFrom(
    JSON.stringify,
    (before: object) => stringify(before),
    (before: object) => stringify(before, { indent: 4, lineWidth: 0 }),
  );
  fc.assert(
    fc.property(maps, word, word, fc.oneof(value, map), manner, (rest, key, inner, set, write) => {
      const before: Record<string, Record<string, unknown>> = { first: { a: 1 }, ...rest };
      const after = parse(setInYaml(`# top\n${write(before)}\n# end\n`, [key, inner], set), { stringKeys: true });
      expect(after).toEqual({ ...before, [key]: { ...before[key], [inner]: set } });
    }),
    { numRuns: 500 },
  );
});

describe('lists', () => {
  test.each([
    ['of lines', '- a: 1 # one\n- a: 2\n# end\n', '- a: 1 # one\n- a: 2\n- { a: 3 }\n# end\n'],
    ['of maps over lines', '  - a: 1\n    b: 2 # two\n\nx: 1\n', '  - a: 1\n    b: 2 # two\n  - { a: 3 }\n\nx: 1\n'],
    ['on one line', ' [{ a: 1 }] # all\n', ' [{ a: 1 }, { a: 3 }] # all\n'],
    ['without an item', ' []\n', ' [{ a: 3 }]\n'],
  ])('an item is added to a list %s', (_, list, expected) => {
    const head = list.startsWith(' [') ? 'list:' : 'list:\n';
    const count = (parse(head + list) as { list: unknown[] }).list.length;
    expect(setInYaml(head + list, ['list', count], { a: 3 })).toBe(head + expected);
  });

  test('one value of one item is changed, and another is added to it', () => {
    const text = 'list:\n  - a: 1 # one\n  - { a: 2, b: 3 }\n';
    expect(setInYaml(text, ['list', 1, 'b'], 4)).toBe('list:\n  - a: 1 # one\n  - { a: 2, b: 4 }\n');
    expect(setInYaml(text, ['list', 0, 'c'], true)).toBe('list:\n  - a: 1 # one\n    c: true\n  - { a: 2, b: 3 }\n');
  });

  test('a place that does not follow the last one, or is no place in a list, is refused', () => {
    expect(() => setInYaml('list: [1]\n', ['list', 2], 1)).toThrow(/cannot be written/);
    expect(() => setInYaml('list: [1]\n', ['list', 1, 'a'], 1)).toThrow(/cannot be written/);
    expect(() => setInYaml('list: { a: 1 }\n', ['list', 0], 1)).toThrow(/cannot be written/);
  });
});
