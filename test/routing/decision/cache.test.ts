import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import type { Catalogue, ModelStatus } from '../../../routing/catalogue';
import { createDecisionCache, type DecisionCache, decideRounded } from '../../../routing/decision/cache';
import { sizeStep } from '../../../routing/decision/cache-key';
import { type DecisionInput, decide } from '../../../routing/decision/decide';
import { type Knowledge, type ModelHealth, ratingKey } from '../../../routing/decision/knowledge';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { catalogueOf, HAIKU, SONNET, TEST_CATALOGUE, TEST_MODELS } from '../../support/catalogue';
import { decisionInput, type InputChanges, NOW } from '../../support/decision-input';

const HOUR = 3_600_000;

function cacheOf(limits: Partial<{ ttlMs: number; maxEntries: number }> = {}): DecisionCache {
  return createDecisionCache({ ttlMs: HOUR, maxEntries: 100, ...limits });
}

/** The same objects each time, as a caller has them whose rules did not change. */
const KNOWLEDGE: Knowledge = { ratings: new Map(), performance: new Map(), health: new Map(), budgetRoomNanoUsd: 10_000_000_000 };
const STILL = decisionInput();

function input(changes: InputChanges = {}, more: Partial<DecisionInput> = {}): DecisionInput {
  return {
    ...decisionInput(changes),
    policy: STILL.policy,
    catalogue: STILL.catalogue,
    knowledge: { ...KNOWLEDGE, ...changes.knowledge },
    ...more,
  };
}

describe('alike are', () => {
  const cache = cacheOf();
  beforeEach(() => cache.clear());

  function isAlike(first: DecisionInput, second: DecisionInput): boolean {
    cache.decide(first);
    const before = cache.figures().hits;
    cache.decide(second);
    return cache.figures().hits > before;
  }

  test('tasks of one class and of nearly one size, whatever their ids', () => {
    expect(
      isAlike(
        input({ descriptor: { estimatedInputTokens: 400 } }),
        input({ task: { id: 'other' }, descriptor: { estimatedInputTokens: 412 } }),
      ),
    ).toBe(true);
  });

  test.each<[string, InputChanges, Partial<DecisionInput>]>([
    ['another type', { descriptor: { type: 'creative' } }, {}],
    ['another complexity', { descriptor: { complexity: 'complex' } }, {}],
    ['another class', { task: { taskClass: 'poems' } }, {}],
    ['another size of the prompt', { descriptor: { estimatedInputTokens: 600 } }, {}],
    ['another size of the answer', { descriptor: { estimatedOutputTokens: 900 } }, {}],
    ['more bytes', {}, { promptBytes: 5_000 }],
    ['more messages', {}, { messageCount: 2 }],
    ['a limit on the answer', { task: { maxOutputTokens: 500 } }, {}],
    ['a limit on cost', { task: { constraints: { maxCostNanoUsd: 50_000_000 } } }, {}],
    ['a least quality', { task: { constraints: { minQuality: 0.8 } } }, {}],
    ['a limit on time', { task: { constraints: { maxLatencyMs: 9_000 } } }, {}],
    ['a closer privacy tier', { task: { privacyTier: 'confidential' } }, {}],
    ['a residency', { task: { residency: 'eu' } }, {}],
    ['a capability', { task: { requires: { capabilities: ['tools'] } } }, {}],
    ['an expected value', { task: { expectedValue: 3 } }, {}],
    ['a priority', { task: { priority: 95 } }, {}],
  ])('not tasks with %s', (_, changes, more) => {
    expect(isAlike(input(), input(changes, more))).toBe(false);
  });

  test('a size and its step: no smaller, less than an eighth larger, and its own step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 0, max: 2 ** 20 }), (size, more) => {
        const step = sizeStep(size);
        expect(step).toBeGreaterThanOrEqual(size);
        expect(step).toBeLessThanOrEqual(size * 1.125);
        expect(sizeStep(step)).toBe(step);
        expect(sizeStep(size + more)).toBeGreaterThanOrEqual(step);
      }),
    );
  });
});

