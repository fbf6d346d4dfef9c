/**
 * Running opinion of a model, from ratings.
 *
 * An exponentially weighted moving average needs one multiplication per rating and no history, follows a model that gets
 * better or worse, and gives the same figure when it is rebuilt from the log of ratings.
 */

import type { RatingState } from '../decision/knowledge';
import type { LearningParameters } from '../decision/policy';
import { RoutingError } from '../errors';

/** Ratings are on a scale from 1 (useless) to 5 (could not be better). */
const MIN_RATING = 1;
const MAX_RATING = 5;

/**
 * The average after one more rating: `alpha × rating + (1 − alpha) × previous`.
 *
 * @param previous average so far, on the 1 to 5 scale; the policy's seed before the first rating
 * @param rating   in [1, 5]
 * @param alpha    weight of the newest rating, in (0, 1]
 * @throws {RoutingError} `bad_argument` when the rating is not on the scale
 */
export function nextEwma(previous: number, rating: number, alpha: number): number {
  if (!(rating >= MIN_RATING && rating <= MAX_RATING)) {
    throw new RoutingError('bad_argument', `${rating} is not a rating. Give a number from ${MIN_RATING} to ${MAX_RATING}.`);
  }
  return alpha * rating + (1 - alpha) * previous;
}

/**
 * The state after one more rating.
 *
 * @param state absent before the first rating
 * @throws {RoutingError} `bad_argument` when the rating is not on the scale
 */
export function addRating(
  state: RatingState | undefined,
  rating: number,
  learning: Pick<LearningParameters, 'alpha' | 'seed'>,
): RatingState {
  return { ewma: nextEwma(state?.ewma ?? learning.seed, rating, learning.alpha), count: (state?.count ?? 0) + 1 };
}

/**
 * The state after all of these ratings, oldest first; equal to adding them one by one, to the last bit.
 *
 * @throws {RoutingError} `bad_argument` when a rating is not on the scale
 */
export function foldRatings(ratings: Iterable<number>, learning: Pick<LearningParameters, 'alpha' | 'seed'>): RatingState {
  let state: RatingState = { ewma: learning.seed, count: 0 };
  for (const rating of ratings) state = addRating(state, rating, learning);
  return state;
}
