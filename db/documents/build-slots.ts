/** Slots as the program works with them, from what the file says; and what cannot be true of them together. */

import { DEFAULT_FORMULA } from '../../routing/slots/expected-value';
import type { QuotaWindow, SlotAccount, SlotSettings } from '../../routing/slots/settings';
import { usdToNano } from '../../routing/units';
import { didYouMean } from './nearest-word';
import type { DocumentPath } from './problem';
import type { AccountYaml, SlotsYaml } from './slots-yaml';

export const DEFAULT_PATIENCE_SECONDS = 900;
export const DEFAULT_LEASE_SECONDS = 60;
const DEFAULT_LEARNED = { leastTasks: 10, days: 30 } as const;
const DEFAULT_SAFETY_RATE = 0.9;
const GROUP = /^(team|project|layer):\S(.{0,190}\S)?$/;

export function buildSlots(slots: SlotsYaml): SlotSettings {
  const { learned, ...value } = slots.value ?? {};
  const isSilent = Object.keys(value).length === 0;
  return {
    mode: slots.mode ?? 'act',
    patienceMs: (slots.patience_seconds ?? DEFAULT_PATIENCE_SECONDS) * 1_000,
    leaseMs: (slots.lease_seconds ?? DEFAULT_LEASE_SECONDS) * 1_000,
    formula: isSilent
      ? DEFAULT_FORMULA
      : {
          base: value.base ?? 0,
          perPriorityPoint: value.per_priority_point ?? 0,
          perUrgencyPoint: value.per_urgency_point ?? 0,
          byType: defined(value.by_type),
          byClass: defined(value.by_class),
          byTier: defined(value.by_tier),
          byLayer: defined(value.by_layer),
          byTeam: defined(value.by_team),
          byProject: defined(value.by_project),
        },
    ...(learned !== undefined && {
      learned: {
        leastTasks: learned.least_tasks ?? DEFAULT_LEARNED.leastTasks,
        days: learned.days ?? DEFAULT_LEARNED.days,
        isAfterFormula: !isSilent,
      },
    }),
    groupPriorities: slots.group_priorities ?? {},
    accounts: (slots.accounts ?? []).map(buildAccount),
  };
}

function defined(weights: Readonly<Record<string, number | undefined>> = {}): Record<string, number> {
  return Object.fromEntries(Object.entries(weights).filter((entry): entry is [string, number] => entry[1] !== undefined));
}

function buildAccount({ id, models, concurrency, time_zone: timeZone, windows = [] }: AccountYaml): SlotAccount {
  return {
    id,
    models,
    concurrency: concurrency ?? 1,
    timeZone: timeZone ?? 'UTC',
    windows: windows.map(
      ({ per, requests, tokens, usd, safety }): QuotaWindow => ({
        per,
        safetyRate: safety ?? DEFAULT_SAFETY_RATE,
        ...(requests !== undefined && { requests }),
        ...(tokens !== undefined && { tokens }),
        ...(usd !== undefined && { spendNanoUsd: usdToNano(usd) }),
      }),
    ),
  };
}

/** @param models ids of the catalogue */
export function checkSlots(
  { accounts = [], group_priorities: groups = {} }: SlotsYaml,
  models: readonly string[],
  report: (path: DocumentPath, message: string, place?: 'key' | 'value') => void,
): void {
  for (const name of Object.keys(groups)) {
    if (!GROUP.test(name))
      report(['slots', 'group_priorities', name], 'A group is written "team:NAME", "project:NAME" or "layer:NAME".', 'key');
  }
  for (const [index, account] of accounts.entries()) {
    const path: DocumentPath = ['slots', 'accounts', index];
    if (accounts.findIndex(({ id }) => id === account.id) < index) {
      report([...path, 'id'], `There is another account "${account.id}" above. Give each its own name.`);
    }
    for (const [at, model] of account.models.entries()) {
      if (!models.includes(model)) report([...path, 'models', at], `"${model}" is not in the catalogue.${didYouMean(model, models)}`);
      else if (account.models.indexOf(model) < at) report([...path, 'models', at], `"${model}" is here twice. Keep one.`);
    }
    const periods = (account.windows ?? []).map(({ per }) => per);
    for (const [at, per] of periods.entries()) {
      if (periods.indexOf(per) < at) {
        report([...path, 'windows', at, 'per'], `There is another window for "${per}" above. Put all limits of a period into one entry.`);
      }
    }
  }
}
