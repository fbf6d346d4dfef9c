/**
 * The shape of signalbox.yaml: which keys there are, and which values each may have by itself. What a key means is in
 * docs/configuration.md. What values mean together is in catalogue-contradictions.ts.
 */

import { z } from 'zod';
import { CAPABILITY_TIERS, COST_TIERS } from '../../routing/catalogue';
import { CAPABILITIES, PRIVACY_TIERS, TASK_TYPES } from '../../routing/task/task';
import { PERSON_NAME, PERSON_NAME_RULE } from './person-name';
import { slotsYaml } from './slots-yaml';
import { timeZoneName } from './time-zone';
import { KINDS } from './well-known-providers';

/** Far above any real figure, and low enough that sums of them stay exact integers. */
const MAX_USD = 1_000_000;
const MAX_USD_PER_MILLION = 10_000;
const MAX_TOKENS = 100_000_000;
/** Longer than any list of names in here has reason to be. */
const MAX_LIST = 100;

const fraction = z.number().min(0).max(1);
const share = z.number().gt(0).max(1);
const usd = z.number().min(0).max(MAX_USD);
const usdPerMillion = z.number().min(0).max(MAX_USD_PER_MILLION);
const tokens = z.int().min(1).max(MAX_TOKENS);
const shortText = z.string().min(1).max(200);
const POOL_NAME_RULE = 'A pool is named with small letters, digits and hyphens; at most 63 of them.';
const poolName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: POOL_NAME_RULE });
const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, {
  error: 'Must be the name of an environment variable (letters, digits, underscores), never the secret itself.',
});
const region = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, { error: 'A region is written with small letters, digits and hyphens: eu, us, eu-west-1.' });
const familyName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: 'A family is the maker of a model, in small letters, digits and hyphens: anthropic, meta.',
});
const day = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, { error: 'A date is written 2026-11-30.' });

const priceKeys = {
  input: usdPerMillion,
  output: usdPerMillion,
  reasoning: usdPerMillion.optional(),
  cache_read: usdPerMillion.optional(),
  cache_write: usdPerMillion.optional(),
  cache_write_1h: usdPerMillion.optional(),
};
const longContext = z
  .array(z.strictObject({ above_tokens: tokens, ...priceKeys }))
  .min(1)
  .max(20);
const pricesYaml = z.strictObject({
  ...priceKeys,
  per_call_usd: usd.optional(),
  long_context: longContext.optional(),
  batch: z.strictObject({ ...priceKeys, long_context: longContext.optional() }).optional(),
});
export type PricesYaml = z.infer<typeof pricesYaml>;

const modelYaml = z.strictObject({
  display_name: shortText.optional(),
  provider_model: shortText.optional(),
  family: familyName.optional(),
  capability_tier: z.enum(CAPABILITY_TIERS).optional(),
  cost_tier: z.enum(COST_TIERS).optional(),
  default_priority: z.number().min(0).max(100).optional(),
  strengths: z.array(z.enum(TASK_TYPES)).max(MAX_LIST).optional(),
  capabilities: z.array(z.enum(CAPABILITIES)).max(MAX_LIST).optional(),
  context_window: tokens.optional(),
  max_output: tokens.optional(),
  privacy_tiers: z.array(z.enum(PRIVACY_TIERS)).max(MAX_LIST).optional(),
  regions: z.array(region).max(MAX_LIST).optional(),
  status: z.enum(['active', 'deprecated', 'retired']).optional(),
  deprecated: day.optional(),
  retires: day.optional(),
  prices: pricesYaml.optional(),
  priced_as: shortText.optional(),
  allow_unknown_price: z.boolean().optional(),
  quality: fraction.optional(),
  verbosity: z.number().min(0.1).max(10).optional(),
  latency: z
    .strictObject({ first_token_ms: z.number().min(0).max(3_600_000), ms_per_output_token: z.number().min(0).max(60_000) })
    .optional(),
  pool: poolName.optional(),
  prompt_template: z
    .strictObject({ prefix: z.string().optional(), suffix: z.string().optional(), system: z.string().optional() })
    .optional(),
});
export type ModelYaml = z.infer<typeof modelYaml>;

