/**
 * Which of several waiting tasks takes which free slot.
 *
 * The most valuable choose first; what each may take is decided by `assignSlot`, and what "valuable" means by comparing
 * each task with the others that wait.
 */

import type { Knowledge } from './knowledge';
import type { PremiumProtection } from './policy';
import { assignSlot, type Slot, type SlotAssignment, type SlotContext, type SlotTask } from './slots';

export interface QueueAssignment extends SlotAssignment {
  readonly taskId: string;
}

/**
 * Assigns what can be assigned now, in the order in which tasks choose: those out of patience first, the longest wait
 * first; then by expected value, priority, and wait.
 *
 * In a queue where not every task states its expected value, priority stands for it. Percentiles are those of the rest of the
 * queue, each task compared with all others, so that a short queue too has a most valuable tenth.
 */
export function assignQueue(
  queue: readonly SlotTask[],
  availableSlots: readonly Slot[],
  context: Omit<SlotContext, 'valuePercentiles'>,
): readonly QueueAssignment[] {
  const everyoneStates = queue.every(({ task }) => task.expectedValue !== undefined);
  const worthOf = ({ task }: SlotTask) => (everyoneStates ? (task.expectedValue ?? 0) : task.priority);
  const ascending = queue.map(worthOf).sort((a, b) => a - b);

  let free = availableSlots;
  let busySlots = context.busySlots;
  return inOrderOfChoice(queue, worthOf, context.patienceMs).map((subject) => {
    const value = worthOf(subject);
    const valuePercentiles = percentilesOfOthers(ascending, value, context.premium);
    const valued = { ...subject, task: { ...subject.task, expectedValue: value } };
    const assignment = assignSlot(valued, free, { ...context, busySlots, valuePercentiles });
    if (assignment.slot !== undefined) {
      free = free.filter((slot) => slot !== assignment.slot);
      busySlots = [...busySlots, assignment.slot];
    }
    return { taskId: subject.task.id, ...assignment };
  });
}

function inOrderOfChoice(queue: readonly SlotTask[], worthOf: (task: SlotTask) => number, patienceMs: number): readonly SlotTask[] {
  return [...queue].sort((a, b) => {
    const impatient = Number(b.waitedMs >= patienceMs) - Number(a.waitedMs >= patienceMs);
    if (impatient !== 0) return impatient;
    if (a.waitedMs >= patienceMs) return b.waitedMs - a.waitedMs;
    return worthOf(b) - worthOf(a) || b.task.priority - a.task.priority || b.waitedMs - a.waitedMs;
  });
}

/**
 * Percentiles of a queue without one task of this value, by linear interpolation between ranks.
 *
 * @param ascending values of the whole queue
 */
function percentilesOfOthers(ascending: readonly number[], value: number, rules: PremiumProtection): Knowledge['valuePercentiles'] {
  const others = ascending.toSpliced(ascending.indexOf(value), 1);
  if (others.length === 0) return undefined;
  return { closed: percentile(others, rules.closedPercentile), claim: percentile(others, rules.claimPercentile) };
}

function percentile(ascending: readonly number[], percent: number): number {
  const rank = (percent / 100) * (ascending.length - 1);
  const below = ascending[Math.floor(rank)] ?? 0;
  const above = ascending[Math.ceil(rank)] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}
