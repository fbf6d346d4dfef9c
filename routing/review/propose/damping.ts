/**
 * Keeps a class from going back and forth between models.
 *
 * Every change of a class's route costs it a penalty that decays; above the suppress limit the class is frozen until the penalty is
 * down to the reuse limit. The idea is that of route-flap damping in BGP, with a half-life in days instead of minutes.
 */

import { requireFinite, requirePositive } from '../../statistics/range';

/** Defaults; penalty and limits are those routers use, with a longer half-life: the third change within 20 days freezes the class for some 50 more. */
export const DAMPING = { perChange: 1000, halfLifeDays: 30, suppress: 2000, reuse: 750 } as const;

/** Two computations of a day agree to this; without it, a reuse day could move by one with the last digit. */
const DAY_PRECISION = 1e-9;

/**
 * Penalty of a class now: `Σ perChange · 2^(−age/halfLifeDays)` over its changes so far; changes after nowDay do not count.
 *
 * @param changeDays   days of its changes, in any order
 * @param nowDay       on the same clock
 * @param halfLifeDays > 0
 * @param perChange    > 0
 * @throws {RangeError} when an argument is outside its range
 * @see RFC 2439, "BGP Route Flap Damping" (1998)
 */
export function flapPenalty(changeDays: readonly number[], nowDay: number, halfLifeDays: number, perChange: number): number {
  requireFinite('nowDay', nowDay);
  requirePositive('halfLifeDays', halfLifeDays);
  requirePositive('perChange', perChange);
  let penalty = 0;
  for (const day of changeDays) {
    requireFinite('A day of change', day);
    if (day <= nowDay) penalty += perChange * 2 ** ((day - nowDay) / halfLifeDays);
  }
  return penalty;
}

/**
 * First whole day, no earlier than the last change, on which the penalty is down to the reuse limit.
 *
 * @param changeDays days of the class's changes, at least one, in any order
 * @param reuse      limit, > 0
 * @throws {RangeError} when an argument is outside its range
 */
export function flapReuseDay(changeDays: readonly number[], reuse: number, halfLifeDays: number, perChange: number): number {
  if (changeDays.length === 0) throw new RangeError('A class that never changed has no penalty to wait for.');
  requirePositive('reuse', reuse);
  const lastDay = Math.max(...changeDays);
  const halvings = Math.log2(flapPenalty(changeDays, lastDay, halfLifeDays, perChange) / reuse);
  return Math.ceil(lastDay + halfLifeDays * Math.max(0, halvings) - DAY_PRECISION);
}
