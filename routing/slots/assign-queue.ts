/**
 * Which waiting tasks take which free slots: each chooses in its turn, by `assignSlot`.
 */

import type { Knowledge } from '../decision/knowledge';
import type { PremiumProtection } from '../decision/policy';
import { assignSlot } from './assign-slot';
import { percentile } from './queue-order';
import { effectivePriority, type Slot, type SlotAlternative, type SlotContext, type SlotTask } from './slot';

/** Free slots of one account with one model. */
export interface FreeSlots {
  readonly slot: Slot;
  /** Places left in the account, all of its models together. */
  readonly places: number;
}

/** A slot given to a task. */
export interface Grant {
  readonly taskId: string;
  readonly slot: Slot;
  readonly reason: string;
  readonly alternatives: readonly SlotAlternative[];
}

/**
 * Gives out what can be given, until no place is left.
 *
 * Without percentiles of the recent queue, each task is compared with all others of this one, so that a short queue too has a most
 * valuable tenth; where not every task has an expected value, priority stands for it.
 *
 * @param queue in the order in which they choose
 */
export function assignQueue(queue: readonly SlotTask[], free: readonly FreeSlots[], context: SlotContext): readonly Grant[] {
  const compare = context.valuePercentiles === undefined ? comparedWithin(queue, context.premium) : undefined;
  const places = new Map(free.map(({ slot, places: left }) => [slot.account, left]));
  let available = free.filter(({ places: left }) => left > 0).map(({ slot }) => slot);
  let busySlots = [...context.busySlots, ...free.filter(({ places: left }) => left <= 0).map(({ slot }) => slot)];
  const grants: Grant[] = [];
  for (const task of queue) {
    if (available.length === 0) break;
    const { subject, valuePercentiles } = compare?.(task) ?? { subject: task, valuePercentiles: context.valuePercentiles };
    const { slot, reason, alternatives } = assignSlot(subject, available, {
      ...context,
      busySlots,
      ...(valuePercentiles && { valuePercentiles }),
    });
    if (slot === undefined) continue;
    grants.push({ taskId: task.id, slot, reason, alternatives });
    const left = (places.get(slot.account) ?? 0) - 1;
    places.set(slot.account, left);
    if (left > 0) continue;
    busySlots = [...busySlots, ...available.filter(({ account }) => account === slot.account)];
    available = available.filter(({ account }) => account !== slot.account);
  }
  return grants;
}

interface Compared {
  readonly subject: SlotTask;
  readonly valuePercentiles: Knowledge['valuePercentiles'];
}

/** Compares each task with the rest of the queue. */
function comparedWithin(queue: readonly SlotTask[], rules: PremiumProtection): (task: SlotTask) => Compared {
  const everyoneIsValued = queue.every(({ expectedValue }) => expectedValue !== undefined);
  const worthOf = (task: SlotTask) => (everyoneIsValued ? (task.expectedValue ?? 0) : effectivePriority(task));
  const ascending = queue.map(worthOf).sort((a, b) => a - b);
  return (task) => {
    const expectedValue = worthOf(task);
    const others = ascending.toSpliced(ascending.indexOf(expectedValue), 1);
    const valuePercentiles =
      others.length === 0
        ? undefined
        : { closed: percentile(others, rules.closedPercentile), claim: percentile(others, rules.claimPercentile) };
    return { subject: { ...task, expectedValue }, valuePercentiles };
  };
}
