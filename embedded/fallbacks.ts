/**
 * The chain of a decision as its owner wants it: fallbacks of his own, and a model that is always tried last.
 *
 * Both choose only among models that may take the task: nothing that a filter has closed comes back in here.
 */

import { type DecisionInput, decide } from '../routing/decision/decide';
import type { ChainLink, Decision, Refusal } from '../routing/decision/decision';

export interface Preferences {
  /** Fallbacks by the chosen model or by the class; the model's go before. */
  readonly fallbacks: ReadonlyMap<string, readonly string[]>;
  readonly defaultModel: string | undefined;
}

/** Decides, and arranges the chain. */
export function decideWith(preferences: Preferences, input: DecisionInput): Decision | Refusal {
  const decided = decide(input);
  if (decided.kind === 'refused') return decided;
  const { chain } = decided;
  const { maxModels } = decided.limits;
  const own = preferences.fallbacks.get(decided.model) ?? preferences.fallbacks.get(decided.taskClass);
  const links = own === undefined ? chain : [...chain.slice(0, 1), ...linksOf(own, decided, input)].slice(0, maxModels);
  const arranged = endingWith(preferences.defaultModel, links, decided, input);
  return { ...decided, chain: arranged, reasons: reasonsFor(decided, arranged) };
}

/** The links with the default model as the last one, where it may take the task and is not the first, and there is to be a second. */
function endingWith(
  defaultModel: string | undefined,
  links: readonly ChainLink[],
  decided: Decision,
  input: DecisionInput,
): readonly ChainLink[] {
  const { maxModels } = decided.limits;
  const [last] = defaultModel === undefined || maxModels < 2 ? [] : linksOf([defaultModel], decided, input);
  if (last === undefined) return links;
  return [...links.filter(({ model }) => model !== defaultModel).slice(0, maxModels - 1), last];
}

/** Those of the models that may take the task, beside the chosen one, with what their calls need to know. */
function linksOf(models: readonly string[], decided: Decision, { catalogue, descriptor }: DecisionInput): readonly ChainLink[] {
  return models.flatMap((id) => {
    const known = decided.chain.find(({ model }) => model === id);
    const candidate = decided.alternatives.find(({ model }) => model === id);
    const model = catalogue.models.get(id);
    if (id === decided.model || candidate === undefined || model === undefined) return [];
    if (known !== undefined) return [known];
    const { provider, pool, contextWindowTokens } = model;
    // As the estimate of a candidate takes it: the answer's limit, the model's own, and what its window leaves.
    const maxOutputTokens = Math.max(
      1,
      Math.min(decided.maxOutputTokens, model.maxOutputTokens, contextWindowTokens - descriptor.estimatedInputTokens),
    );
    return [{ model: id, provider, pool, maxCostNanoUsd: candidate.maxCostNanoUsd, contextWindowTokens, maxOutputTokens }];
  });
}

/** The reasons, with the sentence about what comes next as it is now. */
function reasonsFor({ reasons, chain }: Decision, arranged: readonly ChainLink[]): readonly string[] {
  const names = (links: readonly ChainLink[]) => links.slice(1).map(({ model }) => model);
  const [before, after] = [names(chain), names(arranged)];
  if (before.join() === after.join()) return reasons;
  const kept = reasons.filter((reason) => !reason.startsWith('If it fails, '));
  return after.length === 0 ? kept : [...kept, `If it fails, these would be next: ${after.join(', ')}.`];
}
