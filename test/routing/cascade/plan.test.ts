/** A cascade as a task will go through it: which steps are left out and why, and what it is expected to cost. */

import type { Check } from '../../../routing/cascade/check';
import type { Model } from '../../../routing/catalogue';
import { decide } from '../../../routing/decision/decide';
import type { Decision } from '../../../routing/decision/decision';
import { DEFAULT_POLICY, type RouteStep } from '../../../routing/decision/policy';
import { catalogueOf, pricesOf, testModel } from '../../support/catalogue';
import { decisionInput } from '../../support/decision-input';

const CHEAP = testModel('a/cheap', { prices: pricesOf(1, 5), priorQuality: 0.75 });
const STRONG = testModel('b/strong', { prices: pricesOf(10, 50), priorQuality: 0.9 });
const JUDGE = testModel('c/judge', { prices: pricesOf(1, 5) });
const SCHEMA: Check = { kind: 'json-schema', schema: true };
const JUDGED: Check = { kind: 'judge', model: JUDGE.id, rubric: 'It is right.', maxOutputTokens: 50 };

function decided(
  steps: readonly RouteStep[],
  changes: Parameters<typeof decisionInput>[0] = {},
  models: readonly Model[] = [CHEAP, STRONG, JUDGE],
) {
  const classes = { work: { route: { kind: 'cascade', steps, stream: 'checked' } as const, tolerance: 0.05 } };
  const input = decisionInput(changes);
  const task = { ...input.task, taskClass: 'work' };
  return decide({ ...input, task, catalogue: catalogueOf(models), policy: { ...DEFAULT_POLICY, classes } });
}

const TWO: readonly RouteStep[] = [{ model: CHEAP.id, check: SCHEMA }, { model: STRONG.id }];

test('the later step is reached by the tasks that the first is expected to fail, and its cost counts by that', () => {
  const decision = decided(TWO) as Decision;
  const [cheap, strong] = [CHEAP.id, STRONG.id].map((id) => [decision.chosen, ...decision.alternatives].find(({ model }) => model === id));
  expect(decision.cascade?.steps.map(({ reach }) => reach)).toEqual([1, 0.25]);
  expect(decision.estimatedCostNanoUsd).toBe(Math.round(cheap!.estimatedCostNanoUsd + 0.25 * strong!.estimatedCostNanoUsd));
  expect(decision.cascade?.maxCostNanoUsd).toBe(cheap!.maxCostNanoUsd + strong!.maxCostNanoUsd);
  expect(decision).toMatchObject({ model: CHEAP.id, chosenBy: 'policy', propensity: 1 });
  expect(decision.chain.map(({ model }) => model)).toEqual([CHEAP.id, STRONG.id]);
});

test('a step whose model is closed to the task is left out by its rule, and none left is a refusal that names each', () => {
  const only = decided(TWO, {}, [{ ...CHEAP, privacyTiers: [] }, STRONG, JUDGE]) as Decision;
  expect(only.cascade).toMatchObject({ steps: [{ place: 2 }], skipped: [{ place: 1, model: CHEAP.id, rule: 'privacy-tier' }] });
  const none = decided(TWO, {}, [{ ...CHEAP, privacyTiers: [] }, { ...STRONG, regions: [], status: { kind: 'retired' } }, JUDGE]);
  expect(none.kind).toBe('refused');
  expect(none.reasons.join(' ')).toMatch(
    /none of them may take this task.*Step 1, a\/cheap, is closed by privacy-tier.*Step 2, b\/strong, is closed by status/,
  );
});

test('a step whose judge may not see the task is left out; the last one answers without it', () => {
  const closed = [CHEAP, STRONG, { ...JUDGE, privacyTiers: [] }];
  const first = decided([{ model: CHEAP.id, check: JUDGED }, { model: STRONG.id }], {}, closed) as Decision;
  expect(first.cascade).toMatchObject({ steps: [{ place: 2 }], skipped: [{ place: 1, rule: 'privacy-tier' }] });
  const both = decided(
    [
      { model: CHEAP.id, check: SCHEMA },
      { model: STRONG.id, check: JUDGED },
    ],
    {},
    closed,
  ) as Decision;
  expect(both.cascade?.steps.map(({ place, check }) => [place, check?.terms.kind])).toEqual([
    [1, 'json-schema'],
    [2, undefined],
  ]);
});

test('a judge needs nothing of what only an answer needs', () => {
  const able = [CHEAP, STRONG].map((model): Model => ({ ...model, capabilities: ['tools'], capabilityTier: 'REASONING' }));
  const task = { requires: { capabilities: ['tools'], tier: 'critical' } } as const;
  const decision = decided([{ model: CHEAP.id, check: JUDGED }, { model: STRONG.id }], { task }, [
    ...able,
    { ...JUDGE, capabilities: [] },
  ]) as Decision;
  expect(decision.cascade?.steps[0]?.check?.link).toMatchObject({ model: JUDGE.id, maxOutputTokens: 50 });
});

test('a model that the submitter names is called, though the cascade does not have it', () => {
  const input = decisionInput();
  const named = decided(TWO, { task: { ...input.task, constraints: { model: JUDGE.id } } }) as Decision;
  expect(named).toMatchObject({ kind: 'routed', model: JUDGE.id });
  expect(named.cascade).toBeUndefined();
  const step = decided(TWO, { task: { ...input.task, constraints: { model: STRONG.id } } }) as Decision;
  expect(step.cascade?.steps).toMatchObject([{ place: 2, link: { model: STRONG.id } }]);
});
