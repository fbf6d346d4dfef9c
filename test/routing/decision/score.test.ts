import * as fc from 'fast-check';
import type { Model } from '../../../routing/catalogue';
import type { Candidate } from '../../../routing/decision/decision';
import { estimateCall, expectedQuality } from '../../../routing/decision/estimate';
import { type ClassPerformance, NO_KNOWLEDGE } from '../../../routing/decision/knowledge';
import { DEFAULT_POLICY, type FactorWeights } from '../../../routing/decision/policy';
import { scoreModels } from '../../../routing/decision/score';
import { catalogueOf, pricesOf, testModel } from '../../support/catalogue';
import { describedAs } from '../../support/decision-input';

const SIZE = { promptBytes: 1600, messageCount: 1, maxOutputTokens: 4096 };

function scored(
  models: readonly Model[],
  {
    weights = DEFAULT_POLICY.weights,
    ratings = NO_KNOWLEDGE.ratings,
  }: { weights?: FactorWeights; ratings?: typeof NO_KNOWLEDGE.ratings } = {},
): readonly Candidate[] {
  const { learning } = DEFAULT_POLICY;
  const admissible = [...catalogueOf(models).models.values()].map((model) => ({
    model,
    estimate: estimateCall(model, SIZE, describedAs(), undefined),
  }));
  const task = { tier: 'STANDARD', descriptor: { type: 'debugging' } } as const;
  return scoreModels(admissible, task, { ratings }, { weights, learning }).map(({ candidate }) => candidate);
}

const factorsOf = (models: readonly Model[], factor: keyof FactorWeights) => scored(models).map(({ factors }) => factors[factor]);

test('capability: a weaker model loses far more than a stronger one, a known strength adds the rest', () => {
  const tiers = ['SIMPLE', 'STANDARD', 'COMPLEX', 'REASONING'] as const;
  const factors = factorsOf(
    tiers.map((capabilityTier) => testModel(`a/${capabilityTier}`, { capabilityTier })),
    'capability',
  );
  expect(factors).toEqual([0.36, 0.9, 0.765, 0.63].map((factor) => expect.closeTo(factor, 10)));
  expect(factorsOf([testModel('a/m', { strengths: ['debugging'] })], 'capability')).toEqual([1]);
});

test('cost: 1 for the cheapest, half at ten times, 0 from a hundred times its cost; an unknown price scores 0', () => {
  const { prices: _, ...unpriced } = testModel('a/unpriced');
  const models = [1, 10, 100, 1000].map((factor) => testModel(`a/${factor}`, { prices: pricesOf(factor, factor) }));
  expect(factorsOf([...models, unpriced], 'cost')).toEqual([1, expect.closeTo(0.5), expect.closeTo(0), 0, 0]);
});

test('cost: a free model makes no other one infinitely dear', () => {
  const [free, cheap] = factorsOf(
    [testModel('a/free', { prices: pricesOf(0, 0) }), testModel('a/cheap', { prices: pricesOf(0.01, 0.01) })],
    'cost',
  );
  expect(free).toBe(1);
  expect(cheap).toBe(1);
});

test('latency: 1 for the fastest, 0 from twenty times its time', () => {
  const models = [500, 10_000, 60_000].map((firstTokenMs) =>
    testModel(`a/${firstTokenMs}`, { latency: { firstTokenMs, msPerOutputToken: 0 } }),
  );
  expect(factorsOf(models, 'latency')).toEqual([1, expect.closeTo(0), 0]);
});

test('historical: from 0 at one star to 1 at five stars in the matching tier; the default priority until there are enough ratings', () => {
  const model = testModel('a/m', { defaultPriority: 75 });
  const rated = (ewma: number, count: number) =>
    scored([model], { ratings: new Map([['a/m#STANDARD', { ewma, count }]]) })[0]?.factors.historical;
  expect(rated(5, 3)).toBeCloseTo(1);
  expect(rated(1, 3)).toBeCloseTo(0.3 / 4.3);
  expect(rated(1, 2)).toBeCloseTo((75 / 25 + 0.3 - 1) / 4.3);
});

