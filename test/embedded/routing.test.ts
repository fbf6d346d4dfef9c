/** Where a routing system sends a text, and what binds it. */

import { createRoutingSystem } from '../../embedded';
import { HARD_TEXT, movedClock, SIMPLE_TEXT, testSystem } from '../support/routing-system';

test('a decision says which model, how sure, what it costs and takes, what else there is, what comes next, and why', async () => {
  const decision = await testSystem().routeTask(HARD_TEXT);
  expect(decision).toEqual({
    model: 'acme/plus',
    provider: 'acme',
    confidence: expect.any(Number),
    estimatedCost: expect.any(Number),
    estimatedLatency: expect.any(Number),
    alternatives: expect.arrayContaining([
      { model: 'other/big', score: expect.any(Number), estimatedCost: expect.any(Number), estimatedLatency: expect.any(Number) },
    ]),
    fallbackChain: ['other/big', 'acme/ultra', 'other/small'],
    reasoning: expect.arrayContaining(['If it fails, other/big, acme/ultra then other/small would be next.']),
    taskClass: 'architecture/complex',
    tier: 'COMPLEX',
    maxOutputTokens: 4096,
  });
  expect(decision.estimatedCost).toBeGreaterThan(0);
  expect(decision.estimatedCost).toBeLessThan(0.1);
});

test('a simple text goes to a cheap model and a hard one to a capable one', async () => {
  const system = testSystem();
  expect((await system.routeTask(SIMPLE_TEXT)).model).toBe('acme/mini');
  expect((await system.routeTask(HARD_TEXT)).model).toBe('acme/plus');
});

test('without any configuration it chooses among the models that ship with the package', async () => {
  const system = createRoutingSystem();
  const decision = await system.routeTask('Fix authentication bug in login endpoint');
  expect(decision.alternatives.length).toBeGreaterThan(5);
  expect(system.classify('Fix authentication bug in login endpoint')).toMatchObject({ type: 'debugging' });
});

describe('constraints bind:', () => {
  const system = testSystem();

  test('no chosen model and no fallback may cost more than maxCost', async () => {
    const { model, fallbackChain } = await system.routeTask(HARD_TEXT, { maxCost: 0.01 });
    expect([model, ...fallbackChain].sort()).toEqual(['acme/mini', 'other/small']);
  });

  test('none is below minQuality', async () => {
    const { model, fallbackChain } = await system.routeTask(SIMPLE_TEXT, { minQuality: 0.9 });
    expect([model, ...fallbackChain].sort()).toEqual(['acme/plus', 'acme/ultra']);
  });

  test('none is slower than maxLatency', async () => {
    const free = await system.routeTask(HARD_TEXT);
    const bound = await system.routeTask(HARD_TEXT, { maxLatency: Math.floor(free.estimatedLatency / 2) });
    expect(bound.estimatedLatency).toBeLessThanOrEqual(free.estimatedLatency / 2);
    expect(bound.fallbackChain).not.toContain(free.model);
  });

  test('a region or a privacy tier that no model is approved for closes them all', async () => {
    await expect(system.routeTask(SIMPLE_TEXT, { residency: 'eu' })).rejects.toMatchObject({ code: 'not_admissible' });
    await expect(system.routeTask(SIMPLE_TEXT, { privacyTier: 'restricted' })).rejects.toMatchObject({ code: 'not_admissible' });
  });

  test('what cannot be met is refused, and the error says which filter closed the models', async () => {
    await expect(system.routeTask(HARD_TEXT, { maxCost: 0.000001 })).rejects.toMatchObject({
      code: 'not_admissible',
      message: expect.stringContaining('5 by cost-limit'),
    });
  });

  test('a model by name is the only one', async () => {
    expect(await system.routeTask(SIMPLE_TEXT, { model: 'acme/ultra' })).toMatchObject({ model: 'acme/ultra', fallbackChain: [] });
    await expect(system.routeTask(SIMPLE_TEXT, { model: 'acme/ultr' })).rejects.toMatchObject({
      code: 'unknown_model',
      message: expect.stringContaining('Did you mean "acme/ultra"?'),
    });
  });

  test('tokens that go beside the text count', async () => {
    const alone = await system.routeTask(SIMPLE_TEXT);
    const withContext = await system.routeTask(SIMPLE_TEXT, { contextTokens: 50_000 });
    expect(withContext.estimatedCost).toBeGreaterThan(20 * alone.estimatedCost);
  });

  test('every problem of them is named at once', async () => {
    const wrong = { maxCost: -1, minQuality: 2, maxCots: 1 } as never;
    await expect(system.routeTask(SIMPLE_TEXT, wrong)).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringMatching(/maxCost: .*minQuality: .*unknown key "maxCots"/u),
    });
  });

  test('there must be something to do', async () => {
    await expect(system.routeTask('  \n')).rejects.toMatchObject({ code: 'bad_input' });
    await expect(system.routeTask(undefined as never)).rejects.toMatchObject({ code: 'bad_input' });
  });
});

