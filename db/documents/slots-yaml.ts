/**
 * The shape of `slots` in signalbox.yaml: which keys there are, and which values each may have by itself. What a key means is in
 * docs/configuration.md.
 */

import { z } from 'zod';
import { CAPABILITY_TIERS } from '../../routing/catalogue';
import { QUOTA_PERIODS, SLOT_MODES, STATED_VALUES_DAYS } from '../../routing/slots/settings';
import { TASK_TYPES } from '../../routing/task/task';
import { timeZoneName } from './time-zone';

const ACCOUNT_NAME_RULE = 'An account is named with letters, digits, ".", "_" and "-"; at most 64 of them.';
/** Far above what any task is worth, and low enough that a sum of them stays exact. */
const worth = z.number().min(-1_000_000).max(1_000_000);
const byName = z.record(z.string().max(200), worth);
const priority = z.number().min(0).max(100);

const windowYaml = z.strictObject({
  per: z.enum(QUOTA_PERIODS),
  requests: z.int().min(1).max(1_000_000_000).optional(),
  tokens: z.int().min(1).max(1_000_000_000_000).optional(),
  usd: z.number().gt(0).max(1_000_000).optional(),
  safety: z.number().gt(0).max(1).optional(),
});

const accountYaml = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: ACCOUNT_NAME_RULE }),
  models: z.array(z.string().min(1).max(300)).min(1).max(100),
  concurrency: z.int().min(1).max(10_000).optional(),
  time_zone: timeZoneName.optional(),
  windows: z.array(windowYaml).max(QUOTA_PERIODS.length).optional(),
});
export type AccountYaml = z.infer<typeof accountYaml>;

export const slotsYaml = z.strictObject({
  mode: z.enum(SLOT_MODES).optional(),
  patience_seconds: z.number().min(1).max(604_800).optional(),
  lease_seconds: z.number().min(5).max(3_600).optional(),
  value: z
    .strictObject({
      base: worth.optional(),
      per_priority_point: worth.optional(),
      per_urgency_point: worth.optional(),
      by_type: z.partialRecord(z.enum(TASK_TYPES), worth).optional(),
      by_class: byName.optional(),
      by_tier: z.partialRecord(z.enum(CAPABILITY_TIERS), worth).optional(),
      by_layer: byName.optional(),
      by_team: byName.optional(),
      by_project: byName.optional(),
      learned: z
        .strictObject({ least_tasks: z.int().min(2).max(1_000_000).optional(), days: z.int().min(1).max(STATED_VALUES_DAYS).optional() })
        .optional(),
    })
    .optional(),
  group_priorities: z.record(z.string().max(200), priority).optional(),
  accounts: z.array(accountYaml).max(1_000).optional(),
});
export type SlotsYaml = z.infer<typeof slotsYaml>;
