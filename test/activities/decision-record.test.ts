/** A decision can be computed again from what is stored of it, long after everything it rested on has changed. */

import { decideTask } from '../../activities/decide';
import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { policyFromJson } from '../../db/documents/policy-document';
import { taskFactsOf } from '../../db/documents/submission';
import { knowledgeOf, moveHealth, type StoredKnowledge } from '../../db/queries/dispatch';
import { catalogueBody, loadPolicy } from '../../db/queries/rules';
import { decide } from '../../routing/decision/decide';
import type { Knowledge } from '../../routing/decision/knowledge';
import { describePrompt } from '../../routing/task/describe-prompt';
import type { Prompt } from '../../routing/task/prompt';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { MODELS, NORTH, SOUTH, WORK, workPolicy } from '../support/scenario';

interface StoredInputs {
  readonly knowledge: StoredKnowledge;
  readonly valuePercentiles?: NonNullable<Knowledge['valuePercentiles']>;
  readonly configuredProviders: readonly string[];
  readonly now: number;
  readonly seed: string;
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

  await moveHealth(box.db, NORTH.id, () => ({ state: 'closed', consecutiveFailures: 0 }));
  await box.apply({ models: [SOUTH], policy: workPolicy({ classes: {} }) });

  const { task, prompt, promptBytes, decision } = (await box.client.task(taskId))!;
  const { knowledge, valuePercentiles, configuredProviders, now, seed } = decision!.inputs as StoredInputs;
  const facts = taskFactsOf(taskId, task);
  const policy = await loadPolicy(box.db, decision!.policyVersion);
  const again = decide({
    task: facts,
    descriptor: describePrompt(prompt as Prompt, facts),
    promptBytes,
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
  });
  expect(again.kind).toBe(kind);
  expect(JSON.parse(JSON.stringify(again))).toEqual(decision!.record);
});
