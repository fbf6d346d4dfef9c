import fc from 'fast-check';
import { parseUsd } from '../../../routing/money/amount';

test.each([
  ['5', 5e9],
  ['5.50', 5.5e9],
  ['$5', 5e9],
  ['US$ 5', 5e9],
  ['5 USD', 5e9],
  ['usd 0.000000001', 1],
  ['0', 0],
  [' 1000000 ', 1e15],
])('"%s" is %d nano-USD', (words, nano) => {
  expect(parseUsd(words)).toBe(nano);
});

test.each([
  ['EUR 5', 'not in US dollars'],
  ['5 EUR', 'not in US dollars'],
  ['5€', 'not in US dollars'],
  ['£5', 'not in US dollars'],
  ['5 chf', 'not in US dollars'],
  ['-5', 'less than nothing'],
  ['$-5', 'less than nothing'],
  ['NaN', 'not an amount'],
  ['Infinity', 'not an amount'],
  ['1e3', 'not an amount'],
  ['1,000', 'not an amount'],
  ['', 'not an amount'],
  ['five', 'not an amount'],
  ['1000000.01', 'more than 1000000'],
  ['0.0000000001', 'too small'],
])('"%s" is refused: %s', (words, why) => {
  expect(() => parseUsd(words)).toThrow(expect.objectContaining({ code: 'bad_amount', message: expect.stringContaining(why) }));
});

test('every amount with cents is taken exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000_000 }), (cents) => {
      expect(parseUsd((cents / 100).toFixed(2))).toBe(cents * 10_000_000);
    }),
  );
});

test('any words give an amount or an error that says so, in no time', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000 }), (words) => {
      try {
        expect(parseUsd(words)).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad_amount' });
      }
    }),
  );
});
