import * as fc from 'fast-check';
import { sideBySide, widthOf, wrapped } from '../../client/cli/terminal/columns';

test('wraps at words, and breaks only what is longer than a line', () => {
  expect(wrapped('a signal box sets routes', 10)).toEqual(['a signal', 'box sets', 'routes']);
  expect(wrapped('interlockings', 5)).toEqual(['inter', 'locki', 'ngs']);
  expect(wrapped('if (x) {\n    return 1;\n}', 20)).toEqual(['if (x) {', '    return 1;', '}']);
  expect(wrapped('', 5)).toEqual(['']);
});

test('counts characters of two columns as two, and marks above others as none', () => {
  expect(widthOf('日本語')).toBe(6);
  expect(widthOf('e\u0301')).toBe(1);
  expect(wrapped('日本語のテキスト', 6)).toEqual(['日本語', 'のテキ', 'スト']);
});

test('stands two texts beside each other, however long each is', () => {
  expect(sideBySide('one two', 'three', 13)).toEqual(['one   │ three', 'two   │']);
  expect(sideBySide('日本', 'x', 13)).toEqual(['日本  │ x']);
});

test('loses nothing but white space, and no line is too long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 2, max: 40 }), (text, columns) => {
      const lines = wrapped(text, columns);
      expect(lines.join('').replaceAll(/\s/gu, '')).toBe(text.replaceAll(/\s/gu, ''));
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }),
  );
});
