/**
 * Choosing among one provider's models by what people and graders said of them.
 *
 * Ratings move traffic only among models that are admissible and suit the task already; whether a class should go to quite
 * another kind of model is a question for evidence, not for a running average, which flaps.
 */

import { CAPABILITY_TIERS, type CapabilityTier, type Model } from '../catalogue';
import { type RatingState, ratingKey } from '../decision/knowledge';
import type { LearningParameters } from '../decision/policy';

/** Added to the rating of a model whose capability tier is the task's. */
export const TIER_MATCH_BONUS = 0.3;

/** Default priorities go to 100, ratings of four stars and less are what an unrated model is trusted with. */
const PRIORITY_PER_STAR = 25;

type RatingRules = Pick<LearningParameters, 'minRatings' | 'poorThreshold'>;

/** What ratings say of a model for tasks of one tier. */
export interface RatingScore {
  /** In [0, 5.3]: the EWMA when there are enough ratings, else the default priority / 25; with the bonus for a matching tier. */
  readonly score: number;
  /** Ratings that the score rests on; 0 when it rests on the default priority. */
  readonly ratings: number;
  /** Rated often enough, and so badly that the next model is preferred. */
  readonly isPoor: boolean;
}

/**
 * @param rating state of (model, tier), if it was ever rated. Until there are `minRatings`, one bad answer says more about
 *               the answer than about the model: the state then neither scores nor condemns it
 */
export function ratingScore(
  model: Pick<Model, 'capabilityTier' | 'defaultPriority'>,
  tier: CapabilityTier,
  rating: RatingState | undefined,
  rules: RatingRules,
): RatingScore {
  const bonus = model.capabilityTier === tier ? TIER_MATCH_BONUS : 0;
  if (rating === undefined || rating.count < rules.minRatings) {
    return { score: model.defaultPriority / PRIORITY_PER_STAR + bonus, ratings: 0, isPoor: false };
  }
  return { score: rating.ewma + bonus, ratings: rating.count, isPoor: rating.ewma < rules.poorThreshold };
}

/** Keys of each model's tiers, so that a decision does not build and hash one per model: a fifth of its time. A pure memo. */
const KEYS = new WeakMap<Model, Map<CapabilityTier, string>>();

/** What is known of (model, tier), if it was ever rated. */
export function ratingOf(ratings: ReadonlyMap<string, RatingState>, model: Model, tier: CapabilityTier): RatingState | undefined {
  if (ratings.size === 0) return undefined;
  let keys = KEYS.get(model);
  if (keys === undefined) {
    keys = new Map(CAPABILITY_TIERS.map((each) => [each, ratingKey(model.id, each)]));
    KEYS.set(model, keys);
  }
  return ratings.get(keys.get(tier) ?? ratingKey(model.id, tier));
}

/** A model with its place in the ranking of its provider. */
export interface RankedModel extends RatingScore {
  readonly model: Model;
}

/**
 * The models of one provider, the one to use first.
 *
 * Highest rating score first, poorly rated models after all others, equals in the order given. When nobody has rated any of
 * them there is nothing to weigh, and the highest default priority comes first, the provider's default model among equals.
 *
 * @param ratings      by `ratingKey(model, tier)`
 * @param defaultModel catalogue id that the provider's entry names, if any
 */
export function rankWithinProvider(
  models: readonly Model[],
  tier: CapabilityTier,
  ratings: ReadonlyMap<string, RatingState>,
  rules: RatingRules,
  defaultModel?: string,
): readonly RankedModel[] {
  const ranked = models.map((model) => ({ model, ...ratingScore(model, tier, ratingOf(ratings, model, tier), rules) }));
  const nobodyRated = models.every((model) => ratingOf(ratings, model, tier) === undefined && !ratings.has(ratingKey(model.id)));
  if (nobodyRated) {
    return ranked.sort((a, b) => b.model.defaultPriority - a.model.defaultPriority || isDefault(b) - isDefault(a));
  }
  return ranked.sort((a, b) => Number(a.isPoor) - Number(b.isPoor) || b.score - a.score);

  function isDefault(candidate: RankedModel): number {
    return candidate.model.id === defaultModel ? 1 : 0;
  }
}
