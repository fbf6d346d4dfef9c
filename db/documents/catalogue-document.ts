/**
 * The catalogue as a JSON column holds it: models, and how their providers are called. Its version is the hash of this
 * content, so a decision can say exactly which models it chose from, and a worker calls them as that version says.
 */

import { z } from 'zod';
import { CAPABILITY_TIERS, type Catalogue, COST_TIERS, type Model } from '../../routing/catalogue';
import type { PriceStep, Prices } from '../../routing/money/price';
import type { SlotSettings } from '../../routing/slots/settings';
import { CAPABILITIES, PRIVACY_TIERS, TASK_TYPES } from '../../routing/task/task';
import type { ProviderEntry } from './build-provider';
import { canonicalJson, type JsonValue, sha256Hex } from './canonical-json';
import { readStored } from './read-stored';
import { storedSlots } from './slots-document';
import { KINDS } from './well-known-providers';

const amount = z.int().min(0);
const fraction = z.number().min(0).max(1);

const priceStep = z.strictObject({
  aboveInputTokens: amount,
  input: amount,
  output: amount,
  reasoning: amount.exactOptional(),
  cacheRead: amount.exactOptional(),
  cacheWrite: amount.exactOptional(),
  cacheWrite1h: amount.exactOptional(),
}) satisfies z.ZodType<PriceStep>;

const prices = z.strictObject({
  steps: z.array(priceStep).min(1),
  batchSteps: z.array(priceStep).exactOptional(),
  perCallNanoUsd: amount.exactOptional(),
}) satisfies z.ZodType<Prices>;

const model = z.strictObject({
  id: z.string(),
  provider: z.string(),
  providerModel: z.string(),
  displayName: z.string(),
  family: z.string().exactOptional(),
  capabilityTier: z.enum(CAPABILITY_TIERS),
  costTier: z.enum(COST_TIERS),
  defaultPriority: z.number().min(0).max(100),
  strengths: z.array(z.enum(TASK_TYPES)),
  contextWindowTokens: z.int().min(1),
  maxOutputTokens: z.int().min(1),
  capabilities: z.array(z.enum(CAPABILITIES)),
  privacyTiers: z.array(z.enum(PRIVACY_TIERS)),
  regions: z.array(z.string()),
  status: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('active') }),
    z.strictObject({ kind: z.literal('deprecated'), retiresAt: z.int().exactOptional() }),
    z.strictObject({ kind: z.literal('retired') }),
  ]),
  prices: prices.exactOptional(),
  allowUnknownPrice: z.boolean(),
  latency: z.strictObject({ firstTokenMs: z.number().min(0), msPerOutputToken: z.number().min(0) }),
  priorQuality: fraction,
  verbosity: z.number().gt(0),
  pool: z.string(),
  promptTemplate: z
    .strictObject({ prefix: z.string().exactOptional(), suffix: z.string().exactOptional(), system: z.string().exactOptional() })
    .exactOptional(),
}) satisfies z.ZodType<Model>;

const provider = z.strictObject({
  name: z.string(),
  kind: z.enum(KINDS),
  baseUrl: z.string().exactOptional(),
  apiKeyEnv: z.string().exactOptional(),
  options: z.record(z.string(), z.string()),
  allowPrivateNetwork: z.boolean(),
  command: z
    .strictObject({
      program: z.string(),
      args: z.array(z.string()),
      promptBy: z.enum(['stdin', 'argument']),
      env: z.array(z.string()),
      autoApprove: z.boolean(),
      output: z.enum(['text', 'claude-json', 'codex-jsonl', 'gemini-json']),
      maxOutputBytes: z.int().min(1),
    })
    .exactOptional(),
}) satisfies z.ZodType<ProviderEntry>;

/** One queue of calls, `model-<name>`. */
export interface PoolConfig {
  readonly name: string;
  /** Calls that one worker makes at a time, an integer ≥ 1. */
  readonly concurrency: number;
  /** Calls that all workers together start in a second; absent: no limit. */
  readonly callsPerSecond?: number;
}

const pool = z.strictObject({
  name: z.string(),
  concurrency: z.int().min(1),
  callsPerSecond: z.number().positive().exactOptional(),
}) satisfies z.ZodType<PoolConfig>;

/** Models stand in a list, because a JSON column keeps no order of keys. */
const storedCatalogue = z.strictObject({
  models: z.array(model),
  defaultModels: z.record(z.string(), z.string()),
  providers: z.array(provider),
  pools: z.array(pool),
  slots: storedSlots.exactOptional(),
});

/** What a version of the catalogue consists of. */
export interface StoredCatalogue {
  readonly catalogue: Catalogue;
  readonly providers: readonly ProviderEntry[];
  /** Every pool that a model runs in, and those the file configures. */
  readonly pools: readonly PoolConfig[];
  /** Absent: there are none, and nothing that a task does depends on them. */
  readonly slots?: SlotSettings;
}

/** A catalogue of these models, in their order, called as these providers say. */
export function catalogueOf(
  models: readonly Model[],
  defaultModels: ReadonlyMap<string, string>,
  providers: readonly ProviderEntry[],
  pools: readonly PoolConfig[],
  slots?: SlotSettings,
): StoredCatalogue {
  const content = { models, defaultModels: Object.fromEntries(defaultModels), providers, pools, ...(slots && { slots }) };
  return {
    catalogue: {
      version: sha256Hex(canonicalJson(content)),
      models: new Map(models.map((entry) => [entry.id, entry])),
      defaultModels,
    },
    providers,
    pools,
    ...(slots && { slots }),
  };
}

/** The content whose canonical JSON the catalogue's version is the SHA-256 of. */
export function storedCatalogueToJson({ catalogue, providers, pools, slots }: StoredCatalogue): JsonValue {
  const content = { models: [...catalogue.models.values()], defaultModels: Object.fromEntries(catalogue.defaultModels), providers, pools };
  return JSON.parse(canonicalJson({ ...content, ...(slots && { slots }) })) as JsonValue;
}

/**
 * Reads back what `storedCatalogueToJson` gave.
 *
 * @throws {RoutingError} `bad_config` when the column holds something else
 */
export function storedCatalogueFromJson(json: unknown): StoredCatalogue {
  const { models, defaultModels, providers, pools, slots } = readStored(storedCatalogue, json, 'catalogue');
  return catalogueOf(models, new Map(Object.entries(defaultModels)), providers, pools, slots);
}
