/**
 * The models that a task will be tried on, in order.
 *
 * A provider tends to fail as a whole, so the next model should come from another one; but a fallback that cannot do the work
 * is worse than a second try in the same house.
 */

import type { ChainLink } from './decision';
import { modelsOfRoute, type Route } from './policy';
import type { ScoredModel } from './score';

/**
 * The chosen model, then its fallbacks, at most `maxModels` in all.
 *
 * @param preferred fallbacks that the policy names, in its order
 * @param others    models that may follow them: those that reach the task's tier before those below it, the closest of these
 *                  first, poorly rated ones last; among equals a provider not yet in the chain first, then the higher score
 */
export function buildChain(
  chosen: ScoredModel,
  preferred: readonly ScoredModel[],
  others: readonly ScoredModel[],
  maxModels: number,
): readonly ScoredModel[] {
  const chain = [chosen];
  for (const next of preferred) {
    if (chain.length < maxModels && !chain.includes(next)) chain.push(next);
  }
  while (chain.length < maxModels) {
    let best: ScoredModel | undefined;
    for (const other of others) {
      if (!chain.includes(other) && (best === undefined || isBetterFallback(other, best, chain))) best = other;
    }
    if (best === undefined) break;
    chain.push(best);
  }
  return chain;
}

function isBetterFallback(a: ScoredModel, b: ScoredModel, chain: readonly ScoredModel[]): boolean {
  if (unfitness(a) !== unfitness(b)) return unfitness(a) < unfitness(b);
  const difference = repeats(a, chain) - repeats(b, chain);
  return difference === 0 ? a.candidate.score > b.candidate.score : difference < 0;
}

/** Tiers that the model is below the task's; a poorly rated one is worse than any. */
function unfitness({ isPoor, tierGap }: ScoredModel): number {
  return isPoor ? Infinity : Math.max(0, -tierGap);
}

/** How often the chain already has this model's provider. */
function repeats({ model }: ScoredModel, chain: readonly ScoredModel[]): number {
  let count = 0;
  for (const link of chain) if (link.model.provider === model.provider) count += 1;
  return count;
}

/** What the calls of a model need to know. */
export function chainLink({ model, estimate, candidate }: ScoredModel): ChainLink {
  return {
    model: model.id,
    provider: model.provider,
    pool: model.pool,
    maxCostNanoUsd: candidate.maxCostNanoUsd,
    contextWindowTokens: model.contextWindowTokens,
    maxOutputTokens: estimate.maxOutputTokens,
  };
}

/** The admissible models of a route, its first model first. */
export function routedModels(route: Route | undefined, scored: readonly ScoredModel[]): readonly ScoredModel[] {
  if (route === undefined) return [];
  return modelsOfRoute(route).flatMap((id) => scored.find(({ model }) => model.id === id) ?? []);
}
