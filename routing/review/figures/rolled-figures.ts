/**
 * What a roll-up keeps of one class and model in one hour or day: sums that can be added up, so that a day is made from its hours
 * and a window from its days without looking at a task again.
 */

import type { PrivacyTier } from '../../task/task';
import type { ClassDemands } from './figures';

/** Counts and sums of tasks; each of them of two periods together is the sum of both. */
const SUMS = [
  'tasks',
  'completed',
  'failed',
  'refused',
  'cancelled',
  'retried',
  'graded',
  'good',
  'fractional',
  'scoreSum',
  'scoreSquareSum',
  'costSumNano',
  'costSquareSum',
  'latencyCount',
  'latencySumMs',
  'latencySquareSum',
  'imported',
] as const;

/**
 * Costs are nano-USD of the tasks that were called and whose calls all have a price; latencies are milliseconds of answering
 * calls; scores are in [0, 1], good from one half on, fractional when neither 0 nor 1. Imported are the tasks that another system
 * served.
 */
export type RolledSums = Readonly<Record<(typeof SUMS)[number], number>>;

export const NO_SUMS: RolledSums = Object.fromEntries(SUMS.map((name) => [name, 0])) as RolledSums;

export const NO_DEMANDS: ClassDemands = { privacyTiers: {}, residencies: {}, capabilities: [], maxInputTokens: 0, maxOutputTokens: 0 };

/** The sums of two periods together. */
export function addSums(a: RolledSums, b: RolledSums): RolledSums {
  return Object.fromEntries(SUMS.map((name) => [name, a[name] + b[name]])) as RolledSums;
}

/** What the tasks of both demanded: counts added, capabilities of either, the larger sizes. */
export function addDemands(a: ClassDemands, b: ClassDemands): ClassDemands {
  return {
    privacyTiers: addCounts<PrivacyTier>(a.privacyTiers, b.privacyTiers),
    residencies: addCounts<string>(a.residencies, b.residencies) as Record<string, number>,
    capabilities: [...new Set([...a.capabilities, ...b.capabilities])].sort(),
    maxInputTokens: Math.max(a.maxInputTokens, b.maxInputTokens),
    maxOutputTokens: Math.max(a.maxOutputTokens, b.maxOutputTokens),
  };
}

type Counts<K extends string> = Readonly<Partial<Record<K, number>>>;

function addCounts<K extends string>(a: Counts<K>, b: Counts<K>): Counts<K> {
  const sums = new Map(Object.entries<number | undefined>(a));
  for (const [name, count] of Object.entries<number | undefined>(b)) sums.set(name, (sums.get(name) ?? 0) + (count ?? 0));
  return Object.fromEntries(sums) as Counts<K>;
}
