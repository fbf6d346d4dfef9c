/** A decision can be computed again from what is stored of it, long after everything it rested on has changed. */

import { decideTask } from '../../activities/decide';
import { lookAtRollout } from '../../activities/review/rollout';
import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { policyFromJson } from '../../db/documents/policy-document';
import { taskFactsOf } from '../../db/documents/submission';
import { knowledgeOf, moveHealth, type StoredKnowledge } from '../../db/queries/dispatch';
import { catalogueBody, loadPolicy } from '../../db/queries/rules';
import type { LiveCanary } from '../../routing/decision/canary';
import { decide } from '../../routing/decision/decide';
import type { Knowledge } from '../../routing/decision/knowledge';
import { describePrompt } from '../../routing/task/describe-prompt';
import type { Prompt } from '../../routing/task/prompt';
import { insertRollout } from '../support/approved-proposal';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { MODELS, NORTH, SOUTH, WEST, WORK, workPolicy } from '../support/scenario';

interface StoredInputs {
  readonly knowledge: StoredKnowledge;
  readonly valuePercentiles?: NonNullable<Knowledge['valuePercentiles']>;
  readonly configuredProviders: readonly string[];
  readonly now: number;
  readonly seed: string;
  readonly canaries?: readonly LiveCanary[];
}

let box: Installation;
afterEach(() => box.end());

test.each([
  ['a routed one', {}, 'routed'],
  ['a scored one', { taskClass: 'unrouted', expectedValue: 3 }, 'routed'],
  ['a refused one', { residency: 'nowhere' }, 'refused'],
] as const)('%s', async (_, changes, kind) => {
  box = await install({ models: MODELS, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
  const deps = depsOf(box);
  await moveHealth(box.db, NORTH.id, () => ({ state: 'open', until: Date.now() + 60_000, trips: 1 }));
  const { taskId } = await box.client.submit({ ...WORK, ...changes });
  await decideTask(deps, { taskId });
  await expectComputedAgain(taskId, kind);
});

test('one on either side of a rollout, after the rollout has ended', async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  const deps = depsOf(box);
  const halves = { steps: [0.5], minPerArm: [5], dwellMs: [0] };
  const rolloutId = await insertRollout(box.db, { baseline: NORTH.id, candidate: WEST.id, canary: halves });
  await lookAtRollout(deps, { rolloutId }, new AbortController().signal);
  const arms = new Map<string, string>();
  while (arms.size < 2) {
    const { taskId } = await box.client.submit(WORK);
    await decideTask(deps, { taskId });
    const { decision } = (await box.client.task(taskId))!;
    expect(decision).toMatchObject({ rolloutId, propensity: 0.5, record: { rollout: { id: rolloutId, arm: decision!.arm } } });
    arms.set(decision!.arm!, taskId);
  }
  for (const taskId of arms.values()) await expectComputedAgain(taskId, 'routed');
});

/** Whatever the decision rested on changes; from what is stored of it, it comes out the same. */
async function expectComputedAgain(taskId: string, kind: 'routed' | 'refused'): Promise<void> {
  await moveHealth(box.db, NORTH.id, () => ({ state: 'closed', consecutiveFailures: 0 }));
  await box.apply({ models: [SOUTH], policy: workPolicy({ classes: {} }) });

  const { task, prompt, promptBytes, decision } = (await box.client.task(taskId))!;
  const { knowledge, valuePercentiles, configuredProviders, now, seed, canaries = [] } = decision!.inputs as StoredInputs;
  const facts = taskFactsOf(taskId, task);
  const policy = await loadPolicy(box.db, decision!.policyVersion);
  const again = decide({
    task: facts,
    descriptor: describePrompt(prompt as Prompt, facts),
    promptBytes: promptBytes!,
    messageCount: (prompt as Prompt).messages.length,
    catalogue: storedCatalogueFromJson(await catalogueBody(box.db, decision!.catalogueVersion)).catalogue,
    policy: { ...policyFromJson(policy!.body), version: policy!.version },
    knowledge: {
      ...knowledgeOf(knowledge),
      configuredProviders: new Set(configuredProviders),
      ...(valuePercentiles && { valuePercentiles }),
    },
    now,
    seed,
    canaries,
  });
  expect(again.kind).toBe(kind);
  expect(JSON.parse(JSON.stringify(again))).toEqual(decision!.record);
}
