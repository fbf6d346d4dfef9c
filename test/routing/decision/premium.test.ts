import { decide } from '../../../routing/decision/decide';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { claimOf, isPremiumClosed } from '../../../routing/decision/premium';
import type { TaskFacts } from '../../../routing/task/task';
import { catalogueOf, HAIKU, OPUS, SONNET, TEST_CATALOGUE } from '../../support/catalogue';
import { decisionInput, type InputChanges, routed } from '../../support/decision-input';

const RULES = DEFAULT_POLICY.premium;
const PERCENTILES = { closed: 10, claim: 90 };

function decideOn(changes: InputChanges) {
  const decision = routed(decide(decisionInput({ knowledge: { valuePercentiles: PERCENTILES }, ...changes })));
  const tierOf = (model: string) => TEST_CATALOGUE.models.get(model)?.costTier;
  return { decision, costTier: tierOf(decision.model), chainTiers: new Set(decision.chain.map(({ model }) => tierOf(model))) };
}

test.each<[string, Partial<TaskFacts>, string | undefined]>([
  ['a value above the claim percentile', { expectedValue: 90.1 }, 'expected value'],
  ['a value at the claim percentile', { expectedValue: 90 }, undefined],
  ['a priority of 95', { priority: 95 }, 'priority'],
  ['a priority of 94', { priority: 94 }, undefined],
  ['no stated value', {}, undefined],
])('%s claims a higher tier by: %s → %s', (_, facts, claim) => {
  expect(claimOf({ priority: 50, ...facts }, RULES, PERCENTILES)).toBe(claim);
});

test.each<[string, Partial<TaskFacts>, boolean]>([
  ['below the median', { expectedValue: 9.9 }, true],
  ['at the median', { expectedValue: 10 }, false],
  ['below the median with priority 90', { expectedValue: 9.9, priority: 90 }, false],
  ['that nobody stated', {}, false],
])('premium is closed to a value %s: %j → %s', (_, facts, closed) => {
  expect(isPremiumClosed({ priority: 50, ...facts }, RULES, PERCENTILES)).toBe(closed);
});

test('with nothing to compare with, a value neither claims nor closes', () => {
  expect(claimOf({ priority: 50, expectedValue: 1e9 }, RULES, undefined)).toBeUndefined();
  expect(isPremiumClosed({ priority: 50, expectedValue: 0 }, RULES, undefined)).toBe(false);
});

test('the cheapest tier that will do wins, however good a dearer model is', () => {
  const brilliant = { ...OPUS, priorQuality: 1, defaultPriority: 100, latency: { firstTokenMs: 1, msPerOutputToken: 0 } };
  const catalogue = catalogueOf([HAIKU, SONNET, brilliant]);
  expect(decideOn({ catalogue, descriptor: { complexity: 'simple' } }).decision.model).toBe(HAIKU.id);
  expect(decideOn({ catalogue, descriptor: { complexity: 'medium' } }).decision.model).toBe(SONNET.id);
});

test('a claim goes one tier above the cheapest that will do, and the reasons say so', () => {
  const { decision, costTier } = decideOn({ task: { expectedValue: 95 }, descriptor: { complexity: 'simple' } });
  expect(costTier).toBe('balanced');
  expect(decision.reasons).toContain('Its expected value of 95 claims a tier above the cheapest that would do.');
  expect(decideOn({ task: { priority: 95 }, descriptor: { complexity: 'medium' } }).costTier).toBe('premium');
});

test('a claim that finds no higher tier changes nothing', () => {
  const catalogue = catalogueOf([HAIKU]);
  const { decision } = decideOn({ catalogue, task: { priority: 95 }, descriptor: { complexity: 'simple' } });
  expect(decision.model).toBe(HAIKU.id);
  expect(decision.reasons.join(' ')).not.toContain('claims');
});

test('work worth less than most gets no premium model, neither first nor as a fallback', () => {
  const { decision, chainTiers } = decideOn({ task: { expectedValue: 5 }, descriptor: { complexity: 'complex' } });
  expect(chainTiers).not.toContain('premium');
  expect(decision.reasons).toContain("Premium models are kept for work that is worth more than this task's 5.");
});

test('unless nothing else is admissible', () => {
  const facts = { expectedValue: 5, requires: { tier: 'complex' } } as const;
  expect(decideOn({ task: facts }).costTier).toBe('premium');
});
