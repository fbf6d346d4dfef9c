/**
 * Which free slot a task takes: a seat, a subscription, a share of a rate limit.
 *
 * Slots are scarce where calls are not: a task that takes the premium seat keeps the next one waiting. So a task takes the
 * cheapest kind of slot that will do, and waits for one of that kind rather than hold a dearer one, unless it is worth it.
 */

import { type Catalogue, type CostTier, type Model, tierRank } from '../catalogue';
import { type TaskDescriptor, TIER_OF_COMPLEXITY } from '../task/descriptor';
import type { TaskFacts } from '../task/task';
import { obstacleToCall } from './admissible';
import type { Knowledge } from './knowledge';
import type { PremiumProtection } from './policy';
import { claimOf, costRank, isPremiumClosed } from './premium';

/** A place to run one task on one model in one account. */
export interface Slot {
  readonly id: string;
  /** Catalogue id. */
  readonly model: string;
  /** Share of the account's own quota (requests, tokens or spend in the window) that is used up, in [0, 1]. */
  readonly utilisationRate: number;
}

export interface SlotTask {
  readonly task: TaskFacts;
  readonly descriptor: TaskDescriptor;
  /** How long it has waited for a slot, in milliseconds. */
  readonly waitedMs: number;
}

export interface SlotContext {
  readonly catalogue: Catalogue;
  readonly premium: PremiumProtection;
  readonly valuePercentiles?: Knowledge['valuePercentiles'];
  /** Slots that exist and are taken: what a task may wait for. */
  readonly busySlots: readonly Slot[];
  /** From this long a wait, in milliseconds, a task takes any slot that will do, so that nothing starves. */
  readonly patienceMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A free slot that the task did not take. */
export interface SlotAlternative {
  readonly slot: string;
  readonly why: string;
}

export interface SlotAssignment {
  /** Absent: the task waits (`await_slot`); it is neither blocked nor failed. */
  readonly slot?: Slot;
  /** For people. */
  readonly reason: string;
  readonly alternatives: readonly SlotAlternative[];
}

/** A slot whose model satisfies the task. */
interface FittingSlot {
  readonly slot: Slot;
  readonly costTier: CostTier;
  readonly rank: number;
}

/**
 * Assigns one task: among the slots whose model satisfies it, the lowest tier, within a tier the least used.
 *
 * A task that may claim a higher tier takes the highest one that is free. Premium slots are closed to a task that is worth
 * less than most, unless no other slot would do. When every slot of its tier is taken, the task waits, until it has
 * waited for its patience: then it takes what will do.
 */
export function assignSlot(subject: SlotTask, availableSlots: readonly Slot[], context: SlotContext): SlotAssignment {
  const { task, waitedMs } = subject;
  const { premium, valuePercentiles } = context;
  const alternatives: SlotAlternative[] = [];
  const free = fittingSlots(availableSlots, subject, context, alternatives);
  const taken = fittingSlots(context.busySlots, subject, context, []);
  const all = [...free, ...taken];
  if (all.length === 0) return { reason: 'No slot has a model that satisfies the task.', alternatives };

  const isKept = isPremiumClosed(task, premium, valuePercentiles) && all.some(({ costTier }) => costTier !== 'premium');
  const open = isKept ? free.filter(({ costTier }) => costTier !== 'premium') : free;
  for (const { slot } of free.filter((fitting) => !open.includes(fitting))) {
    alternatives.push({ slot: slot.id, why: 'premium slots are kept for work that is worth more' });
  }
  const claim = claimOf(task, premium, valuePercentiles);
  const lowest = Math.min(...all.map(({ rank }) => rank));
  const isImpatient = waitedMs >= context.patienceMs;
  const eligible = claim !== undefined || isImpatient ? open : open.filter(({ rank }) => rank === lowest);
  const best = eligible.reduce<FittingSlot | undefined>(
    (chosen, next) => (chosen === undefined || isBetter(next, chosen, claim !== undefined) ? next : chosen),
    undefined,
  );
  for (const { slot, rank, costTier } of open) {
    if (slot === best?.slot) continue;
    const why = rank > lowest && best?.rank !== rank ? `a ${costTier} slot is more than the task needs` : 'another one was preferred';
    alternatives.push({ slot: slot.id, why });
  }
  if (best === undefined) return { reason: 'Every slot that the task may take is busy; it waits for one.', alternatives };
  return { slot: best.slot, reason: reasonFor(best, claim, best.rank > lowest), alternatives };
}

/** The slots whose model satisfies the task; the others go to `rejected` with what they lack. */
function fittingSlots(
  slots: readonly Slot[],
  subject: SlotTask,
  context: SlotContext,
  rejected: SlotAlternative[],
): readonly FittingSlot[] {
  const fitting: FittingSlot[] = [];
  for (const slot of slots) {
    const model = context.catalogue.models.get(slot.model);
    if (model === undefined) {
      rejected.push({ slot: slot.id, why: 'its model is not in the catalogue' });
      continue;
    }
    const lack = whatIsLacking(model, subject, context.now);
    if (lack === undefined) fitting.push({ slot, costTier: model.costTier, rank: costRank(model.costTier) });
    else rejected.push({ slot: slot.id, why: lack });
  }
  return fitting;
}

function whatIsLacking(model: Model, { task, descriptor }: SlotTask, now: number): string | undefined {
  const obstacle = obstacleToCall(model, task, descriptor, now);
  if (obstacle !== undefined) return obstacle.detail;
  const tier = TIER_OF_COMPLEXITY[task.requires.tier ?? descriptor.complexity];
  return tierRank(model.capabilityTier) < tierRank(tier)
    ? `the task wants a ${tier} model, this one is ${model.capabilityTier}`
    : undefined;
}

function isBetter(a: FittingSlot, b: FittingSlot, prefersHigher: boolean): boolean {
  if (a.rank !== b.rank) return prefersHigher ? a.rank > b.rank : a.rank < b.rank;
  return a.slot.utilisationRate < b.slot.utilisationRate;
}

function reasonFor({ slot, costTier }: FittingSlot, claim: string | undefined, isHigher: boolean): string {
  const used = `${Math.round(slot.utilisationRate * 100)} % used`;
  if (!isHigher) return `${slot.id} is the least used ${costTier} slot that satisfies the task (${used}).`;
  if (claim === 'priority') return `Its priority claims the ${costTier} slot ${slot.id} (${used}).`;
  if (claim !== undefined) return `What it is worth claims the ${costTier} slot ${slot.id} (${used}).`;
  return `It has waited long enough to take the ${costTier} slot ${slot.id} (${used}).`;
}
