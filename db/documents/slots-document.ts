/** Slots as they stand in the stored catalogue. */

import { z } from 'zod';
import type { ValueFormula } from '../../routing/slots/expected-value';
import {
  type LearnedValueSettings,
  QUOTA_PERIODS,
  type QuotaWindow,
  SLOT_MODES,
  type SlotAccount,
  type SlotSettings,
  STATED_VALUES_DAYS,
} from '../../routing/slots/settings';

const amounts = z.record(z.string(), z.number());

const formula = z.strictObject({
  base: z.number(),
  perPriorityPoint: z.number(),
  perUrgencyPoint: z.number(),
  byType: amounts,
  byClass: amounts,
  byTier: amounts,
  byLayer: amounts,
  byTeam: amounts,
  byProject: amounts,
}) satisfies z.ZodType<ValueFormula>;

const learned = z.strictObject({
  leastTasks: z.int().min(2),
  days: z.int().min(1).max(STATED_VALUES_DAYS),
  isAfterFormula: z.boolean(),
}) satisfies z.ZodType<LearnedValueSettings>;

const quotaWindow = z.strictObject({
  per: z.enum(QUOTA_PERIODS),
  requests: z.int().min(1).exactOptional(),
  tokens: z.int().min(1).exactOptional(),
  spendNanoUsd: z.int().min(0).exactOptional(),
  safetyRate: z.number().gt(0).max(1),
}) satisfies z.ZodType<QuotaWindow>;

const account = z.strictObject({
  id: z.string(),
  models: z.array(z.string()).min(1),
  concurrency: z.int().min(1),
  timeZone: z.string(),
  windows: z.array(quotaWindow),
}) satisfies z.ZodType<SlotAccount>;

export const storedSlots = z.strictObject({
  mode: z.enum(SLOT_MODES),
  patienceMs: z.number().gt(0),
  leaseMs: z.number().gt(0),
  formula,
  learned: learned.exactOptional(),
  groupPriorities: z.record(z.string(), z.number().min(0).max(100)),
  accounts: z.array(account),
}) satisfies z.ZodType<SlotSettings>;
