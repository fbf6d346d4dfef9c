/**
 * The order in which waiting tasks choose: by value and priority, with ageing.
 *
 * A task is as far ahead as its standing among recent tasks lets it, and gains with every moment that it waits. What it has gained
 * by a given moment differs between two tasks by a constant, so each has one place in the order that never changes: it is
 * computed once, kept in a row, and the order is the same after any restart.
 */

import type { Knowledge } from '../decision/knowledge';
import type { PremiumProtection } from '../decision/policy';

/** Steps into which expected values are ranked; within a step the priority decides. */
const VALUE_STEPS = 100_000;
const PRIORITIES = 101;

/** From this many values on there is something to compare with: among fewer, most ranks are the same. */
export const ENOUGH_VALUES = 10;

/**
 * Where a task stands among recent ones, in [0, 1): first by expected value, then by priority.
 *
 * @param ascending expected values of recent tasks, in ascending order; while they are few, the value stands for itself
 * @param priority  0 to 100; what is outside counts as the nearest bound
 */
export function standingOf(expectedValue: number, priority: number, ascending: readonly number[]): number {
  const share = ascending.length < ENOUGH_VALUES ? squashed(expectedValue) : shareBelow(expectedValue, ascending);
  const step = Math.min(VALUE_STEPS - 1, Math.floor(share * VALUE_STEPS));
  const bounded = Math.min(PRIORITIES - 1, Math.max(0, Math.round(priority)));
  return (step * PRIORITIES + bounded) / (VALUE_STEPS * PRIORITIES);
}

/**
 * Place in the queue, ascending: the lower goes first.
 *
 * A task that came a whole patience later never goes first, whatever it is worth. So nothing starves: before a task go at most those
 * that came until its patience was over.
 *
 * @param sinceMs    when it began to wait, in milliseconds since the epoch
 * @param patienceMs wait that weighs as much as all value and priority there is
 */
export function placeInQueue(standing: number, sinceMs: number, patienceMs: number): number {
  return sinceMs / patienceMs - standing;
}

/** A value of at least 0 as a share in [0, 1] that grows with it, whatever its unit: as much between 1 and 10 as between 0.1 and 1. */
function squashed(value: number): number {
  return 0.5 + Math.atan(Math.log(value)) / Math.PI;
}

/** Share of the values below one, equals counting half. */
function shareBelow(value: number, ascending: readonly number[]): number {
  return (firstAt(ascending, (other) => other >= value) + firstAt(ascending, (other) => other > value)) / 2 / ascending.length;
}

/** Position of the first value for which the condition holds; it must hold for all that follow. */
function firstAt(ascending: readonly number[], holds: (value: number) => boolean): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(ascending[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Percentile by linear interpolation between ranks, as Postgres' `percentile_cont`.
 *
 * @param percent 0 to 100
 * @throws {RangeError} when there is no value
 */
export function percentile(ascending: readonly number[], percent: number): number {
  const rank = (percent / 100) * (ascending.length - 1);
  const below = ascending[Math.floor(rank)];
  const above = ascending[Math.ceil(rank)];
  if (below === undefined || above === undefined) throw new RangeError('a percentile needs at least one value, and a percentage');
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Percentiles that premium protection compares with; undefined when too few values are known. */
export function percentilesOf(ascending: readonly number[], rules: PremiumProtection): Knowledge['valuePercentiles'] {
  if (ascending.length < ENOUGH_VALUES) return undefined;
  return { closed: percentile(ascending, rules.closedPercentile), claim: percentile(ascending, rules.claimPercentile) };
}
