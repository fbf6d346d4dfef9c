import * as fc from 'fast-check';
import { type Model, tierRank } from '../../../routing/catalogue';
import { obstacleToCall } from '../../../routing/decision/admissible';
import { decide } from '../../../routing/decision/decide';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { COMPLEXITIES, type Complexity, PRIVACY_TIERS, TASK_TYPES, type TaskType } from '../../../routing/task/task';
import {
  ARGON,
  ASTRA,
  catalogueOf,
  FLASH,
  HAIKU,
  LUNA,
  MYTHOS,
  OPUS,
  SOL,
  SONNET,
  TEST_CATALOGUE,
  TEST_MODELS,
  testModel,
} from '../../support/catalogue';
import { decisionInput, type InputChanges, NOW, refused, routed } from '../../support/decision-input';

function decideOn(changes: InputChanges) {
  return routed(decide(decisionInput(changes)));
}

describe('worked examples', () => {
  const examples: readonly [string, TaskType, Complexity, string][] = [
    ['a simple documentation task', 'documentation', 'simple', HAIKU.id],
    ['a REST endpoint', 'code-generation', 'medium', SONNET.id],
    ['an authentication bug', 'debugging', 'medium', SONNET.id],
    ['a complex architecture', 'architecture', 'complex', OPUS.id],
    ['a critical architecture', 'architecture', 'critical', MYTHOS.id],
  ];
  test.each(examples)('within one provider, %s (%s, %s) goes to %s', (_, type, complexity, model) => {
    const decision = decideOn({ task: { constraints: { provider: 'anthropic' } }, descriptor: { type, complexity } });
    expect(decision).toMatchObject({ model, chosenBy: 'provider-ratings', propensity: 1 });
  });

  test.each(examples)('with all providers, %s (%s, %s) goes to the tier of %s', (_, type, complexity, model) => {
    const chosen = TEST_CATALOGUE.models.get(decideOn({ descriptor: { type, complexity } }).model);
    const expected = TEST_CATALOGUE.models.get(model);
    expect(chosen?.capabilityTier).toBe(expected?.capabilityTier);
    expect(chosen?.costTier).toBe(expected?.costTier);
  });
});

describe('whose word wins', () => {
  test("the submitter's least tier wins over the detected complexity, upwards and downwards", () => {
    const raised = decideOn({ task: { requires: { tier: 'complex' } }, descriptor: { complexity: 'simple' } });
    expect(raised).toMatchObject({ tier: 'COMPLEX', taskClass: 'code-generation/complex' });
    expect(raised.chain.every(({ model }) => tierRank(TEST_CATALOGUE.models.get(model)?.capabilityTier ?? 'SIMPLE') >= 2)).toBe(true);
    const lowered = decideOn({ task: { requires: { tier: 'simple' } }, descriptor: { complexity: 'critical' } });
    expect(lowered).toMatchObject({ tier: 'SIMPLE', taskClass: 'code-generation/simple' });
  });

  test("the submitter's type and class win over the detected ones", () => {
    expect(decideOn({ task: { type: 'creative' } }).taskClass).toBe('creative/medium');
    expect(decideOn({ task: { type: 'creative', taskClass: 'poems' } }).taskClass).toBe('poems');
  });

  test('a model asked for by name is the only one, and the decision says that it was asked for', () => {
    const decision = decideOn({ task: { constraints: { model: LUNA.id } } });
    expect(decision).toMatchObject({ model: LUNA.id, chosenBy: 'score' });
    expect(decision.chain).toHaveLength(1);
    expect(decision.reasons[0]).toBe(`The task asks for ${LUNA.id} by name.`);
  });
});

describe('the policy route', () => {
  const route = { kind: 'model', model: SOL.id, fallbacks: [HAIKU.id, ARGON.id] } as const;
  const policy = { classes: { 'code-generation/medium': { tolerance: 0.05, route } } };

  test('comes before any score, and its fallbacks before any other', () => {
    const decision = decideOn({ policy });
    expect(decision).toMatchObject({ model: SOL.id, chosenBy: 'policy', policyVersion: 7 });
    expect(decision.chain.map(({ model }) => model).slice(0, 3)).toEqual([SOL.id, HAIKU.id, ARGON.id]);
    expect(decision.reasons[0]).toBe(`The policy routes code-generation/medium to ${SOL.id}.`);
  });

  test('gives way to its first admissible fallback when its model is closed, and says why', () => {
    const decision = decideOn({ policy, task: { constraints: { excludeModels: [SOL.id] } } });
    expect(decision).toMatchObject({ model: HAIKU.id, chosenBy: 'policy' });
    expect(decision.reasons[0]).toContain(`${SOL.id}, which may not take this task (the task excludes it)`);
  });

  test('gives way to the score when none of its models is admissible, and says so', () => {
    const decision = decideOn({ policy, task: { constraints: { excludeModels: [SOL.id, HAIKU.id, ARGON.id] } } });
    expect(decision.chosenBy).toBe('score');
    expect(decision.reasons[0]).toContain("No model of the policy's route for code-generation/medium may take this task.");
  });

  test('does not concern other classes, whatever they are called', () => {
    for (const taskClass of ['constructor', '__proto__', 'toString', 'code-generation']) {
      expect(decideOn({ policy, task: { taskClass } }).chosenBy).toBe('score');
    }
  });
});

