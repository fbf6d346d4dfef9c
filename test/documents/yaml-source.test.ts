import fc from 'fast-check';
import { MAX_YAML_BYTES, readYaml } from '../../db/documents/yaml-source';

const messages = (text: string) =>
  readYaml(text, 'file.yaml').problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);

test('reads plain values, anchors and aliases', () => {
  const { value, problems } = readYaml('a: &x { n: 1, t: yes }\nb: *x\nc: [1.5, null, true, "2"]\n', 'file.yaml');
  expect(problems).toEqual([]);
  expect(value).toEqual({ a: { n: 1, t: 'yes' }, b: { n: 1, t: 'yes' }, c: [1.5, null, true, '2'] });
});

test('takes an empty file, and one of comments alone, for an empty object', () => {
  expect(readYaml('', 'file.yaml').value).toEqual({});
  expect(readYaml('# nothing yet\n', 'file.yaml').value).toEqual({});
});

test('names every duplicate key where it stands the second time', () => {
  expect(messages('a: 1\nb:\n  c: 1\n  c: 2\na: 2\n')).toEqual([
    expect.stringMatching(/^4:3 b\.c "c" is here twice/),
    expect.stringMatching(/^5:1 a "a" is here twice/),
  ]);
});

test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s at any depth', (key) => {
  expect(messages(`a:\n  - ${key}:\n      polluted: 1\n`)).toEqual([expect.stringContaining(`2:5 a[0].${key} "${key}" cannot be a key`)]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('refuses more than a mebibyte without reading it', () => {
  const started = performance.now();
  expect(messages(`a: ${'x'.repeat(MAX_YAML_BYTES)}`)).toEqual([expect.stringContaining('1:1  The file has')]);
  expect(performance.now() - started).toBeLessThan(100);
});

test('refuses aliases that multiply', () => {
  const levels = Array.from(
    { length: 20 },
    (_, i) =>
      `a${i}: &a${i} [${
        i === 0
          ? 'x'
          : Array(9)
              .fill(`*a${i - 1}`)
              .join(', ')
      }]`,
  );
  expect(messages(levels.join('\n'))).toEqual([expect.stringContaining('aliases written out')]);
});

test('refuses an alias inside its own anchor, and one without an anchor', () => {
  expect(messages('a: &a [*a]')).toEqual([expect.stringContaining('Nested deeper')]);
  expect(messages('a: *nowhere').join()).toMatch(/not valid YAML|no anchor/);
});

test.each([
  ['nested flow lists', '['.repeat(200_000)],
  ['nested flow maps', '{a: '.repeat(100_000)],
  ['nested block lists', `${'- '.repeat(200_000)}x`],
  ['lists 40 deep', `${'['.repeat(40)}${']'.repeat(40)}`],
  ['100,000 keys, half of them repeated', Array.from({ length: 100_000 }, (_, i) => `k${i % 50_000}: 1`).join('\n')],
])('refuses %s within seconds', (_, text) => {
  const started = performance.now();
  expect(readYaml(text, 'file.yaml').problems.length).toBeGreaterThan(0);
  expect(performance.now() - started).toBeLessThan(5000);
});

test.each([
  ['a tag of another language', 'a: !!js/function "return 1"'],
  ['two documents', 'a: 1\n---\nb: 2\n'],
  ['a tab as indentation', 'a:\n\tb: 1'],
  ['an open quote', 'a: "b\nc: d'],
  ['a list as a key', '? [a, b]\n: c'],
  ['a NUL character', 'a: "b\\0c"'],
  ['half of a surrogate pair', 'a: "\\uD800"'],
])('refuses %s and says where', (_, text) => {
  const [problem] = readYaml(text, 'file.yaml').problems;
  expect(problem?.line).toBeGreaterThanOrEqual(1);
  expect(problem?.message).not.toBe('');
});

test('never throws and always tells what it did not read, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.stringMatching(/^[-?:,[\]{}#&*!|>'"%@` \nab]*$/)), (text) => {
      const source = readYaml(text, 'file.yaml');
      expect(source.value !== undefined || source.problems.length > 0).toBe(true);
      expect(source.at(['a', 0, 'b'], 'somewhere').line).toBeGreaterThanOrEqual(1);
    }),
  );
});
