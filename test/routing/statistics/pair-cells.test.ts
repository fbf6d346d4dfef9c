import { pairCells } from '../../../routing/statistics/pair-cells';

test('pairs of baseline and candidate fall into both, candidate only, baseline only and neither', () => {
  expect(
    pairCells([
      [1, 1],
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
      [1, 0],
      [0, 0],
    ]),
  ).toEqual({ a: 1, b: 2, c: 3, d: 1, excluded: 0 });
});

test('a candidate without an answer has failed', () => {
  expect(
    pairCells([
      [1, null],
      [0, null],
    ]),
  ).toEqual({ a: 0, b: 0, c: 1, d: 1, excluded: 0 });
});

test('a pair without a baseline is excluded and counted, whatever the candidate did', () => {
  expect(
    pairCells([
      [null, 1],
      [null, 0],
      [null, null],
    ]),
  ).toEqual({ a: 0, b: 0, c: 0, d: 0, excluded: 3 });
});

test('refuses an outcome that is neither success nor failure', () => {
  expect(() => pairCells([[1, 0.5]])).toThrow('A candidate outcome is 0.5');
  expect(() => pairCells([[2, 0]])).toThrow('A baseline outcome is 2');
});
