/**
 * Premium protection: dear models are kept for work that is worth them.
 *
 * Left to scores alone, the best model wins many tasks that a cheap one would have done as well, and is busy when the one
 * task comes that needed it. So the cheapest tier that will do wins, and a task must be hard, or worth more than most, to
 * get past it.
 */

import { COST_TIERS, type CostTier } from '../catalogue';
import type { TaskFacts } from '../task/task';
import type { Knowledge } from './knowledge';
import type { PremiumProtection } from './policy';
import type { ScoredModel } from './score';

/** What a task is worth among others. */
export type Worth = Pick<TaskFacts, 'expectedValue' | 'priority'>;

/** What lets a task claim a higher tier than it needs: its value or its priority; undefined when nothing does. */
export function claimOf(
  task: Worth,
  rules: PremiumProtection,
  percentiles: Knowledge['valuePercentiles'],
): 'expected value' | 'priority' | undefined {
  if (task.priority >= rules.claimPriority) return 'priority';
  const { expectedValue } = task;
  return expectedValue !== undefined && percentiles !== undefined && expectedValue > percentiles.claim ? 'expected value' : undefined;
}

/**
 * True when premium models are closed to the task: it is known to be worth less than most, and nobody calls it urgent.
 *
 * A task whose value nobody stated, or that there is nothing to compare with, is not known to be worth less.
 */
export function isPremiumClosed(task: Worth, rules: PremiumProtection, percentiles: Knowledge['valuePercentiles']): boolean {
  const { expectedValue } = task;
  if (expectedValue === undefined || percentiles === undefined) return false;
  return expectedValue < percentiles.closed && task.priority < rules.openPriority;
}

/** Place of a cost tier in the ascending order, 0 to 2. */
export function costRank(tier: CostTier): number {
  return COST_TIERS.indexOf(tier);
}

/** The models that a task is to be chosen from. */
export interface ProtectedPool {
  /** Never empty; all of one cost tier. */
  readonly pool: readonly ScoredModel[];
  readonly costTier: CostTier;
  /** Models that may serve the task at all, fallbacks included. */
  readonly open: readonly ScoredModel[];
  /** Premium models were there and kept back. */
  readonly isPremiumKept: boolean;
  /** What the task used to claim this tier instead of the cheapest that would do. */
  readonly claim: 'expected value' | 'priority' | undefined;
}

/**
 * The pool of the cheapest tier that will do, or of the next higher one when the task may claim it and there is one.
 *
 * Models that will do reach the task's tier and are not rated poor. Where there are none, those come first that are not poor,
 * then those that come closest to the task's tier: a hard task is better served by the best there is than refused.
 *
 * @param models admissible, at least one
 */
export function protectPremium(
  models: readonly ScoredModel[],
  task: Worth,
  rules: PremiumProtection,
  percentiles: Knowledge['valuePercentiles'],
): ProtectedPool {
  const notPremium = isPremiumClosed(task, rules, percentiles) ? models.filter(({ model }) => model.costTier !== 'premium') : models;
  const isPremiumKept = notPremium.length > 0 && notPremium.length < models.length;
  const open = notPremium.length > 0 ? notPremium : models;
  const notPoor = open.filter(({ isPoor }) => !isPoor);
  const capable = mostCapableEnough(notPoor.length > 0 ? notPoor : open);
  const cheapest = Math.min(...capable.map(({ model }) => costRank(model.costTier)));
  const higher = capable.map(({ model }) => costRank(model.costTier)).filter((rank) => rank > cheapest);
  const claim = higher.length > 0 ? claimOf(task, rules, percentiles) : undefined;
  const rank = claim === undefined ? cheapest : Math.min(...higher);
  const pool = capable.filter(({ model }) => costRank(model.costTier) === rank);
  return { pool, costTier: COST_TIERS[rank] ?? 'premium', open, isPremiumKept, claim };
}

/** Those that reach the task's tier; where none does, those that come closest. */
function mostCapableEnough(models: readonly ScoredModel[]): readonly ScoredModel[] {
  const leastGap = Math.min(0, Math.max(...models.map(({ tierGap }) => tierGap)));
  return models.filter(({ tierGap }) => tierGap >= leastGap);
}
