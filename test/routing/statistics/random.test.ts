import * as fc from 'fast-check';
import { seededRandom, xoshiro128 } from '../../../routing/statistics/random';

// The first words of Blackman and Vigna's own xoshiro128starstar.c (version 1.1) from the state 1, 2, 3, 4.
test('the generator gives the words of its published implementation', () => {
  const next = xoshiro128([1, 2, 3, 4]);
  const words = Array.from({ length: 10 }, next);
  expect(words).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804]);
});

test('the same seed gives the same numbers, each in [0, 1)', () =>
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const [one, other] = [seededRandom(seed), seededRandom(seed)];
      for (let draw = 0; draw < 50; draw += 1) {
        const value = one();
        expect(other()).toBe(value);
        expect(value >= 0 && value < 1).toBe(true);
      }
    }),
  ));

test('seeds that differ in one letter give streams that have nothing in common', () => {
  const streams = Array.from({ length: 200 }, (_, index) => seededRandom(`review ${index}`));
  const draws = streams.map((next) => Array.from({ length: 200 }, next));
  expect(new Set(draws.flat()).size).toBeGreaterThan(39_990);
  // The first numbers of 200 neighbouring seeds are as even as any 200: the mean is within 4 standard errors of one half.
  const first = draws.reduce((sum, [value]) => sum + value!, 0) / draws.length;
  expect(Math.abs(first - 0.5)).toBeLessThan(4 / Math.sqrt(12 * draws.length));
});

test('numbers are spread evenly over a hundred parts', () => {
  const next = seededRandom('even');
  const counts = new Array<number>(100).fill(0);
  for (let draw = 0; draw < 100_000; draw += 1) counts[Math.floor(next() * 100)]! += 1;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 99.9 % of a chi-square with 99 degrees of freedom.
  expect(chiSquare).toBeLessThan(148.2);
});
