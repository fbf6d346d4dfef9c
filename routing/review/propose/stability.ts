/**
 * What keeps a class from going back and forth between models: rest after a change, rest for a candidate that was turned down, and a
 * freeze of a class that changes too often.
 */

import type { Stability } from '../findings';
import { DAY_MS, type StabilitySettings } from '../settings';
import { DAMPING, flapPenalty, flapReuseDay } from './damping';

/** A class that goes back to a model it left a short time ago must prove more than others: this adjusted p-value. */
export const RETURN_MAX_P = 0.01;

/** End of the rest after the last change of the class's route; undefined: it never changed. In milliseconds since the epoch. */
export function dwellUntil({ changedAt }: Stability, { dwellMs }: StabilitySettings): number | undefined {
  return changedAt.length === 0 ? undefined : Math.max(...changedAt) + dwellMs;
}

/** End of a candidate's rest: doubled for every setback after its first, up to the maximum; undefined: it had none. */
export function cooldownUntil(
  setback: Stability['setbacks'][string] | undefined,
  { cooldownMs, maxCooldownMs }: StabilitySettings,
): number | undefined {
  return setback && setback.lastAt + Math.min(maxCooldownMs, cooldownMs * 2 ** (setback.count - 1));
}

/**
 * End of the freeze of a class whose penalty went above the suppress limit and is not down to the reuse limit yet; undefined: it is
 * not frozen. In milliseconds since the epoch.
 */
export function frozenUntil({ changedAt }: Pick<Stability, 'changedAt'>, now: number): number | undefined {
  const { perChange, halfLifeDays, suppress, reuse } = DAMPING;
  const days = changedAt.filter((instant) => instant <= now).map((instant) => instant / DAY_MS);
  let reuseDay: number | undefined;
  for (const [index, changeDay] of days.entries()) {
    const soFar = days.slice(0, index + 1);
    const isFrozen = reuseDay !== undefined && changeDay < reuseDay;
    // A change of a frozen class keeps it frozen for longer, whether or not the penalty is above the upper limit again.
    reuseDay =
      isFrozen || flapPenalty(soFar, changeDay, halfLifeDays, perChange) > suppress
        ? flapReuseDay(soFar, reuse, halfLifeDays, perChange)
        : undefined;
  }
  return reuseDay !== undefined && now < reuseDay * DAY_MS ? reuseDay * DAY_MS : undefined;
}

/** A day in UTC, as people read it. */
export function day(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
