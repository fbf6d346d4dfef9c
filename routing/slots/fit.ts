/**
 * Which models a decided task may run on when slots decide between them.
 *
 * What a person approved stays: a task that a policy, a rollout or its submitter sends to one model waits for a slot of that model.
 * Where the score decided, any admissible model that reaches the task's tier may take it, and the slots say which.
 */

import { type Catalogue, tierRank } from '../catalogue';
import type { ChainLink, Decision } from '../decision/decision';
import type { TaskFacts } from '../task/task';
import type { SlotTask } from './slot';

/** Models of a decision for slots. */
export type Fit = Pick<SlotTask, 'fits' | 'lacks'>;

/**
 * The models that may take a decided task, and what the others lack.
 *
 * @param served models that some account has, by catalogue id
 * @returns undefined when the chosen model is served by no account: the task needs no slot
 */
export function fitOf(
  decision: Decision,
  task: Pick<TaskFacts, 'constraints'>,
  catalogue: Catalogue,
  served: ReadonlySet<string>,
): Fit | undefined {
  if (!served.has(decision.model)) return undefined;
  const isSent = decision.chosenBy === 'policy' || decision.rollout !== undefined;
  const isFixed = isSent || task.constraints.model !== undefined;
  const admissible = [decision.model, ...decision.alternatives.map(({ model }) => model)];
  const wanted = Math.min(tierRank(decision.tier), rankOf(decision.model, catalogue));
  const fits = isFixed ? [decision.model] : admissible.filter((model) => served.has(model) && rankOf(model, catalogue) >= wanted);
  const lacks: Record<string, string> = {};
  for (const model of served) {
    if (fits.includes(model)) continue;
    const filtered = decision.filteredOut.find((out) => out.model === model);
    if (filtered !== undefined) lacks[model] = filtered.detail;
    else if (isFixed) lacks[model] = `the task goes to ${decision.model}`;
    else
      lacks[model] = admissible.includes(model) ? `the task wants a ${decision.tier} model` : 'it was not among the models of the decision';
  }
  return { fits, lacks };
}

function rankOf(model: string, catalogue: Catalogue): number {
  const found = catalogue.models.get(model);
  return found === undefined ? -1 : tierRank(found.capabilityTier);
}

/** The chain of a decision with the model of the slot first. */
export function chainFrom(model: string, decision: Decision, catalogue: Catalogue): readonly ChainLink[] {
  if (decision.chain[0]?.model === model) return decision.chain;
  const rest = decision.chain.filter((link) => link.model !== model);
  const known = decision.chain.find((link) => link.model === model) ?? linkOf(model, decision, catalogue);
  return known === undefined ? decision.chain : [known, ...rest];
}

function linkOf(id: string, decision: Decision, catalogue: Catalogue): ChainLink | undefined {
  const model = catalogue.models.get(id);
  const candidate = decision.alternatives.find((alternative) => alternative.model === id);
  if (model === undefined || candidate === undefined) return undefined;
  return {
    model: id,
    provider: model.provider,
    pool: model.pool,
    maxCostNanoUsd: candidate.maxCostNanoUsd,
    contextWindowTokens: model.contextWindowTokens,
    maxOutputTokens: Math.min(decision.maxOutputTokens, model.maxOutputTokens),
  };
}