describe('the fallback chain', () => {
  test('alternates providers while models that reach the tier last', () => {
    const { chain } = decideOn({});
    expect(new Set(chain.slice(0, 3).map(({ provider }) => provider)).size).toBe(3);
    expect(chain.every(({ model }) => (TEST_CATALOGUE.models.get(model)?.capabilityTier ?? 'SIMPLE') !== 'SIMPLE')).toBe(true);
  });

  test('goes to another provider before a better model of the same one', () => {
    const catalogue = catalogueOf(
      [1, 0.9, 0.8].map((priorQuality) => testModel(`a/${priorQuality}`, { priorQuality })).concat(testModel('b/m')),
    );
    expect(decideOn({ catalogue }).chain.map(({ model }) => model)).toEqual(['a/1', 'b/m', 'a/0.9', 'a/0.8']);
  });

  test('descends tier by tier when too few models reach the task, the poorly rated last', () => {
    const catalogue = catalogueOf([HAIKU, SONNET, OPUS, MYTHOS]);
    const ratings = new Map([[`${MYTHOS.id}#COMPLEX`, { ewma: 1.5, count: 9 }]]);
    const { chain } = decideOn({ catalogue, knowledge: { ratings }, descriptor: { complexity: 'complex' } });
    expect(chain.map(({ model }) => model)).toEqual([OPUS.id, SONNET.id, HAIKU.id, MYTHOS.id]);
  });

  test('is never longer than the policy allows and never names a model twice', () => {
    for (const maxModels of [1, 2, 3, 50]) {
      const { chain } = decideOn({ policy: { attempts: { ...DEFAULT_POLICY.attempts, maxModels } } });
      expect(chain.length).toBe(Math.min(maxModels, TEST_MODELS.length));
      expect(new Set(chain.map(({ model }) => model)).size).toBe(chain.length);
    }
  });

  test('tells each call its pool, window, worst case and output limit', () => {
    const small = testModel('local/small', { contextWindowTokens: 1_100, maxOutputTokens: 700, pool: 'gpu' });
    const { chain } = decideOn({ catalogue: catalogueOf([small]) });
    expect(chain).toEqual([
      {
        model: small.id,
        provider: 'local',
        pool: 'gpu',
        contextWindowTokens: 1_100,
        maxOutputTokens: 700,
        maxCostNanoUsd: expect.any(Number),
      },
    ]);
  });
});

describe('ratings', () => {
  const poor = { ewma: 2.24, count: 7 };

  test('pass over a poorly rated model within a provider and among all', () => {
    const knowledge = { ratings: new Map([[`${SONNET.id}#STANDARD`, poor]]) };
    expect(decideOn({ knowledge, task: { constraints: { provider: 'anthropic' } } }).model).toBe(OPUS.id);
    const everyone = decideOn({ knowledge });
    expect([SOL.id, FLASH.id]).toContain(everyone.model);
    expect(everyone.reasons.join(' ')).toContain(`${SONNET.id} passed over: rated below 2.5`);
  });

  test('leave the poorly rated model in place when there is no other', () => {
    const knowledge = { ratings: new Map([[`${SONNET.id}#STANDARD`, poor]]) };
    expect(decideOn({ knowledge, catalogue: catalogueOf([SONNET]) }).model).toBe(SONNET.id);
  });
});

describe('a refusal', () => {
  test('names every model with the rule that removed it, and invents nothing', () => {
    const refusal = refused(decide(decisionInput({ task: { residency: 'mars' } })));
    expect(refusal.filteredOut.map(({ rule }) => rule)).toEqual(TEST_MODELS.map(() => 'residency'));
    expect(refusal.reasons[0]).toBe('No model may take this task: 10 by residency.');
  });

  test('of an unknown model or provider says that the name is the trouble', () => {
    expect(refused(decide(decisionInput({ task: { constraints: { model: 'x/y' } } }))).reasons[0]).toContain(
      'model "x/y", which is not in the catalogue',
    );
    expect(refused(decide(decisionInput({ task: { constraints: { provider: 'x' } } }))).reasons[0]).toContain('provider "x"');
    expect(refused(decide(decisionInput({ catalogue: catalogueOf([]) }))).reasons[0]).toContain('The catalogue has no models');
  });
});

