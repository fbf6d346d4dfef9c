/** What stands behind an option. */

import fc from 'fast-check';
import { duration, integerBetween, list, numberBetween } from '../../client/cli/input/option-values';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['30', 30_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
])('%s is %d ms where a bare number is seconds', (words, ms) => {
  expect(duration('s')(words)).toBe(ms);
});

test.each([['-1s'], ['0'], ['1d'], ['1e3'], [''], ['8000h'], ['NaN'], ['1 s s']])('"%s" is no time', (words) => {
  expect(() => duration('s')(words)).toThrow(/Give a time/);
});

test.each([['NaN'], ['Infinity'], ['-0.1'], ['1.1'], [''], [' '], ['0,5'], ['half']])('"%s" is no number from 0 to 1', (words) => {
  expect(() => numberBetween(0, 1)(words)).toThrow('Give a number from 0 to 1.');
});

test.each([['1.5'], ['1e2'], ['0x10'], ['101'], ['-1']])('"%s" is no whole number from 0 to 100', (words) => {
  expect(() => integerBetween(0, 100)(words)).toThrow('Give a whole number from 0 to 100.');
});

test('every number in the range is read as it was written', () =>
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9_000_000, noNaN: true }), (value) => numberBetween(0, 9_000_000)(String(value)) === value),
  ));

test('names add up over repeated options, and unknown ones are told', () => {
  const read = list(['tools', 'vision']);
  expect(read('vision', read('tools'))).toEqual(['tools', 'vision']);
  expect(() => read('tools,flying')).toThrow('Known are: tools, vision.');
  expect(() => list()('a,,b')).toThrow(/commas/);
});