const commandYaml = z.strictObject({
  program: shortText.optional(),
  args: z.array(z.string().max(10_000)).max(100).optional(),
  prompt_by: z.enum(['stdin', 'argument']).optional(),
  env: z.array(environmentName).max(MAX_LIST).optional(),
  auto_approve: z.boolean().optional(),
  output: z.enum(['text', 'claude-json', 'codex-jsonl', 'gemini-json']).optional(),
  max_output_bytes: z
    .int()
    .min(1024)
    .max(256 * 1024 * 1024)
    .optional(),
});

const providerYaml = z.strictObject({
  kind: z.enum(KINDS).optional(),
  base_url: z.string().max(2000).optional(),
  api_key_env: environmentName.optional(),
  options: z.record(z.string(), shortText).optional(),
  allow_private_network: z.boolean().optional(),
  command: commandYaml.optional(),
  default_model: shortText.optional(),
  privacy_tiers: z.array(z.enum(PRIVACY_TIERS)).max(MAX_LIST).optional(),
  regions: z.array(region).max(MAX_LIST).optional(),
  pool: poolName.optional(),
  allow_unknown_price: z.boolean().optional(),
  models: z.record(z.string(), modelYaml),
});
export type ProviderYaml = z.infer<typeof providerYaml>;

const poolYaml = z.strictObject({
  concurrency: z.int().min(1).max(10_000).optional(),
  calls_per_second: z.number().gt(0).max(100_000).optional(),
});

const budgetYaml = z.strictObject({
  scope: z.string().regex(/^(global|(team|project|tag|key):\S(.{0,198}\S)?)$/, {
    error: 'A scope is "global", or a kind and a name: "team:search", "project:NAME", "tag:NAME", "key:ID".',
  }),
  daily_usd: usd.optional(),
  monthly_usd: usd.optional(),
  per_request_usd: usd.optional(),
  time_zone: timeZoneName.optional(),
  hard: z.boolean().optional(),
  warn_at_daily: share.optional(),
  warn_at_monthly: share.optional(),
});
export type BudgetYaml = z.infer<typeof budgetYaml>;

const warningsYaml = z.strictObject({
  webhooks: z
    .array(z.strictObject({ url: z.string().max(2000), secret_env: environmentName, allow_private_network: z.boolean().optional() }))
    .max(20)
    .optional(),
});
export type WarningsYaml = z.infer<typeof warningsYaml>;

/** `forever` keeps. Calls of embedded programs stay for more than a month, because the balances of a month are made of them. */
const retentionYaml = z.strictObject({
  tasks_months: z.union([z.int().min(1).max(1200), z.literal('forever')]).optional(),
  content_days: z.union([z.int().min(1).max(36_500), z.literal('forever')]).optional(),
  embedded_days: z.union([z.int().min(32).max(36_500), z.literal('forever')]).optional(),
});
export type RetentionYaml = z.infer<typeof retentionYaml>;

/** The users' habit; what is absent has the policy's default. */
export const ewmaYaml = z.strictObject({
  alpha: share.optional(),
  min_ratings: z.int().min(0).max(1_000_000).optional(),
  poor_threshold: z.number().min(1).max(5).optional(),
  seed: z.number().min(1).max(5).optional(),
});
export type EwmaYaml = z.infer<typeof ewmaYaml>;

export const signalboxYaml = z.strictObject({
  operator: z.string().regex(PERSON_NAME, { error: PERSON_NAME_RULE }).optional(),
  ewma: ewmaYaml.optional(),
  providers: z.record(z.string(), providerYaml),
  pools: z.record(z.string(), poolYaml).optional(),
  budgets: z.array(budgetYaml).max(1000).optional(),
  warnings: warningsYaml.optional(),
  slots: slotsYaml.optional(),
  retention: retentionYaml.optional(),
  settings: z
    .strictObject({
      max_prompt_bytes: z
        .int()
        .min(1)
        .max(64 * 1024 * 1024)
        .optional(),
      shutdown_grace_seconds: z.int().min(0).max(86_400).optional(),
    })
    .optional(),
});
export type SignalboxYaml = z.infer<typeof signalboxYaml>;

/** What is wrong with the name of a pool, which is a key and so not checked by the document; undefined when nothing is. */
export function problemOfPoolName(name: string): string | undefined {
  return poolName.safeParse(name).success ? undefined : POOL_NAME_RULE;
}
