import * as fc from 'fast-check';
import type { Model } from '../../../routing/catalogue';
import { type FilterInput, filterModels, obstacleToCall } from '../../../routing/decision/admissible';
import type { FilterRule } from '../../../routing/decision/decision';
import { NO_KNOWLEDGE } from '../../../routing/decision/knowledge';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { PRIVACY_TIERS, type TaskFacts } from '../../../routing/task/task';
import { usdToNano } from '../../../routing/units';
import { catalogueOf, testModel } from '../../support/catalogue';
import { describedAs, NOW, taskFacts } from '../../support/decision-input';

function obstacle(model: Partial<Model>, task: Partial<TaskFacts>, descriptor = describedAs()): FilterRule | undefined {
  return obstacleToCall(testModel('a/m', model), taskFacts(task), descriptor, NOW)?.rule;
}

function filtered(changes: Partial<FilterInput>, models: readonly Model[] = [testModel('a/m')]) {
  return filterModels({
    task: taskFacts(),
    descriptor: describedAs(),
    size: { promptBytes: 1600, messageCount: 1, maxOutputTokens: 4096 },
    catalogue: catalogueOf(models),
    approved: undefined,
    constraints: DEFAULT_POLICY.constraints,
    knowledge: NO_KNOWLEDGE,
    now: NOW,
    ...changes,
  });
}

const rulesOf = (changes: Partial<FilterInput>, models?: readonly Model[]) => filtered(changes, models).filteredOut.map(({ rule }) => rule);

