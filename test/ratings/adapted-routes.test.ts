/** What ratings make of the routing. */

import { adaptedRoutes } from '../../client/ratings/adapted-routes';
import type { CapabilityTier, Catalogue } from '../../routing/catalogue';
import { type RatingState, ratingKey } from '../../routing/decision/knowledge';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';
import { catalogueOf, testModel } from '../support/catalogue';

const MODELS = [
  testModel('one/small', { capabilityTier: 'SIMPLE', defaultPriority: 60 }),
  testModel('one/large', { capabilityTier: 'COMPLEX', defaultPriority: 90 }),
  testModel('two/middle', { capabilityTier: 'STANDARD', defaultPriority: 80 }),
  testModel('two/gone', { defaultPriority: 100, status: { kind: 'retired' } }),
];
const CATALOGUE: Catalogue = catalogueOf(MODELS);

const rated = (...cells: [model: string, tier: CapabilityTier, ewma: number, count: number][]): ReadonlyMap<string, RatingState> =>
  new Map(cells.map(([model, tier, ewma, count]) => [ratingKey(model, tier), { ewma, count }]));
const report = (ratings: ReadonlyMap<string, RatingState>, policy: Partial<Policy> = {}) =>
  adaptedRoutes(CATALOGUE, { ...DEFAULT_POLICY, ...policy }, ratings);

test('without ratings, the highest priority serves every tier of its provider, and nothing is suggested', () => {
  const { routes, poor, swaps } = report(new Map());
  expect(routes).toHaveLength(8);
  for (const { provider, model, unadapted, ratings } of routes) {
    expect({ model, unadapted, ratings }).toEqual({
      model: { one: 'one/large', two: 'two/middle' }[provider],
      unadapted: model,
      ratings: 0,
    });
  }
  expect([poor, swaps]).toEqual([[], []]);
});

test('a badly rated model is passed over in its tier, and in no other', () => {
  const { routes, poor } = report(rated(['one/large', 'COMPLEX', 2.1, 5]));
  expect(poor).toEqual([{ tier: 'COMPLEX', model: 'one/large', ewma: 2.1, ratings: 5 }]);
  const of = (tier: string) => routes.find((route) => route.provider === 'one' && route.tier === tier);
  expect(of('COMPLEX')).toMatchObject({ model: 'one/small', unadapted: 'one/large' });
  expect(of('REASONING')).toMatchObject({ model: 'one/large', unadapted: 'one/large' });
});

test('too few ratings condemn nobody', () => {
  expect(report(rated(['one/large', 'COMPLEX', 1, 2])).poor).toEqual([]);
});

test('a poor model is swapped for the best rated one of the tier', () => {
  const { swaps } = report(rated(['one/large', 'COMPLEX', 2, 4], ['one/small', 'COMPLEX', 3, 4], ['two/middle', 'COMPLEX', 4.5, 9]));
  expect(swaps).toEqual([{ tier: 'COMPLEX', from: 'one/large', to: 'two/middle', fromEwma: 2, toEwma: 4.5, toRatings: 9, classes: [] }]);
});

test('a routed model is compared in the tier of its class, among the models that the class approves', () => {
  const ratings = rated(['one/large', 'COMPLEX', 3, 4], ['one/small', 'COMPLEX', 3.5, 4], ['two/middle', 'COMPLEX', 4.5, 9]);
  const route = { kind: 'model', model: 'one/large', fallbacks: [] } as const;
  const classes = (approved?: string[]) => ({ 'debugging/complex': { route, tolerance: 0.05, ...(approved && { approved }) } });
  expect(report(ratings, { classes: classes() }).swaps).toMatchObject([
    { from: 'one/large', to: 'two/middle', classes: ['debugging/complex'] },
  ]);
  expect(report(ratings, { classes: classes(['one/large', 'one/small']) }).swaps).toMatchObject([{ to: 'one/small' }]);
  expect(report(ratings, { classes: classes(['one/large']) }).swaps).toEqual([]);
});

test('nobody is swapped for a model that is poor as well', () => {
  expect(report(rated(['one/large', 'COMPLEX', 1.5, 4], ['one/small', 'COMPLEX', 2.4, 4])).swaps).toEqual([]);
});
