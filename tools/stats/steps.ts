/** The steps of a change of routing after its proof, for a program that drives them through time in any language. */

import { z } from 'zod';
import { type PastChange, stabilityAfter } from '../../routing/review/propose/past-changes';
import type { ArmFigures } from '../../routing/review/rollout/arms';
import { nextRolloutMove, type RolloutClock, type RolloutStanding } from '../../routing/review/rollout/rollout';
import type { RolloutPlan } from '../../routing/review/rollout/rollout-plan';
import { beginWatch, promotedLevel, type WatchedOutcome, type WatchProgress, watchOutcomes } from '../../routing/review/rollout/watch';
import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { type StatsTable, statsFunction } from './table';

const number = z.number();

/** Plain data of our own types: what is missing in it is found by the function that misses it. */
const as = <T>() => z.looseObject({}) as unknown as z.ZodType<T>;
const list = <T>() => z.array(z.looseObject({})) as unknown as z.ZodType<readonly T[]>;

export const stepFunctions: StatsTable = {
  reviewSettings: statsFunction(z.strictObject({}), () => DEFAULT_REVIEW_SETTINGS),
  stabilityAfter: statsFunction(z.strictObject({ changes: list<PastChange>(), now: number }), ({ changes, now }) =>
    stabilityAfter(changes, now),
  ),
  nextRolloutMove: statsFunction(
    z.strictObject({ plan: as<RolloutPlan>(), standing: as<RolloutStanding>(), arms: as<ArmFigures>(), clock: as<RolloutClock>() }),
    ({ plan, standing, arms, clock }) => nextRolloutMove(plan, standing, arms, clock),
  ),
  promotedLevel: statsFunction(z.strictObject({ plan: as<RolloutPlan>(), arms: as<ArmFigures>() }), ({ plan, arms }) =>
    promotedLevel(plan, arms),
  ),
  beginWatch: statsFunction(z.strictObject({ servedAs: z.array(z.string()), level: number.optional() }), ({ servedAs, level }) =>
    beginWatch(servedAs, level),
  ),
  watchOutcomes: statsFunction(
    z.strictObject({ plan: as<RolloutPlan>(), progress: as<WatchProgress>(), outcomes: list<WatchedOutcome>() }),
    ({ plan, progress, outcomes }) => watchOutcomes(plan, progress, outcomes),
  ),
};
