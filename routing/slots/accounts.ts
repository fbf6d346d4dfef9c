/** Accounts as they stand, and the slots that they have at the moment. */

import type { Catalogue } from '../catalogue';
import type { FreeSlots } from './assign-queue';
import type { SlotSettings } from './settings';
import type { Slot } from './slot';

/** An account as it stands. */
export interface AccountState {
  readonly account: string;
  readonly models: readonly string[];
  readonly concurrency: number;
  /** Slots that are taken. */
  readonly taken: number;
  /** Share of the tightest quota that is used up; from 1 on nobody gets a slot. */
  readonly usedRate: number;
}

/** Models that some account has. */
export function servedModels({ accounts }: Pick<SlotSettings, 'accounts'>): ReadonlySet<string> {
  return new Set(accounts.flatMap(({ models }) => models));
}

/** Slots of accounts by whether anybody can have one now. A model that left the catalogue has none. */
export function slotsOf(
  accounts: readonly AccountState[],
  catalogue: Catalogue,
): { readonly free: readonly FreeSlots[]; readonly busySlots: readonly Slot[] } {
  const free: FreeSlots[] = [];
  const busySlots: Slot[] = [];
  for (const { account, models, concurrency, taken, usedRate } of accounts) {
    const places = usedRate < 1 ? concurrency - taken : 0;
    for (const model of models) {
      const costTier = catalogue.models.get(model)?.costTier;
      if (costTier === undefined) continue;
      const slot: Slot = { account, model, costTier, utilisationRate: Math.min(1, usedRate) };
      if (places > 0) free.push({ slot, places });
      else busySlots.push(slot);
    }
  }
  return { free, busySlots };
}