describe('a kept decision', () => {
  test('is what deciding again gives, with the descriptor of its own task', () => {
    const cache = cacheOf();
    cache.decide(input({ descriptor: { estimatedInputTokens: 401, urgency: 1 } }));
    const second = input({ descriptor: { estimatedInputTokens: 403, urgency: 5 } });
    expect(cache.decide(second)).toEqual(decideRounded(second));
    expect(cache.decide(second).descriptor).toBe(second.descriptor);
    expect(cache.figures()).toEqual({ hits: 2, misses: 1, entries: 1 });
  });

  test('may be a refusal', () => {
    const cache = cacheOf();
    const impossible = input({ task: { residency: 'mars' } });
    expect(cache.decide(impossible)).toMatchObject({ kind: 'refused' });
    expect(cache.decide(impossible)).toEqual(decideRounded(impossible));
    expect(cache.figures().hits).toBe(1);
  });

  test('ends with its time, and is not given before it was made', () => {
    const cache = cacheOf({ ttlMs: 1_000 });
    for (const now of [NOW, NOW + 999, NOW + 1_000, NOW]) cache.decide(input({}, { now }));
    expect(cache.figures()).toMatchObject({ hits: 1, misses: 3 });
  });

  test('makes room for newer ones, the oldest first', () => {
    const cache = cacheOf({ maxEntries: 2 });
    for (const priority of [1, 2, 3]) cache.decide(input({ task: { priority } }));
    expect(cache.figures().entries).toBe(2);
    cache.decide(input({ task: { priority: 3 } }));
    cache.decide(input({ task: { priority: 1 } }));
    expect(cache.figures()).toMatchObject({ hits: 1, misses: 4 });
  });

  test('is never one that the seed of a task took part in', () => {
    const twins = [HAIKU, { ...HAIKU, id: 'other/claude-haiku-5-5', provider: 'other' }];
    const tied = input({}, { catalogue: catalogueOf(twins) });
    const cache = cacheOf();
    const models = new Set(Array.from({ length: 40 }, (_, at) => Object(cache.decide({ ...tied, seed: `task-${at}` })).model));
    expect(models.size).toBe(2);
    expect(cache.figures()).toMatchObject({ hits: 0, entries: 0 });
  });

  test('is never one that a rollout took part in', () => {
    const canaries = [{ rolloutId: 'r', classes: ['code-generation/medium'], routes: {}, weight: 0.5, control: 0.5, salt: 's' }];
    const cache = cacheOf();
    cache.decide(input());
    cache.decide(input({}, { canaries }));
    expect(cache.figures()).toMatchObject({ hits: 0, entries: 1 });
  });
});

