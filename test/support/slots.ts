/** Slots as tests configure them. */

import { DEFAULT_FORMULA } from '../../routing/slots/expected-value';
import type { SlotAccount, SlotSettings } from '../../routing/slots/settings';

/** An account with one slot for one model. */
export function seatFor(model: string, changes: Partial<SlotAccount> = {}): SlotAccount {
  return { id: 'seat', models: [model], concurrency: 1, timeZone: 'UTC', windows: [], ...changes };
}

export function slotSettings(accounts: readonly SlotAccount[], changes: Partial<SlotSettings> = {}): SlotSettings {
  return { mode: 'act', patienceMs: 600_000, leaseMs: 10_000, formula: DEFAULT_FORMULA, groupPriorities: {}, accounts, ...changes };
}
