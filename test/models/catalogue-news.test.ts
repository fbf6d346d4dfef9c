import { catalogueNews } from '../../client/models/catalogue-news';
import { canonicalJson } from '../../db/documents/canonical-json';
import type { Model } from '../../routing/catalogue';
import { catalogueOf, pricesOf, testModel } from '../support/catalogue';

const ENDS = Date.parse('2026-11-30T00:00:00Z');
const news = (before: readonly Model[], after: readonly Model[]) => catalogueNews(catalogueOf(before), catalogueOf(after));
const a = testModel('p/a');
const b = testModel('p/b');

test('a model that appears is news', () => {
  expect(news([a], [a, b])).toEqual([{ kind: 'model-shipped', models: ['p/b'], detail: 'p/b is new' }]);
});

test('so is one that was retired and is called again', () => {
  expect(news([{ ...a, status: { kind: 'retired' } }], [a])).toEqual([{ kind: 'model-shipped', models: ['p/a'], detail: 'p/a is new' }]);
});

test('a price that changed is news, with both prices', () => {
  expect(news([a], [{ ...a, prices: pricesOf(1, 4) }])).toEqual([
    { kind: 'price-change', models: ['p/a'], detail: 'p/a 2/10 USD per million tokens → 1/4 USD per million tokens' },
  ]);
});

test('so is a price that is not known any more', () => {
  const { prices: _, ...unpriced } = a;
  expect(news([a], [unpriced])).toMatchObject([{ kind: 'price-change', detail: expect.stringContaining('→ without a price') }]);
});

test.each<[string, Model | undefined, string]>([
  ['is deprecated', { ...a, status: { kind: 'deprecated' } }, 'p/a is deprecated'],
  ['is given an end', { ...a, status: { kind: 'deprecated', retiresAt: ENDS } }, 'p/a is deprecated and ends on 2026-11-30'],
  ['is retired', { ...a, status: { kind: 'retired' } }, 'p/a is retired'],
  ['is taken out', undefined, 'p/a is no longer in the catalogue'],
])('a model that %s is news', (_, model, detail) => {
  expect(news([a, b], model === undefined ? [b] : [model, b])).toEqual([{ kind: 'deprecation', models: ['p/a'], detail }]);
});

test('an end that moves is news, and one that stays is not', () => {
  const ending = (retiresAt: number): Model => ({ ...a, status: { kind: 'deprecated', retiresAt } });
  expect(news([ending(ENDS)], [ending(ENDS + 86_400_000)])).toMatchObject([{ kind: 'deprecation' }]);
  expect(news([ending(ENDS)], [ending(ENDS)])).toEqual([]);
});

test('models of one kind of news are one item', () => {
  const cheaper = { prices: pricesOf(1, 5) };
  expect(news([a, b], [{ ...a, ...cheaper }, { ...b, ...cheaper }, testModel('p/c')])).toMatchObject([
    { kind: 'model-shipped', models: ['p/c'] },
    { kind: 'price-change', models: ['p/a', 'p/b'] },
  ]);
});

test('nothing is news where nothing was in force, where nothing changed, and in the order of keys', () => {
  expect(catalogueNews(undefined, catalogueOf([a]))).toEqual([]);
  expect(news([a, b], [a, b])).toEqual([]);
  const shuffled = JSON.parse(canonicalJson(a)) as Model;
  expect(Object.keys(shuffled)).not.toEqual(Object.keys(a));
  expect(news([a], [shuffled])).toEqual([]);
});

test('what does not bear on cost or on whether a model may be called is not news', () => {
  expect(news([a], [{ ...a, displayName: 'Another name', pool: 'slow', defaultPriority: 1 }])).toEqual([]);
});