describe('a kept decision is not given after', () => {
  const chosen = SONNET.id;
  const changes: readonly [string, Partial<DecisionInput>][] = [
    ['a new policy', { policy: { ...STILL.policy, version: 8 } }],
    ['a new catalogue', { catalogue: { ...TEST_CATALOGUE } }],
    ['a rating', { knowledge: { ...KNOWLEDGE, ratings: new Map([[ratingKey(chosen), { ewma: 1, count: 9 }]]) } }],
    ['an outcome', { knowledge: { ...KNOWLEDGE, performance: new Map([[chosen, { attempts: 1, successes: 0, graded: 0 }]]) } }],
    ['a failure', { knowledge: { ...KNOWLEDGE, health: new Map([[chosen, { state: 'open', until: NOW + 9, trips: 1 }]]) } }],
    ['a budget that has no room for every model', { knowledge: { ...KNOWLEDGE, budgetRoomNanoUsd: 50_000_000 } }],
    [
      'a budget where there was none',
      { knowledge: { ratings: KNOWLEDGE.ratings, performance: KNOWLEDGE.performance, health: KNOWLEDGE.health } },
    ],
    ['other values in the queue', { knowledge: { ...KNOWLEDGE, valuePercentiles: { closed: 1, claim: 2 } } }],
    ['a key that is gone', { knowledge: { ...KNOWLEDGE, configuredProviders: new Set(['openai']) } }],
  ];
  test.each(changes)('%s', (_, changed) => {
    const cache = cacheOf();
    cache.decide(input());
    cache.decide(input());
    const after = { ...input(), ...changed };
    expect(cache.decide(after)).toEqual(decideRounded(after));
    expect(cache.figures()).toMatchObject({ hits: 1, misses: 2 });
  });

  test('a model retires by the clock', () => {
    const models = TEST_MODELS.map((model) => ({ ...model, status: { kind: 'deprecated', retiresAt: NOW + 500 } as const }));
    const retiring = input({}, { catalogue: catalogueOf(models) });
    const cache = cacheOf();
    expect(cache.decide(retiring).kind).toBe('routed');
    expect(cache.decide({ ...retiring, now: NOW + 499 }).kind).toBe('routed');
    expect(cache.decide({ ...retiring, now: NOW + 500 }).kind).toBe('refused');
    expect(cache.figures()).toMatchObject({ hits: 1, misses: 2 });
  });

  test('a cool-down is over', () => {
    const health = new Map<string, ModelHealth>([[chosen, { state: 'open', until: NOW + 500, trips: 1 }]]);
    const cooling = input({ knowledge: { health }, task: { constraints: { provider: 'anthropic' } } });
    const cache = cacheOf();
    const before = cache.decide(cooling);
    const after = cache.decide({ ...cooling, now: NOW + 500 });
    expect(before).not.toMatchObject({ model: chosen });
    expect(after).toMatchObject({ model: chosen });
  });
});

test('money that is spent without closing a model leaves kept decisions alone', () => {
  const cache = cacheOf();
  for (const budgetRoomNanoUsd of [10_000_000_000, 9_000_000_000, 2_000_000_000]) cache.decide(input({ knowledge: { budgetRoomNanoUsd } }));
  expect(cache.figures()).toMatchObject({ hits: 2, misses: 1 });
});

/** One thing that happens: a decision is asked for, or something changes that it may rest on. */
type Event =
  | { readonly kind: 'decide'; readonly task: InputChanges; readonly promptBytes: number; readonly seed: string }
  | { readonly kind: 'rating' | 'outcome'; readonly model: string; readonly value: number }
  | { readonly kind: 'health'; readonly model: string; readonly health: ModelHealth }
  | { readonly kind: 'status'; readonly model: string; readonly status: ModelStatus }
  | { readonly kind: 'weights'; readonly cost: number }
  | { readonly kind: 'room'; readonly room: number | undefined }
  | { readonly kind: 'clock'; readonly ms: number };

const model = fc.constantFrom(...TEST_MODELS.map(({ id }) => id));
const instant = fc.integer({ min: NOW, max: NOW + 2 * HOUR });
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      task: fc.record({
        task: fc.record({
          priority: fc.constantFrom(50, 95),
          requires: fc.constant({}),
          constraints: fc.constantFrom(
            {},
            { minQuality: 0.85 },
            { maxCostNanoUsd: 30_000_000 },
            { maxLatencyMs: 12_000 },
            { provider: 'openai' },
          ),
        }),
        descriptor: fc.record({ complexity: fc.constantFrom('simple', 'complex'), estimatedInputTokens: fc.constantFrom(400, 410, 2_000) }),
      }),
      promptBytes: fc.constantFrom(1_000, 1_010, 1_020),
      seed: fc.string({ maxLength: 3 }),
    }),
  },
  fc.record({ kind: fc.constantFrom('rating' as const, 'outcome' as const), model, value: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    kind: fc.constant('health' as const),
    model,
    health: fc.oneof(
      fc.record({ state: fc.constant('closed' as const), consecutiveFailures: fc.nat(4) }),
      fc.record({ state: fc.constant('open' as const), until: instant, trips: fc.constant(1) }),
      fc.record({ state: fc.constant('half-open' as const), probeUntil: instant, trips: fc.constant(1) }),
    ),
  }),
  fc.record({
    kind: fc.constant('status' as const),
    model,
    status: fc.oneof(
      fc.constantFrom<ModelStatus>({ kind: 'active' }, { kind: 'retired' }),
      fc.record({ kind: fc.constant('deprecated' as const), retiresAt: instant }),
    ),
  }),
  fc.record({ kind: fc.constant('weights' as const), cost: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('room' as const), room: fc.option(fc.integer({ min: 0, max: 400_000_000 }), { nil: undefined }) }),
  fc.record({ kind: fc.constant('clock' as const), ms: fc.integer({ min: -1_000, max: HOUR }) }),
);

