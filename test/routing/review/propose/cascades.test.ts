/** Cascades among the options of a class: weighed against a mix, and said to need a check of what accuracy. */

import { weighCascades } from '../../../../routing/review/propose/cascades';

const NOW = { model: 'strong', costPerTaskNanoUsd: 1_000, quality: 0.85 };

test('a much cheaper model that is nearly as good pays with a check right nine times in ten', () => {
  const [first] = weighCascades(NOW, [{ model: 'cheap', costPerTaskNanoUsd: 20, quality: 0.75 }], 0.05);
  expect(first).toMatchObject({ models: ['cheap', 'strong'], pays: true, assumedAccuracy: 0.9 });
  expect(first?.costPerTaskNanoUsd).toBeLessThan(500);
  expect(first?.neededAccuracy).toBeLessThan(0.9);
  expect(first?.quality).toBeGreaterThan(first?.mixQuality ?? 1);
});

test('a model that is seldom right needs a better check, and one that is nearly as dear has none', () => {
  const options = [
    { model: 'weak', costPerTaskNanoUsd: 300, quality: 0.25 },
    { model: 'near', costPerTaskNanoUsd: 900, quality: 0.84 },
  ];
  const found = weighCascades(NOW, options, 0);
  expect(found.map(({ pays }) => pays)).toEqual([false, false]);
  expect(found.find(({ models }) => models[0] === 'near')?.neededAccuracy).toBeNull();
});

test('neither the present model nor a dearer one stands before it', () => {
  expect(weighCascades(NOW, [NOW, { model: 'dearer', costPerTaskNanoUsd: 2_000, quality: 0.95 }], 0.05)).toEqual([]);
});
