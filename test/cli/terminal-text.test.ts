/** Text on its way to a terminal. */

import fc from 'fast-check';
import { beginningOf, formatMs, onOneLine, withoutEscapes } from '../../client/cli/terminal/text';

test.each([
  ['colour', '\u001b[31mred\u001b[0m', 'red'],
  ['a moved cursor', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
  ['a title that ends with a bell', '\u001b]0;owned\u0007text', 'text'],
  ['a title that ends with a string terminator', '\u001b]0;owned\u001b\\text', 'text'],
  ['a link', '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007', 'click'],
  ['one-character C1 forms', '\u009b31mred\u009d0;owned\u009ctext', 'redtext'],
  ['a full reset', 'a\u001bcb', 'ab'],
  ['a character set', 'a\u001b(0b', 'ab'],
  ['backspaces that overwrite', 'rm -rf /\b\b\bls', 'rm -rf /ls'],
  ['a carriage return that overwrites', 'safe\revil', 'safe\nevil'],
  ['a sequence that is cut off', 'a\u001b[31', 'a'],
  ['an escape at the end', 'a\u001b', 'a'],
])('%s does not reach the terminal', (_what, text, shown) => {
  expect(withoutEscapes(text)).toBe(shown);
});

test('no string leaves a control character but line feed and tab', () =>
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.oneof(
          fc.constantFrom('\u001b', '[', ']', ';', '\u009b', '\u0007', '\u009c', 'm', '\r'),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
      }),
      (text) => {
        const shown = withoutEscapes(text);
        expect(shown).not.toMatch(/[\p{Cc}--[\n\t]]/v);
        expect(withoutEscapes(shown)).toBe(shown);
        expect(onOneLine(text)).not.toContain('\n');
      },
    ),
  ));

test('text without control characters stays as it is', () =>
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (text) => fc.pre(!/\p{Cc}/u.test(text)) === undefined && expect(withoutEscapes(text)).toBe(text),
    ),
  ));

test('a megabyte of unfinished sequences takes no longer than a megabyte of text', () => {
  const startedAt = performance.now();
  for (const unit of ['\u001b[0', '\u001b]', '\u001b', '\u009d;', '\u001b[[']) withoutEscapes(unit.repeat(1_000_000 / unit.length));
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('a cut text says how much is missing, and never ends within a character', () => {
  expect(beginningOf('short', 10)).toBe('short');
  expect(beginningOf('abc\u{1f600}def', 4)).toBe('abc\n… and 5 more characters (--json shows everything)');
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [99_000, '99.0 s'],
  [250_000, '4 min 10 s'],
])('%d ms are shown as %s', (ms, shown) => {
  expect(formatMs(ms)).toBe(shown);
});