/** The world after an event: whatever changes is a new object, whatever does not stays the same one. */
function after(world: DecisionInput, happened: Exclude<Event, { kind: 'decide' }>): DecisionInput {
  const { knowledge, catalogue, policy } = world;
  const learnt = (changed: Partial<Knowledge>) => ({ ...world, knowledge: { ...knowledge, ...changed } });
  switch (happened.kind) {
    case 'rating': {
      const rating = { ewma: happened.value, count: 5 };
      return learnt({ ratings: new Map([...knowledge.ratings, [ratingKey(happened.model, 'STANDARD'), rating]]) });
    }
    case 'outcome':
      return learnt({
        performance: new Map([
          ...knowledge.performance,
          [happened.model, { attempts: 5, successes: happened.value, graded: 0, outputRatio: happened.value }],
        ]),
      });
    case 'health':
      return learnt({ health: new Map([...knowledge.health, [happened.model, happened.health]]) });
    case 'status': {
      const models = [...catalogue.models.values()].map((each) =>
        each.id === happened.model ? { ...each, status: happened.status } : each,
      );
      return { ...world, catalogue: catalogueOf(models) satisfies Catalogue };
    }
    case 'weights':
      return { ...world, policy: { ...policy, version: policy.version + 1, weights: { ...DEFAULT_POLICY.weights, cost: happened.cost } } };
    case 'room': {
      const { budgetRoomNanoUsd: _, ...others } = knowledge;
      return { ...world, knowledge: happened.room === undefined ? others : { ...others, budgetRoomNanoUsd: happened.room } };
    }
    case 'clock':
      return { ...world, now: world.now + happened.ms };
  }
}

test('cached and uncached decisions agree, whatever changes in between and in whatever order', () => {
  let hits = 0;
  let decided = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 40, maxLength: 150 }), (events) => {
      const cache = createDecisionCache({ ttlMs: HOUR, maxEntries: 20 });
      let world: DecisionInput = { ...input(), knowledge: KNOWLEDGE };
      for (const happened of events) {
        if (happened.kind !== 'decide') {
          world = after(world, happened);
          continue;
        }
        const { task, descriptor } = decisionInput(happened.task);
        const asked = { ...world, task, descriptor, promptBytes: happened.promptBytes, seed: happened.seed };
        const [given, made] = [cache.decide(asked), decideRounded(asked)];
        if (!isDeepStrictEqual(given, made)) expect(given).toEqual(made); // the second is slow, and says what differs
        decided += 1;
      }
      hits += cache.figures().hits;
    }),
    { numRuns: 300 },
  );
  // The property is empty unless kept decisions are given often, between changes too.
  expect(hits).toBeGreaterThan(decided / 20);
});

test('what a cache keeps is what its caller makes of the rounded input', () => {
  const seen: number[] = [];
  const cache = createDecisionCache({ ttlMs: HOUR, maxEntries: 9 }, (rounded) => {
    seen.push(rounded.promptBytes);
    return decide(rounded);
  });
  for (const promptBytes of [1_000, 1_020]) cache.decide(input({}, { promptBytes }));
  expect(seen).toEqual([1_024]);
});
