/**
 * The configuration of a routing system: what a program may say, and what holds where it says nothing.
 *
 * Money is in US dollars, times are in milliseconds, shares in [0, 1].
 */

import { z } from 'zod';
import { isTimeZone, TIME_ZONE_RULE } from '../db/documents/time-zone';
import type { Catalogue } from '../routing/catalogue';
import { DEFAULT_POLICY, type Policy } from '../routing/decision/policy';
import { type NanoUsd, usdToNano } from '../routing/units';
import { type CatalogueSource, catalogueFor } from './catalogue';
import { type Clock, systemClock } from './clock';
import { parseOrRefuse, refusal } from './problems';
import { withoutAbsent } from './without-absent';

const usd = z.number().min(0).max(9_000_000);
const share = z.number().gt(0).max(1);
const weight = z.number().min(0).max(1_000_000);
const milliseconds = z
  .number()
  .int()
  .min(1)
  .max(24 * 3_600_000);

export const configDocument = z.strictObject({
  /** A signalbox.yaml: its text, or the same keys as an object. Absent: current models of Anthropic, OpenAI and Google. */
  catalogue: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  /** Only these models of the catalogue, by id. */
  models: z.array(z.string()).min(1).optional(),
  /** The last model of every chain that it may be in, by catalogue id. */
  defaultModel: z.string().optional(),
  /** Of the five factors; used as shares of their sum. Those that are absent keep their default. */
  weights: z
    .strictObject({
      capability: weight.optional(),
      cost: weight.optional(),
      quality: weight.optional(),
      latency: weight.optional(),
      historical: weight.optional(),
    })
    .optional(),
  /** Whether decisions rest on ratings and on how earlier calls went. */
  enableLearning: z.boolean().default(true),
  /** Whether decisions are kept for tasks that are alike. */
  enableCache: z.boolean().default(true),
  /** How long a decision is kept at most. */
  cacheTTL: milliseconds.default(3_600_000),
  budget: z
    .strictObject({
      dailyLimit: usd.optional(),
      monthlyLimit: usd.optional(),
      /** The most that one call may cost at its worst case. */
      perRequestLimit: usd.optional(),
      alerts: z.strictObject({ dailyWarning: share.default(0.75), monthlyWarning: share.default(0.8) }).prefault({}),
      /** IANA name of the zone in which days and months begin. */
      timezone: z.string().refine(isTimeZone, { error: TIME_ZONE_RULE }).default('UTC'),
    })
    .prefault({}),
  fallback: z
    .strictObject({
      /** False: only the chosen model is called. */
      enabled: z.boolean().default(true),
      /** Calls of one task, over all its models. */
      maxAttempts: z.number().int().min(1).max(100).default(DEFAULT_POLICY.attempts.maxAttempts),
      /** Longest time of one call. */
      timeout: milliseconds.default(DEFAULT_POLICY.attempts.maxCallMs),
    })
    .prefault({}),
  /** Where money, calls and what was learnt are kept: `postgres://…`. Absent: in the memory of this process. */
  databaseUrl: z.string().min(1).optional(),
  /** Processes that use the same name on the same database share money, calls and what was learnt. */
  name: z.string().min(1).max(100).default('default'),
});

/** A crossing of a warning line. */
export interface BudgetWarning {
  readonly period: 'day' | 'month';
  /** US dollars. */
  readonly spent: number;
  readonly limit: number;
  readonly renewsAt: Date;
}

/** What `createRoutingSystem` takes; every key may be absent. */
export interface RoutingConfig extends Omit<z.input<typeof configDocument>, 'catalogue'> {
  readonly catalogue?: CatalogueSource | undefined;
  /** Told once when a day or month passes its warning line, by the process whose call passed it. */
  readonly onWarning?: ((warning: BudgetWarning) => void) | undefined;
  /** For tests: the time, and how to wait. */
  readonly clock?: Clock | undefined;
}

export interface MoneySettings {
  readonly dayLimitNano: NanoUsd | undefined;
  readonly monthLimitNano: NanoUsd | undefined;
  readonly callLimitNano: NanoUsd | undefined;
  readonly warnAt: { readonly day: number; readonly month: number };
  readonly timeZone: string;
}

export interface Settings {
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  readonly defaultModel: string | undefined;
  readonly learns: boolean;
  /** Absent: decisions are not kept. */
  readonly cacheTtlMs: number | undefined;
  readonly money: MoneySettings;
  readonly databaseUrl: string | undefined;
  readonly name: string;
  readonly clock: Clock;
  readonly onWarning: (warning: BudgetWarning) => void;
}

/** @throws {RoutingError} `bad_config`, naming every problem */
export function readConfig({ onWarning = () => {}, clock = systemClock, ...config }: RoutingConfig): Settings {
  const what = 'The configuration of the routing system';
  const given = parseOrRefuse(configDocument, config, what, 'bad_config');
  const { catalogue, problems } = catalogueFor(config.catalogue, given.models);
  const weights = { ...DEFAULT_POLICY.weights, ...withoutAbsent(given.weights ?? {}) };
  if (Object.values(weights).every((value) => value === 0)) problems.push('weights: at least one must be above 0');
  const { defaultModel, budget, fallback } = given;
  if (defaultModel !== undefined && !catalogue.models.has(defaultModel)) problems.push(`defaultModel: there is no model "${defaultModel}"`);
  if (problems.length > 0) throw refusal(what, problems, 'bad_config');

  const nano = (amount: number | undefined) => (amount === undefined ? undefined : usdToNano(amount));
  const callLimitNano = nano(budget.perRequestLimit);
  return {
    catalogue,
    policy: {
      ...DEFAULT_POLICY,
      version: 1,
      weights,
      attempts: {
        ...DEFAULT_POLICY.attempts,
        maxModels: fallback.enabled ? DEFAULT_POLICY.attempts.maxModels : 1,
        maxAttempts: fallback.maxAttempts,
        maxCallMs: fallback.timeout,
      },
      constraints: { ...DEFAULT_POLICY.constraints, ...(callLimitNano === undefined ? {} : { maxCostPerCallNanoUsd: callLimitNano }) },
    },
    defaultModel,
    learns: given.enableLearning,
    cacheTtlMs: given.enableCache ? given.cacheTTL : undefined,
    money: {
      dayLimitNano: nano(budget.dailyLimit),
      monthLimitNano: nano(budget.monthlyLimit),
      callLimitNano,
      warnAt: { day: budget.alerts.dailyWarning, month: budget.alerts.monthlyWarning },
      timeZone: budget.timezone,
    },
    databaseUrl: given.databaseUrl,
    name: given.name,
    clock,
    onWarning,
  };
}
