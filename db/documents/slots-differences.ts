/** What a file would change of the slots in force: accounts, their quotas, and how slots are given out. */

import type { QuotaWindow, SlotAccount, SlotSettings } from '../../routing/slots/settings';
import { nanoToUsd } from '../../routing/units';
import { buildSlots } from './build-slots';
import type { JsonValue } from './canonical-json';
import { differenceJson, type JsonChange } from './json-differences';

/** As if there were a file that says nothing, and nothing waits. */
const NO_SLOTS: SlotSettings = { ...buildSlots({}), mode: 'off' };

/** What changes from some slots to others, with money in dollars. Absent: none are configured. */
export function differenceSlots(before: SlotSettings | undefined, after: SlotSettings | undefined): JsonChange[] {
  return differenceJson(shapeOf(before ?? NO_SLOTS), shapeOf(after ?? NO_SLOTS));
}

/** Accounts by id and quotas by period: their order says nothing that people compare. */
function shapeOf({ accounts, formula, learned, groupPriorities, ...settings }: SlotSettings): JsonValue {
  return {
    ...settings,
    accounts: Object.fromEntries(accounts.map(({ id, ...account }) => [id, shapeOfAccount(account)])),
    formula: { ...formula },
    groupPriorities,
    ...(learned && { learned: { ...learned } }),
  };
}

function shapeOfAccount({ windows, ...account }: Omit<SlotAccount, 'id'>): JsonValue {
  return { ...account, windows: Object.fromEntries(windows.map(({ per, ...window }) => [per, shapeOfWindow(window)])) };
}

function shapeOfWindow({ spendNanoUsd, ...window }: Omit<QuotaWindow, 'per'>): JsonValue {
  return { ...window, ...(spendNanoUsd !== undefined && { spendUsd: nanoToUsd(spendNanoUsd) }) };
}
