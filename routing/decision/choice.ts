/**
 * The model that a task begins with: what the policy names, else what a provider's ratings or the score prefer.
 */

import type { CapabilityTier, Catalogue } from '../catalogue';
import { rankWithinProvider } from '../learning/choose';
import type { TaskFacts } from '../task/task';
import type { ChosenBy } from './decision';
import type { Knowledge } from './knowledge';
import type { Policy } from './policy';
import type { ScoredModel } from './score';
import { seededFraction } from './seeded-fraction';

/** The model to begin with, and how it came to be that. */
export interface Choice {
  readonly model: ScoredModel;
  readonly by: ChosenBy;
  /** Probability that it would have been chosen for such a task, in (0, 1]. */
  readonly propensity: number;
}

/** What a choice rests on beside the candidates. */
export interface ChoiceInput {
  readonly task: Pick<TaskFacts, 'constraints'>;
  readonly catalogue: Pick<Catalogue, 'defaultModels'>;
  readonly policy: Pick<Policy, 'learning'>;
  readonly knowledge: Pick<Knowledge, 'ratings'>;
  /** Decides between models that nothing else tells apart. */
  readonly seed: string;
}

/**
 * @param routed admissible models of the policy's route, in its order; empty when there is no route
 * @param pool   what premium protection leaves to choose from, at least one
 */
export function chooseModel(
  { task, knowledge, policy, catalogue, seed }: ChoiceInput,
  tier: CapabilityTier,
  routed: readonly ScoredModel[],
  pool: readonly ScoredModel[],
): Choice {
  if (routed[0] !== undefined) return { model: routed[0], by: 'policy', propensity: 1 };
  const { provider, model } = task.constraints;
  if (provider !== undefined && model === undefined) {
    const leastGap = Math.min(...pool.map(({ tierGap }) => tierGap));
    const closest = pool.filter(({ tierGap }) => tierGap === leastGap).map((scored) => scored.model);
    const [first] = rankWithinProvider(closest, tier, knowledge.ratings, policy.learning, catalogue.defaultModels.get(provider));
    const preferred = pool.find((scored) => scored.model === first?.model);
    if (preferred !== undefined) return { model: preferred, by: 'provider-ratings', propensity: 1 };
  }
  return chooseByScore(pool, seed);
}

/**
 * Probability that a model is chosen for a task while a rollout sends a share of such tasks to another.
 *
 * @param usual  what would be chosen without the rollout
 * @param moved  first model of the approved route
 * @param weight share of the tasks that are moved, in [0, 1]
 */
export function likelihoodOf(model: ScoredModel, usual: Choice, moved: ScoredModel, weight: number): number {
  return (model === moved ? weight : 0) + (model === usual.model ? (1 - weight) * usual.propensity : 0);
}

/** The highest score. Models that score the same share the tasks evenly: such are two accounts of one model. */
function chooseByScore(pool: readonly ScoredModel[], seed: string): Choice {
  const best = Math.max(...pool.map(({ candidate }) => candidate.score));
  const equals = pool.filter(({ candidate }) => candidate.score === best);
  const model = equals[Math.floor(seededFraction(seed, 0) * equals.length)];
  if (model === undefined) throw new RangeError('a pool to choose from is empty');
  return { model, by: 'score', propensity: 1 / equals.length };
}
