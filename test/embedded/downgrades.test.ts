/** Suggestions of cheaper models: what they rest on, and what keeps them from being made. */

import { movedClock, SMALL_CATALOGUE, testSystem } from '../support/routing-system';

const CLASS = { model: 'acme/ultra', taskClass: 'analysis/complex', tier: 'COMPLEX' };
const USAGE = { inputTokens: 10_000, outputTokens: 2_000 };

async function usedFor(calls: number, system = testSystem({ clock: movedClock() }), call = CLASS) {
  for (let at = 0; at < calls; at++) await system.trackUsage(call, USAGE);
  return system;
}

test('names the cheapest model that reaches the tier and is good enough, with the saving and its evidence', async () => {
  const system = await usedFor(20);
  const [first, ...others] = await system.suggestDowngrades();
  expect(others).toEqual([]);
  // 20 calls at 10,000 × 10 + 2,000 × 50 dollars per million cost 4.00; at 2 and 10 they cost 0.80.
  expect(first).toEqual({
    taskClass: 'analysis/complex',
    from: 'acme/ultra',
    to: 'acme/plus',
    savingPerMonth: 3.2,
    calls: 20,
    costPerCall: { from: 0.2, to: 0.04 },
    quality: { from: { expected: 0.95, graded: 0 }, to: { expected: 0.9, graded: 0 } },
    reason: expect.stringContaining('none of its answers here was graded'),
  });
});

test('is not made on a handful of calls, nor on calls of another month', async () => {
  expect(await (await usedFor(9)).suggestDowngrades()).toEqual([]);
  const clock = movedClock();
  const system = await usedFor(20, testSystem({ clock }));
  clock.advance(31 * 86_400_000);
  expect(await system.suggestDowngrades()).toEqual([]);
});

test('is not made of a model that was found to be worse by more than the tolerance', async () => {
  const system = await usedFor(20);
  for (let at = 0; at < 30; at++) await system.trackUsage({ ...CLASS, model: 'acme/plus' }, { ...USAGE, quality: 0.3 });
  expect((await system.suggestDowngrades()).filter(({ from }) => from === 'acme/ultra')).toEqual([]);
});

test('is not made of a model that people rate poor', async () => {
  const system = await usedFor(20);
  for (let at = 0; at < 5; at++) await system.rate(1, { ...CLASS, model: 'acme/plus' });
  expect(await system.suggestDowngrades()).toEqual([]);
});

test('is not made of a model below the tier of the class, or one that may do less', async () => {
  const system = await usedFor(20, undefined, { ...CLASS, tier: 'REASONING' });
  expect(await system.suggestDowngrades()).toEqual([]);
  const { acme } = SMALL_CATALOGUE.providers;
  const ultra = { ...acme.models.ultra, privacy_tiers: ['public', 'internal', 'confidential'] };
  const stricter = testSystem({ clock: movedClock(), catalogue: { providers: { acme: { ...acme, models: { ...acme.models, ultra } } } } });
  expect(await (await usedFor(20, stricter)).suggestDowngrades()).toEqual([]);
});
