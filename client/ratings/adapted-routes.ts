/**
 * What ratings make of the routing: who serves each tier of a provider now, who would without any rating, who is rated too badly, and
 * which routes of the policy a review should look at.
 *
 * Ratings move traffic by themselves only where a task names nothing but a provider, and by a share of the score; whatever a policy
 * routes stays there until a review has proved something better.
 */

import { CAPABILITY_TIERS, type CapabilityTier, type Catalogue, type Model } from '../../routing/catalogue';
import type { RatingState } from '../../routing/decision/knowledge';
import type { Policy } from '../../routing/decision/policy';
import { type RankedModel, rankWithinProvider, ratingOf } from '../../routing/learning/choose';
import { COMPLEXITIES } from '../../routing/task/task';

/** One row of the effective routing table. */
export interface AdaptedRoute {
  readonly tier: CapabilityTier;
  readonly provider: string;
  readonly model: string;
  /** As ratings are compared: EWMA or prior, with the bonus for a matching tier. */
  readonly score: number;
  /** Ratings that the score rests on; 0: on the default priority alone. */
  readonly ratings: number;
  /** Who would serve it had nobody rated anything. */
  readonly unadapted: string;
}

/** A model that is passed over in a tier. */
export interface PoorModel {
  readonly tier: CapabilityTier;
  readonly model: string;
  readonly ewma: number;
  readonly ratings: number;
}

/** A better rated model for a tier, of whichever provider. */
export interface SuggestedSwap {
  readonly tier: CapabilityTier;
  readonly from: string;
  readonly to: string;
  /** EWMA of each in the tier. */
  readonly fromEwma: number;
  readonly toEwma: number;
  readonly toRatings: number;
  /** Classes that the policy routes to `from`; empty: none, and ratings move what they may by themselves. */
  readonly classes: readonly string[];
}

export interface RatingsReport {
  readonly routes: readonly AdaptedRoute[];
  readonly poor: readonly PoorModel[];
  readonly swaps: readonly SuggestedSwap[];
}

type Ratings = ReadonlyMap<string, RatingState>;

/** @param ratings by `ratingKey(model, tier)` and `ratingKey(model)` */
export function adaptedRoutes(catalogue: Catalogue, policy: Policy, ratings: Ratings): RatingsReport {
  const models = [...catalogue.models.values()].filter(({ status }) => status.kind !== 'retired');
  return {
    routes: CAPABILITY_TIERS.flatMap((tier) => routesOf(tier, models, catalogue, policy, ratings)),
    poor: CAPABILITY_TIERS.flatMap((tier) => poorIn(tier, models, policy, ratings)),
    swaps: CAPABILITY_TIERS.flatMap((tier) => swapsIn(tier, models, policy, ratings)),
  };
}

function routesOf(
  tier: CapabilityTier,
  models: readonly Model[],
  { defaultModels }: Catalogue,
  { learning }: Policy,
  ratings: Ratings,
): AdaptedRoute[] {
  return [...Map.groupBy(models, ({ provider }) => provider)].flatMap(([provider, own]) => {
    const rank = (known: Ratings): RankedModel | undefined =>
      rankWithinProvider(own, tier, known, learning, defaultModels.get(provider))[0];
    const [first, unadapted] = [rank(ratings), rank(new Map())];
    if (first === undefined || unadapted === undefined) return [];
    return [{ tier, provider, model: first.model.id, score: first.score, ratings: first.ratings, unadapted: unadapted.model.id }];
  });
}

/** The rating of a model in a tier, once there are enough for it to count. */
function countedRating(model: Model, tier: CapabilityTier, { learning }: Policy, ratings: Ratings): RatingState | undefined {
  const rating = ratingOf(ratings, model, tier);
  return rating === undefined || rating.count < learning.minRatings ? undefined : rating;
}

function poorIn(tier: CapabilityTier, models: readonly Model[], policy: Policy, ratings: Ratings): PoorModel[] {
  return models
    .flatMap((model): PoorModel[] => {
      const rating = countedRating(model, tier, policy, ratings);
      if (rating === undefined || rating.ewma >= policy.learning.poorThreshold) return [];
      return [{ tier, model: model.id, ewma: rating.ewma, ratings: rating.count }];
    })
    .sort((a, b) => a.ewma - b.ewma);
}

/** For every poor model, and every model that a class of the tier is routed to, the best rated one where it is better. */
function swapsIn(tier: CapabilityTier, models: readonly Model[], policy: Policy, ratings: Ratings): SuggestedSwap[] {
  const rated = models
    .flatMap((model) => {
      const rating = countedRating(model, tier, policy, ratings);
      return rating === undefined ? [] : [{ model: model.id, ...rating }];
    })
    .sort((a, b) => b.ewma - a.ewma || b.count - a.count);
  return rated.flatMap((from): SuggestedSwap[] => {
    const classes = classesRoutedTo(from.model, tier, policy);
    if (classes.length === 0 && from.ewma >= policy.learning.poorThreshold) return [];
    const to = rated.find(
      ({ model, ewma }) => ewma > from.ewma && classes.every((name) => policy.classes[name]?.approved?.includes(model) ?? true),
    );
    if (to === undefined || to.ewma < policy.learning.poorThreshold) return [];
    return [{ tier, from: from.model, to: to.model, fromEwma: from.ewma, toEwma: to.ewma, toRatings: to.count, classes }];
  });
}

/** Classes by name of a complexity of this tier; names of the user's own say nothing of one. */
function classesRoutedTo(model: string, tier: CapabilityTier, { classes }: Policy): string[] {
  const complexity = COMPLEXITIES[CAPABILITY_TIERS.indexOf(tier)];
  return Object.entries(classes)
    .filter(([name, { route }]) => route?.kind === 'model' && route.model === model && name.endsWith(`/${complexity}`))
    .map(([name]) => name);
}