describe('right before every call', () => {
  test('a model is open to a task that it is approved for and can carry', () => {
    expect(obstacle({}, { residency: 'eu', requires: { capabilities: ['tools'], tier: 'medium' } })).toBeUndefined();
  });

  test('a retired model is closed, a deprecated one from the instant it retires', () => {
    expect(obstacle({ status: { kind: 'retired' } }, {})).toBe('status');
    expect(obstacle({ status: { kind: 'deprecated' } }, {})).toBeUndefined();
    expect(obstacle({ status: { kind: 'deprecated', retiresAt: NOW + 1 } }, {})).toBeUndefined();
    expect(obstacle({ status: { kind: 'deprecated', retiresAt: NOW } }, {})).toBe('status');
  });

  test('a privacy tier must be listed by name: being approved for a stricter one is not being approved for this one', () => {
    expect(obstacle({ privacyTiers: ['restricted'] }, { privacyTier: 'public' })).toBe('privacy-tier');
    expect(obstacle({ privacyTiers: [] }, { privacyTier: 'public' })).toBe('privacy-tier');
  });

  test('a residency must be listed by name, an empty or unknown one too', () => {
    expect(obstacle({ regions: ['us'] }, { residency: 'eu' })).toBe('residency');
    expect(obstacle({ regions: [] }, { residency: '' })).toBe('residency');
    expect(obstacle({ regions: [] }, {})).toBeUndefined();
  });

  test('capabilities, the least tier, the window and the output limit must suffice', () => {
    expect(obstacle({}, { requires: { capabilities: ['tools', 'audio'] } })).toBe('capability');
    expect(obstacle({}, { requires: { tier: 'complex' } })).toBe('capability');
    expect(obstacle({ contextWindowTokens: 999 }, {})).toBe('context-window');
    expect(obstacle({ contextWindowTokens: 1_000 }, {})).toBeUndefined();
    expect(obstacle({ contextWindowTokens: 199_999 }, { requires: { contextWindowTokens: 200_000 } })).toBe('context-window');
    expect(obstacle({ maxOutputTokens: 599 }, {})).toBe('output-limit');
    expect(obstacle({ maxOutputTokens: 599 }, { maxOutputTokens: 100 })).toBeUndefined();
  });

  test('privacy and residency close a model whatever else is asked for', () => {
    const anyModel = fc.record({
      privacyTiers: fc.uniqueArray(fc.constantFrom(...PRIVACY_TIERS)),
      regions: fc.uniqueArray(fc.constantFrom<string>('eu', 'us', 'ch')),
    });
    const anyTask = fc.record({
      privacyTier: fc.constantFrom(...PRIVACY_TIERS),
      residency: fc.option(fc.constantFrom('eu', 'us', 'mars'), { nil: undefined }),
      priority: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(anyModel, anyTask, ({ privacyTiers, regions }, { residency, ...task }) => {
        const isApproved = privacyTiers.includes(task.privacyTier) && (residency === undefined || regions.includes(residency));
        const found = obstacle({ privacyTiers, regions }, { ...task, ...(residency !== undefined && { residency }) });
        expect(found === undefined).toBe(isApproved);
      }),
    );
  });
});

describe('when a decision is made', () => {
  const { prices: _, ...unpriced } = testModel('a/unpriced');
  const asked = (constraints: TaskFacts['constraints']) => ({ task: taskFacts({ constraints }) });
  const knowing = (knowledge: Partial<typeof NO_KNOWLEDGE>) => ({ knowledge: { ...NO_KNOWLEDGE, ...knowledge } });

  test.each<[FilterRule, Partial<FilterInput>, Model?]>([
    ['provider', asked({ provider: 'b' })],
    ['model', asked({ model: 'b/m' })],
    ['excluded', asked({ excludeModels: ['a/m'] })],
    ['approved-list', { approved: [] }],
    ['not-configured', knowing({ configuredProviders: new Set(['b']) })],
    ['unknown-price', {}, unpriced],
    ['cost-limit', asked({ maxCostNanoUsd: 1 })],
    ['cost-limit', { constraints: { ...DEFAULT_POLICY.constraints, maxCostPerCallNanoUsd: 1 } }],
    ['budget', knowing({ budgetRoomNanoUsd: 1 })],
    ['min-quality', asked({ minQuality: 0.81 })],
    ['max-latency', asked({ maxLatencyMs: 6_499 })],
  ])('%s closes a model', (rule, changes, model = testModel('a/m')) => {
    expect(rulesOf(changes, [model])).toEqual([rule]);
  });

  test('each of the limits is met by the value it names', () => {
    const maxCostNanoUsd = filtered({}).admissible[0]?.estimate.maxCostNanoUsd ?? Number.NaN;
    const limits = { maxCostNanoUsd, minQuality: 0.8, maxLatencyMs: 6_500 };
    expect(rulesOf({ ...asked(limits), ...knowing({ budgetRoomNanoUsd: maxCostNanoUsd }) })).toEqual([]);
  });

  test('a model of unknown price that is allowed by name passes, but not a limit on what a call may cost', () => {
    const allowed = [{ ...unpriced, allowUnknownPrice: true }];
    expect(rulesOf({}, allowed)).toEqual([]);
    expect(rulesOf(asked({ maxCostNanoUsd: usdToNano(100) }), allowed)).toEqual(['cost-limit']);
  });

  test('the first rule in the fixed order is the one that is named', () => {
    const everything = asked({ provider: 'b', excludeModels: ['a/m'], minQuality: 1 });
    expect(rulesOf(everything, [testModel('a/m', { status: { kind: 'retired' } })])).toEqual(['status']);
    expect(rulesOf(everything)).toEqual(['provider']);
  });

  test('a model that cools down steps back for others, and is let through when it alone is left', () => {
    const health = new Map([['a/m', { state: 'open', until: NOW + 1, trips: 1 } as const]]);
    const both = [testModel('a/m'), testModel('b/m')];
    expect(filtered(knowing({ health }), both)).toMatchObject({
      filteredOut: [{ model: 'a/m', rule: 'cool-down' }],
      isCoolDownLifted: false,
    });
    expect(filtered(knowing({ health }))).toMatchObject({ filteredOut: [], isCoolDownLifted: true });
    expect(rulesOf({ ...knowing({ health }), now: NOW + 1 }, both)).toEqual([]);
  });

  test('every model is either admissible or has exactly one rule', () => {
    const models = ['a/1', 'a/2', 'b/1', 'c/1'].map((id) => testModel(id));
    const { admissible, filteredOut } = filtered(asked({ provider: 'a', excludeModels: ['a/2'] }), models);
    expect(admissible.map(({ model }) => model.id)).toEqual(['a/1']);
    expect(filteredOut.map(({ model, rule }) => [model, rule])).toEqual([
      ['a/2', 'excluded'],
      ['b/1', 'provider'],
      ['c/1', 'provider'],
    ]);
  });
});
