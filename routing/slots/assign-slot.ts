/**
 * Which free slot a task takes, and why: the answer to "why did a premium model get this?".
 */

import { claimOf, costRank, isPremiumClosed } from '../decision/premium';
import { effectivePriority, type Slot, type SlotAlternative, type SlotAssignment, type SlotContext, type SlotTask } from './slot';

/**
 * Assigns one task: among the free slots whose model meets what it requires, the lowest tier; within a tier the least used.
 *
 * A task above the claim percentile of expected value, or with a priority that claims, takes the highest tier that is free. A
 * premium slot is closed to a task below the closed percentile whose priority does not open it, unless no other slot that exists,
 * free or taken, could ever do the work. Takes time in proportion to the slots, and none for the tasks that wait.
 */
export function assignSlot(task: SlotTask, availableSlots: readonly Slot[], context: SlotContext): SlotAssignment {
  const worth = { priority: effectivePriority(task), ...(task.expectedValue !== undefined && { expectedValue: task.expectedValue }) };
  const fitting = availableSlots.filter(({ model }) => task.fits.includes(model));
  const others = context.busySlots.filter(({ model }) => task.fits.includes(model));
  const mayDoWithout = [...fitting, ...others].some(({ costTier }) => costTier !== 'premium');
  const isKept = mayDoWithout && isPremiumClosed(worth, context.premium, context.valuePercentiles);
  const open = isKept ? fitting.filter(({ costTier }) => costTier !== 'premium') : fitting;

  const claim = claimOf(worth, context.premium, context.valuePercentiles);
  let best: Slot | undefined;
  for (const slot of open) if (best === undefined || isBetter(slot, best, claim !== undefined)) best = slot;

  const alternatives = availableSlots
    .filter((slot) => slot !== best)
    .map((slot) => ({ account: slot.account, model: slot.model, why: whyNot(slot, best, task, isKept) }));
  if (best === undefined) return { reason: whyNone(task, fitting, others), alternatives: [...alternatives, ...busy(others)] };
  const reason = [whyThis(best, claim, task, context, open), ...remarks(best, mayDoWithout, others)].join(' ');
  return { slot: best, reason, alternatives: [...alternatives, ...busy(others)] };
}

function isBetter(a: Slot, b: Slot, prefersHigher: boolean): boolean {
  const difference = costRank(a.costTier) - costRank(b.costTier);
  if (difference !== 0) return prefersHigher ? difference > 0 : difference < 0;
  return a.utilisationRate < b.utilisationRate;
}

function whyThis(slot: Slot, claim: string | undefined, task: SlotTask, context: SlotContext, open: readonly Slot[]): string {
  const named = `${slot.account} with ${slot.model} (${slot.costTier}, ${percent(slot.utilisationRate)} used)`;
  const isHigher = open.some(({ costTier }) => costRank(costTier) < costRank(slot.costTier));
  if (!isHigher) return `${named} is of the lowest tier that is free and meets what the task requires.`;
  if (claim === 'priority') return `${whosePriority(task)} claims a higher tier: ${named}.`;
  const { claimPercentile } = context.premium;
  return `Its expected value of ${shown(task.expectedValue)} is above ${shown(context.valuePercentiles?.claim)}, the ${claimPercentile}th percentile of the recent queue, and claims a higher tier: ${named}.`;
}

function whosePriority({ priority, group }: SlotTask): string {
  return group !== undefined && group.priority > priority
    ? `The priority of ${group.priority} of ${group.name}`
    : `Its priority of ${priority}`;
}

/** What a reader of the reason would otherwise ask next. */
function remarks(best: Slot, mayDoWithout: boolean, others: readonly Slot[]): string[] {
  if (best.costTier === 'premium' && !mayDoWithout) return ['No slot of another tier has a model that meets what the task requires.'];
  const cheaper = others.filter(({ costTier }) => costRank(costTier) < costRank(best.costTier));
  const tiers = [...new Set(cheaper.map(({ costTier }) => costTier))];
  return tiers.length === 0 ? [] : [`No ${tiers.join(' or ')} slot is free.`];
}

function whyNot(slot: Slot, best: Slot | undefined, task: SlotTask, isKept: boolean): string {
  if (!task.fits.includes(slot.model)) return task.lacks[slot.model] ?? 'its model does not meet what the task requires';
  if (isKept && slot.costTier === 'premium') return 'premium slots are kept for work that is worth more';
  if (best === undefined || slot.costTier === best.costTier) return 'another one of its tier is used less';
  const isHigher = costRank(slot.costTier) > costRank(best.costTier);
  return isHigher ? `a ${slot.costTier} slot is more than the task needs` : 'the task claims a higher tier';
}

function whyNone(task: SlotTask, fitting: readonly Slot[], others: readonly Slot[]): string {
  if (fitting.length > 0) return 'Only premium slots are free, which are kept for work that is worth more; it waits for another one.';
  if (others.length > 0) return 'Every slot that would do is taken; it waits for one.';
  return `No slot has a model that meets what the task requires (${task.fits.length === 0 ? 'no model does' : task.fits.join(', ')}).`;
}

function busy(slots: readonly Slot[]): SlotAlternative[] {
  return slots.map(({ account, model }) => ({ account, model, why: 'taken, or its quota is used up' }));
}

function percent(rate: number): string {
  return `${Math.round(rate * 100)} %`;
}

function shown(value: number | undefined): string {
  return value === undefined ? 'unknown' : String(Number(value.toPrecision(4)));
}
