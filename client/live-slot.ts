/** Which slot a task would get now in a stack, or at which place it would wait: found without a worker, and nothing is kept. */

import type { Database } from '../db/connect';
import { factsOf, type ParsedSubmission } from '../db/documents/submission';
import { countWaitingBefore, loadObservedAccounts, loadRecentValues, loadSlotState } from '../db/queries/slot-state';
import { loadStatedValues } from '../db/queries/stated-values';
import type { Catalogue } from '../routing/catalogue';
import type { Decision } from '../routing/decision/decision';
import type { Knowledge } from '../routing/decision/knowledge';
import type { PremiumProtection } from '../routing/decision/policy';
import { servedModels, slotsOf } from '../routing/slots/accounts';
import { assignSlot } from '../routing/slots/assign-slot';
import { type ExpectedValue, expectedValueOf, type Learned } from '../routing/slots/expected-value';
import { fitOf } from '../routing/slots/fit';
import { learnValues } from '../routing/slots/learned-value';
import { percentilesOf, placeInQueue, standingOf } from '../routing/slots/queue-order';
import type { SlotSettings } from '../routing/slots/settings';
import { effectivePriority, type SlotAssignment } from '../routing/slots/slot';
import { slotTaskOf } from '../routing/slots/slot-task';

/** The rules in force that slots go by. */
export interface SlotRulesInForce {
  readonly catalogue: Catalogue;
  /** Absent: no account is limited to slots. */
  readonly slots?: SlotSettings;
  readonly premium: PremiumProtection;
}

export interface SlotNow extends SlotAssignment {
  /** In `observe` the task would go on whatever stands here. */
  readonly mode: 'act' | 'observe';
  readonly worth: ExpectedValue;
  /** Absent: too few recent tasks are known to compare with. */
  readonly valuePercentiles?: Knowledge['valuePercentiles'];
  /** Its place among those that wait, from 1 on, when it would wait. */
  readonly place?: number;
}

/** Undefined: the task needs no slot. */
export async function slotNow(
  db: Database,
  task: ParsedSubmission,
  decision: Decision,
  { catalogue, slots: settings, premium }: SlotRulesInForce,
  now: number,
): Promise<SlotNow | undefined> {
  if (settings === undefined || settings.mode === 'off') return undefined;
  const facts = factsOf(task);
  const fit = fitOf(decision, facts, catalogue, servedModels(settings));
  if (fit === undefined) return undefined;
  const isActing = settings.mode === 'act';
  const [recent, learned, accounts] = await Promise.all([
    loadRecentValues(db),
    learnedFrom(db, settings),
    isActing ? loadSlotState(db, 0).then((state) => state.accounts) : loadObservedAccounts(db),
  ]);
  const { taskClass, tier, descriptor } = decision;
  const worth = expectedValueOf({ facts, taskClass, tier, descriptor }, settings.formula, learned);
  const valuePercentiles = percentilesOf(recent, premium);
  const slotTask = slotTaskOf({ id: 'unsent', ...fit }, facts, worth.value, settings);
  const { free, busySlots } = slotsOf(accounts, catalogue);
  const compare = valuePercentiles && { valuePercentiles };
  const available = free.map(({ slot }) => slot);
  const assignment = assignSlot(slotTask, available, { premium, busySlots, ...compare });
  const found: SlotNow = { ...assignment, mode: settings.mode, worth, ...compare };
  if (assignment.slot !== undefined || !isActing) return found;
  const standing = standingOf(worth.value, effectivePriority(slotTask), recent);
  return { ...found, place: 1 + (await countWaitingBefore(db, placeInQueue(standing, now, settings.patienceMs))) };
}

async function learnedFrom(db: Database, { learned }: SlotSettings): Promise<Learned | undefined> {
  if (learned === undefined) return undefined;
  const { days, leastTasks, isAfterFormula } = learned;
  return { values: learnValues(await loadStatedValues(db, days), leastTasks), isAfterFormula };
}