describe('expected quality', () => {
  const model = { priorQuality: 0.8 };
  const seen = (performance: Partial<ClassPerformance>) => expectedQuality(model, { attempts: 0, successes: 0, graded: 0, ...performance });

  test('is the prior until something is known, moves half way after ten graded answers, and ends at what is seen', () => {
    expect(expectedQuality(model, undefined)).toBe(0.8);
    expect(seen({ attempts: 10, successes: 10, meanScore: 0.4, graded: 10 })).toBeCloseTo(0.6);
    expect(seen({ attempts: 1e6, successes: 1e6, meanScore: 0.4, graded: 1e6 })).toBeCloseTo(0.4, 4);
  });

  test('suffers from calls that bring no answer', () => {
    expect(seen({ attempts: 10, successes: 0 })).toBeCloseTo(0.4);
  });
});

describe('an estimate', () => {
  const model = testModel('a/m', { verbosity: 1.5, prices: pricesOf(1, 2), latency: { firstTokenMs: 100, msPerOutputToken: 10 } });

  test('rests on what is stated of the model until its history says otherwise', () => {
    expect(estimateCall(model, SIZE, describedAs(), undefined)).toMatchObject({
      outputTokens: 900,
      latencyMs: 9_100,
      costNanoUsd: 400_000 + 1_800_000,
    });
    const history = { attempts: 1_000, successes: 1_000, graded: 0, outputRatio: 2, meanLatencyMs: 5_000 };
    const { outputTokens, latencyMs } = estimateCall(model, SIZE, describedAs(), history);
    expect(outputTokens).toBeCloseTo(1_200, -1);
    expect(latencyMs).toBeGreaterThan(4_990);
    expect(latencyMs).toBeLessThan(5_020);
  });

  test('never expects more output than may be given, nor asks for more than the window leaves', () => {
    expect(estimateCall(model, { ...SIZE, maxOutputTokens: 50 }, describedAs(), undefined)).toMatchObject({
      outputTokens: 50,
      maxOutputTokens: 50,
    });
    const narrow = { ...model, contextWindowTokens: 1_000 };
    expect(estimateCall(narrow, SIZE, describedAs(), undefined).maxOutputTokens).toBe(600);
  });
});

test('weights are shares of their sum, and equal when there are none', () => {
  const models = [testModel('a/m', { strengths: ['debugging'] }), testModel('b/m', { prices: pricesOf(20, 100) })];
  const { weights } = DEFAULT_POLICY;
  const tenfold = { capability: 3.5, cost: 2, quality: 2, latency: 1.5, historical: 1 };
  const scoresBy = (weightsOf: FactorWeights) => scored(models, { weights: weightsOf }).map(({ score }) => score);
  expect(scoresBy(tenfold)).toEqual(scoresBy(weights).map((score) => expect.closeTo(score, 10)));
  const [first] = scored(models, { weights: { capability: 0, cost: 0, quality: 0, latency: 0, historical: 0 } });
  const { capability, cost, quality, latency, historical } = first?.factors ?? {
    capability: 0,
    cost: 0,
    quality: 0,
    latency: 0,
    historical: 0,
  };
  expect(first?.score).toBeCloseTo((capability + cost + quality + latency + historical) / 5);
});

test('every factor and every score is within [0, 1], whatever the models are', () => {
  const anyModel = fc.record({
    capabilityTier: fc.constantFrom('SIMPLE', 'STANDARD', 'COMPLEX', 'REASONING'),
    defaultPriority: fc.integer({ min: 0, max: 100 }),
    priorQuality: fc.double({ min: 0, max: 1, noNaN: true }),
    verbosity: fc.double({ min: 0.1, max: 10, noNaN: true }),
    prices: fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 })).map(([input, output]) => pricesOf(input, output)),
    latency: fc.record({ firstTokenMs: fc.integer({ min: 0, max: 1e5 }), msPerOutputToken: fc.integer({ min: 0, max: 1e3 }) }),
  } as const);
  fc.assert(
    fc.property(fc.array(anyModel, { minLength: 1, maxLength: 6 }), (changes) => {
      for (const { score, factors } of scored(changes.map((change, index) => testModel(`a/${index}`, change)))) {
        for (const value of [score, ...Object.values(factors)]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1 + 1e-12);
        }
      }
    }),
  );
});
