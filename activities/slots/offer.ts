/**
 * Gives out what is free to those who wait, in their order. Runs when a task begins to wait, when a slot is given back, and in
 * every round of upkeep: whoever frees a slot, or sees that one is free, offers it.
 */

import { loadSlotState, type WaitingTask } from '../../db/queries/slot-state';
import { grantSlots } from '../../db/queries/slots';
import type { Catalogue } from '../../routing/catalogue';
import type { PremiumProtection } from '../../routing/decision/policy';
import { slotsOf } from '../../routing/slots/accounts';
import { assignQueue } from '../../routing/slots/assign-queue';
import { percentilesOf } from '../../routing/slots/queue-order';
import type { SlotSettings } from '../../routing/slots/settings';
import type { SlotTask } from '../../routing/slots/slot';
import type { Deps } from '../deps';

/** Waiting tasks looked at in one go; four times as many each time that these leave a slot free. */
const FIRST_PAGE = 50;
const LARGEST_PAGE = 3_200;

/** The rules by which slots are given out. */
export interface SlotRules {
  readonly settings: SlotSettings;
  readonly catalogue: Catalogue;
  readonly premium: PremiumProtection;
}

/**
 * Offers every free slot.
 *
 * @param asking a task that learns of its grant from the result, and is not told in another way
 * @returns ids of the tasks that got a slot
 */
export function offerSlots(deps: Deps, rules: SlotRules, asking?: string): Promise<readonly string[]> {
  return deps.rules.offers.run(asking, (askers) => offerOnce(deps, rules, askers));
}

async function offerOnce(deps: Deps, rules: SlotRules, askers: ReadonlySet<string>): Promise<readonly string[]> {
  const { db } = deps;
  const valuePercentiles = percentilesOf(await deps.rules.values.recent(deps.now()), rules.premium);
  const granted: string[] = [];
  let after: WaitingTask | undefined;
  for (let page = FIRST_PAGE; ; page = Math.min(page * 4, LARGEST_PAGE)) {
    const { accounts, waiting } = await loadSlotState(db, page, after);
    const { free, busySlots } = slotsOf(accounts, rules.catalogue);
    const context = { premium: rules.premium, busySlots, ...(valuePercentiles && { valuePercentiles }) };
    const grants = assignQueue(waiting.map(taskOf), free, context);
    const toMake = grants.map(({ slot, ...grant }) => ({ ...grant, account: slot.account, model: slot.model }));
    granted.push(...(await grantSlots(db, toMake, rules.settings.leaseMs)));
    const places = new Map(free.map(({ slot, places: left }) => [slot.account, left]));
    const left = [...places.values()].reduce((sum, count) => sum + count, 0) - grants.length;
    if (left <= 0 || waiting.length < page) break; // nothing is free, or everyone was asked
    after = waiting.at(-1);
  }
  await Promise.all(granted.filter((taskId) => !askers.has(taskId)).map((taskId) => deps.tellSlotGranted(taskId)));
  return granted;
}

function taskOf({ taskId, models, lacks, expectedValue, priority, groupName, groupPriority }: WaitingTask): SlotTask {
  return {
    id: taskId,
    fits: models,
    lacks,
    expectedValue,
    priority,
    ...(groupName !== null && groupPriority !== null && { group: { name: groupName, priority: groupPriority } }),
  };
}