describe('the configuration', () => {
  test('names every problem at once', () => {
    const config = {
      weights: { cost: -1 },
      cacheTTL: 0,
      budget: { dailyLimit: Number.NaN, timezone: 'Middle/Earth', alerts: { dailyWarning: 75 } },
      fallback: { maxAttempts: 0 },
      colour: 'red',
    };
    const make = () => createRoutingSystem(config as never);
    for (const path of [
      'weights.cost',
      'cacheTTL',
      'budget.dailyLimit',
      'budget.timezone',
      'budget.alerts.dailyWarning',
      'fallback.maxAttempts',
      '"colour"',
    ]) {
      expect(make).toThrow(expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(path) }));
    }
  });

  test('names models that do not exist, and what is wrong with a catalogue', () => {
    expect(() => testSystem({ defaultModel: 'acme/none', models: ['acme/min'] })).toThrow(
      /models: there is no model "acme\/min".*defaultModel/u,
    );
    expect(() => createRoutingSystem({ catalogue: { providers: { acme: { models: { a: { qualty: 1 } } } } } })).toThrow(
      /catalogue\.providers\.acme.*qualty/u,
    );
  });

  test('takes a catalogue as an object and as the text of a file', async () => {
    const text =
      'providers:\n  acme:\n    kind: openai-compatible\n    base_url: https://acme.example/v1\n    models:\n      only: { prices: { input: 1, output: 2 } }\n';
    expect((await createRoutingSystem({ catalogue: text }).routeTask(SIMPLE_TEXT)).model).toBe('acme/only');
  });

  test('restricts the catalogue to the models it names', async () => {
    const decision = await testSystem({ models: ['other/big', 'acme/ultra'] }).routeTask(SIMPLE_TEXT);
    expect([decision.model, ...decision.fallbackChain].sort()).toEqual(['acme/ultra', 'other/big']);
  });

  test('renormalises weights: only their proportions count', async () => {
    const weights = { capability: 1, cost: 2, quality: 3, latency: 4, historical: 5 };
    const tenfold = { capability: 10, cost: 20, quality: 30, latency: 40, historical: 50 };
    const [once, ten] = await Promise.all([weights, tenfold].map((each) => testSystem({ weights: each }).routeTask(HARD_TEXT)));
    expect(ten!.alternatives.map(({ score }) => score.toFixed(12))).toEqual(once!.alternatives.map(({ score }) => score.toFixed(12)));
    const costOnly = await testSystem({ weights: { capability: 0, cost: 1, quality: 0, latency: 0, historical: 0 } }).routeTask(
      SIMPLE_TEXT,
    );
    expect(costOnly.alternatives[0]!.score).toBeLessThanOrEqual(1);
    expect(() => testSystem({ weights: { capability: 0, cost: 0, quality: 0, latency: 0, historical: 0 } })).toThrow(/at least one/u);
  });

  test('holds every call to perRequestLimit', async () => {
    const { model, fallbackChain } = await testSystem({ budget: { perRequestLimit: 0.01 } }).routeTask(HARD_TEXT);
    expect([model, ...fallbackChain].sort()).toEqual(['acme/mini', 'other/small']);
  });
});