describe('the record', () => {
  test('has every admissible model with its factors and every other one with its rule', () => {
    const decision = decideOn({ task: { constraints: { excludeModels: [ASTRA.id] } } });
    const named = [decision.model, ...decision.alternatives.map(({ model }) => model), ...decision.filteredOut.map(({ model }) => model)];
    expect(named.sort()).toEqual(TEST_MODELS.map(({ id }) => id).sort());
    expect(decision.alternatives.map(({ score }) => score)).toEqual(decision.alternatives.map(({ score }) => score).sort((a, b) => b - a));
    expect(decision).toMatchObject({ policyVersion: 7, catalogueVersion: 'test', maxOutputTokens: 4096 });
  });

  test('is the same for the same input', () => {
    expect(decide(decisionInput())).toEqual(decide(decisionInput()));
  });

  test('says that an unknown price is not counted', () => {
    const { prices: _, ...unpriced } = testModel('local/llama', { allowUnknownPrice: true });
    const decision = decideOn({ catalogue: catalogueOf([unpriced]) });
    expect(decision.chosen.isPriceUnknown).toBe(true);
    expect(decision.reasons.join(' ')).toContain('The price of local/llama is unknown');
  });

  test('shares tasks among models that nothing tells apart, with the propensity of that', () => {
    const twins = catalogueOf(['a/m', 'b/m', 'c/m'].map((id) => testModel(id)));
    const counts = new Map<string, number>();
    for (let task = 0; task < 300; task += 1) {
      const decision = decideOn({ catalogue: twins, seed: `task-${task}` });
      expect(decision.propensity).toBeCloseTo(1 / 3);
      counts.set(decision.model, (counts.get(decision.model) ?? 0) + 1);
    }
    for (const id of twins.models.keys()) expect(counts.get(id)).toBeGreaterThan(70);
  });
});

describe('confidence', () => {
  test('is an integer from 0 to 100, highest for an approved route on a fitting model', () => {
    const byScore = decideOn({});
    const route = { kind: 'model', model: SONNET.id, fallbacks: [] } as const;
    const byPolicy = decideOn({ policy: { classes: { 'code-generation/medium': { tolerance: 0.05, route } } } });
    expect(byPolicy.confidence).toBe(100);
    expect(byScore.confidence).toBeLessThan(100);
    expect(Number.isInteger(byScore.confidence)).toBe(true);
  });

  test('grows with what is known of the model and falls with misfit', () => {
    const only = (knowledge: InputChanges['knowledge'], complexity: Complexity) =>
      decideOn({ catalogue: catalogueOf([SONNET]), descriptor: { complexity }, ...(knowledge && { knowledge }) }).confidence;
    const seen = { performance: new Map([[SONNET.id, { attempts: 90, successes: 90, graded: 0 }]]) };
    expect(only(seen, 'medium')).toBeGreaterThan(only({}, 'medium'));
    expect(only({}, 'critical')).toBeLessThan(only({}, 'medium'));
  });
});

test('whatever the models and the task, every model that may ever be called is open to the task, and every other one is explained', () => {
  const model = fc.record({
    capabilityTier: fc.constantFrom('SIMPLE', 'STANDARD', 'COMPLEX', 'REASONING'),
    costTier: fc.constantFrom('budget', 'balanced', 'premium'),
    privacyTiers: fc.uniqueArray(fc.constantFrom(...PRIVACY_TIERS)),
    regions: fc.uniqueArray(fc.constantFrom('eu', 'us')),
    contextWindowTokens: fc.integer({ min: 500, max: 5_000 }),
    status: fc.constantFrom<Model['status']>({ kind: 'active' }, { kind: 'deprecated', retiresAt: NOW }, { kind: 'retired' }),
  } as const);
  const task = fc.record(
    {
      privacyTier: fc.constantFrom(...PRIVACY_TIERS),
      residency: fc.constantFrom('eu', 'us', 'mars'),
      type: fc.constantFrom(...TASK_TYPES),
      priority: fc.integer({ min: 0, max: 100 }),
      expectedValue: fc.double({ min: 0, max: 100, noNaN: true }),
      requires: fc.record({ tier: fc.constantFrom(...COMPLEXITIES) }, { requiredKeys: [] }),
    },
    { requiredKeys: ['privacyTier', 'priority', 'requires'] },
  );
  fc.assert(
    fc.property(fc.array(model, { maxLength: 6 }), task, fc.constantFrom(...COMPLEXITIES), (changes, facts, complexity) => {
      const models = changes.map((change, index) => testModel(`${'abc'[index % 3]}/${index}`, change));
      const input = decisionInput({
        catalogue: catalogueOf(models),
        task: facts,
        descriptor: { complexity },
        knowledge: { valuePercentiles: { closed: 50, claim: 90 } },
        policy: {
          classes: {
            [`code-generation/${complexity}`]: { tolerance: 0, route: { kind: 'model', model: 'a/0', fallbacks: ['b/1', 'c/2'] } },
          },
        },
      });
      const result = decide(input);
      const open = models.filter((each) => obstacleToCall(each, input.task, input.descriptor, NOW) === undefined).map(({ id }) => id);
      const considered = result.kind === 'refused' ? [] : [result.model, ...result.alternatives.map((alternative) => alternative.model)];
      expect([...considered].sort()).toEqual(open.sort());
      expect(result.filteredOut).toHaveLength(models.length - open.length);
      if (result.kind === 'refused') return;
      expect(result.chain[0]?.model).toBe(result.model);
      for (const link of result.chain) expect(open).toContain(link.model);
      expect(result.confidence).toBeGreaterThanOrEqual(0);
      expect(result.confidence).toBeLessThanOrEqual(100);
    }),
  );
});
