/**
 * What slots are: places to run one task at a time in an account that has only so many of them.
 *
 * A seat, a subscription, a share of a rate limit is scarce where an ordinary call is not: a task that takes the premium seat
 * keeps the next one waiting. So who gets which slot is decided for all waiting tasks together.
 */

import type { CostTier } from '../catalogue';
import type { Knowledge } from '../decision/knowledge';
import type { PremiumProtection } from '../decision/policy';

/** A place to run one task on one model in one account. */
export interface Slot {
  /** Name of the account, as configured. */
  readonly account: string;
  /** Catalogue id. */
  readonly model: string;
  readonly costTier: CostTier;
  /** Share of the account's tightest quota that is used up, in [0, 1]. */
  readonly utilisationRate: number;
}

/** A task as far as it matters which slot it gets. */
export interface SlotTask {
  readonly id: string;
  /** Models that meet what the task requires, by catalogue id. */
  readonly fits: readonly string[];
  /** For people, by model: why it does not. */
  readonly lacks: Readonly<Record<string, string>>;
  /** What the answer is worth, at least 0, in a unit that is the same for all tasks; absent: nobody knows. */
  readonly expectedValue?: number;
  /** 0 to 100. */
  readonly priority: number;
  /** The group it belongs to that has a priority of its own: the higher of the two counts. */
  readonly group?: { readonly name: string; readonly priority: number };
}

export interface SlotContext {
  readonly premium: PremiumProtection;
  /** Expected values of the recent queue; absent: nothing to compare with, and protection rests on priority alone. */
  readonly valuePercentiles?: Knowledge['valuePercentiles'];
  /** Slots that exist and are taken, or whose account has used up its quota: what a task may wait for. */
  readonly busySlots: readonly Slot[];
}

/** A slot that the task did not get. */
export interface SlotAlternative {
  readonly account: string;
  readonly model: string;
  /** For people. */
  readonly why: string;
}

export interface SlotAssignment {
  /** Absent: the task waits (`await_slot`); it is neither blocked nor failed. */
  readonly slot?: Slot;
  /** For people. */
  readonly reason: string;
  readonly alternatives: readonly SlotAlternative[];
}

/** The priority that counts: the task's own, or its group's when that is higher. */
export function effectivePriority({ priority, group }: Pick<SlotTask, 'priority' | 'group'>): number {
  return Math.max(priority, group?.priority ?? 0);
}