describe('the chain', () => {
  test('ends with the default model, where that may take the task', async () => {
    const system = testSystem({ defaultModel: 'acme/ultra' });
    const { fallbackChain, reasoning } = await system.routeTask(SIMPLE_TEXT);
    expect(fallbackChain.at(-1)).toBe('acme/ultra');
    expect(reasoning.filter((reason) => reason.startsWith('If it fails'))).toEqual([expect.stringContaining(fallbackChain.join(', '))]);
    system.defineFallbacks('acme/mini', ['acme/ultra', 'other/big']);
    expect((await system.routeTask(SIMPLE_TEXT)).fallbackChain).toEqual(['other/big', 'acme/ultra']);
    system.defineFallbacks('acme/mini', []);
    expect((await system.routeTask(SIMPLE_TEXT, { maxCost: 0.01 })).fallbackChain).not.toContain('acme/ultra');
  });

  test('has no second model when fallback is off', async () => {
    expect((await testSystem({ fallback: { enabled: false }, defaultModel: 'acme/ultra' }).routeTask(SIMPLE_TEXT)).fallbackChain).toEqual(
      [],
    );
  });

  test('is what was defined for the chosen model, or else for the class', async () => {
    const system = testSystem();
    const { model, taskClass } = await system.routeTask(SIMPLE_TEXT);
    system.defineFallbacks(taskClass, ['acme/plus']);
    expect((await system.routeTask(SIMPLE_TEXT)).fallbackChain).toEqual(['acme/plus']);
    system.defineFallbacks(model, ['other/big', model, 'other/small']);
    expect((await system.routeTask(SIMPLE_TEXT)).fallbackChain).toEqual(['other/big', 'other/small']);
    system.defineFallbacks(model, []);
    system.defineFallbacks(taskClass, []);
    expect((await system.routeTask(SIMPLE_TEXT)).fallbackChain.length).toBeGreaterThan(1);
  });

  test('never gets a model back that a filter has closed', async () => {
    const system = testSystem();
    system.defineFallbacks('acme/mini', ['acme/ultra', 'other/small']);
    expect(await system.routeTask(SIMPLE_TEXT, { maxCost: 0.01 })).toMatchObject({ model: 'acme/mini', fallbackChain: ['other/small'] });
  });

  test('is defined with models that exist', () => {
    expect(() => testSystem().defineFallbacks('acme/mini', ['acme/nano'])).toThrow(expect.objectContaining({ code: 'unknown_model' }));
    expect(() => testSystem().defineFallbacks('acme/nano', ['acme/mini'])).toThrow(expect.objectContaining({ code: 'unknown_model' }));
  });
});

describe('the cache', () => {
  test('gives the decision of a like task again, until something changes that it rests on', async () => {
    const clock = movedClock();
    const system = testSystem({ clock, cacheTTL: 1_000 });
    const route = () => system.routeTask(SIMPLE_TEXT);
    const first = await route();
    expect(await route()).toEqual(first);
    expect(system.cacheFigures()).toEqual({ hits: 1, misses: 1, entries: 1 });
    await system.rate(1);
    await route();
    system.defineFallbacks('acme/mini', ['acme/plus']);
    expect((await route()).fallbackChain).toEqual(['acme/plus']);
    clock.advance(1_000);
    await route();
    expect(system.cacheFigures()).toMatchObject({ hits: 1, misses: 4 });
  });

  test('can be switched off, which changes no decision', async () => {
    const [kept, made] = [testSystem(), testSystem({ enableCache: false })];
    for (const text of [SIMPLE_TEXT, HARD_TEXT, SIMPLE_TEXT, HARD_TEXT])
      expect(await kept.routeTask(text)).toEqual(await made.routeTask(text));
    expect(made.cacheFigures()).toEqual({ hits: 0, misses: 0, entries: 0 });
    expect(kept.cacheFigures().hits).toBe(2);
  });
});
