/**
 * One model of the catalogue from what its file entry says, what its provider entry says for all its models, what the
 * price library knows, and defaults: in this order.
 */

import type { CapabilityTier, LatencyProfile, Model, ModelStatus } from '../../routing/catalogue';
import type { PriceStep, Prices } from '../../routing/money/price';
import type { PrivacyTier } from '../../routing/task/task';
import { usdPerMillionToPico, usdToNano } from '../../routing/units';
import type { LibraryModel, PriceLibrary } from './price-library';
import type { ModelYaml, PricesYaml, ProviderYaml } from './signalbox-yaml';
import type { CommandEntry, Kind } from './well-known-providers';

/** What a model is approved for until somebody decides otherwise: nothing that must be kept closely. */
const DEFAULT_PRIVACY_TIERS: readonly PrivacyTier[] = ['public', 'internal'];

/** Where neither the file nor the library knows: small enough to be true of any model still served. */
const DEFAULT_CONTEXT_WINDOW_TOKENS = 32_000;
const DEFAULT_MAX_OUTPUT_TOKENS = 4_096;

/** Rough figures of hosted models of 2026; a model's own history takes their place. */
const DEFAULT_LATENCY: Readonly<Record<CapabilityTier, LatencyProfile>> = {
  SIMPLE: { firstTokenMs: 400, msPerOutputToken: 6 },
  STANDARD: { firstTokenMs: 700, msPerOutputToken: 12 },
  COMPLEX: { firstTokenMs: 1_000, msPerOutputToken: 16 },
  REASONING: { firstTokenMs: 2_500, msPerOutputToken: 20 },
};
/** Starting a command-line agent and its own first steps. */
const COMMAND_START_MS = 4_000;

/** Share of everyday tasks that a model of a tier does well; only the order matters before outcomes are known. */
const DEFAULT_QUALITY: Readonly<Record<CapabilityTier, number>> = { SIMPLE: 0.6, STANDARD: 0.75, COMPLEX: 0.87, REASONING: 0.92 };

const FREE: Prices = { steps: [{ aboveInputTokens: 0, input: 0, output: 0 }] };

/** How the model's provider is called, as far as its models depend on it. */
export interface ModelProvider {
  readonly name: string;
  readonly kind: Kind;
  readonly command?: CommandEntry;
}

/** What the library knows of the model that a file entry stands for. */
export function listedModel(
  id: string,
  model: ModelYaml,
  provider: ModelProvider,
  entry: ProviderYaml,
  library: PriceLibrary,
): LibraryModel | undefined {
  if (model.priced_as !== undefined) return library.entry(model.priced_as);
  const program = provider.command?.program.split('/').at(-1);
  return library.find({
    kind: provider.kind,
    // An Azure deployment has any name; elsewhere another name is another model, a fine-tuned one perhaps.
    names: provider.kind === 'azure' ? [id, model.provider_model ?? id] : [model.provider_model ?? id],
    regions: model.regions ?? entry.regions ?? [],
    ...(program !== undefined && { program }),
  });
}

export function buildModel(id: string, model: ModelYaml, provider: ModelProvider, entry: ProviderYaml, library: PriceLibrary): Model {
  const { kind } = provider;
  const listed = listedModel(id, model, provider, entry, library);
  const capabilityTier = model.capability_tier ?? 'STANDARD';
  const contextWindowTokens =
    model.context_window ?? listed?.contextWindowTokens ?? Math.max(DEFAULT_CONTEXT_WINDOW_TOKENS, model.max_output ?? 0);
  const prices = model.prices !== undefined ? pricesOf(model.prices) : (listed?.prices ?? (kind === 'scripted' ? FREE : undefined));
  const promptTemplate = templateOf(model.prompt_template);
  return {
    id: `${provider.name}/${id}`,
    provider: provider.name,
    providerModel: model.provider_model ?? id,
    displayName: model.display_name ?? id,
    ...(model.family !== undefined && { family: model.family }),
    capabilityTier,
    costTier: model.cost_tier ?? 'balanced',
    defaultPriority: model.default_priority ?? 50,
    strengths: model.strengths ?? [],
    contextWindowTokens,
    maxOutputTokens: model.max_output ?? Math.min(listed?.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS, contextWindowTokens),
    capabilities: model.capabilities ?? capabilitiesOf(listed, kind),
    privacyTiers: model.privacy_tiers ?? entry.privacy_tiers ?? DEFAULT_PRIVACY_TIERS,
    regions: model.regions ?? entry.regions ?? [],
    status: statusOf(model, listed),
    ...(prices !== undefined && { prices }),
    allowUnknownPrice: model.allow_unknown_price ?? entry.allow_unknown_price ?? false,
    latency: latencyOf(model, capabilityTier, kind),
    priorQuality: model.quality ?? DEFAULT_QUALITY[capabilityTier],
    verbosity: model.verbosity ?? 1,
    pool: model.pool ?? entry.pool ?? poolOf(provider.name),
    ...(promptTemplate !== undefined && { promptTemplate }),
  };
}

/** An agent is given a text and prints a text: of what its model can do, only thinking remains. */
function capabilitiesOf(listed: LibraryModel | undefined, kind: Kind): Model['capabilities'] {
  const capabilities = listed?.capabilities ?? [];
  return kind === 'command' ? capabilities.filter((capability) => capability === 'reasoning') : capabilities;
}

function latencyOf(model: ModelYaml, tier: CapabilityTier, kind: Kind): LatencyProfile {
  if (model.latency !== undefined) {
    return { firstTokenMs: model.latency.first_token_ms, msPerOutputToken: model.latency.ms_per_output_token };
  }
  const { firstTokenMs, msPerOutputToken } = DEFAULT_LATENCY[tier];
  return { firstTokenMs: firstTokenMs + (kind === 'command' ? COMMAND_START_MS : 0), msPerOutputToken };
}

/** The file's word wins; a retirement that the library announces holds where the file says nothing. */
function statusOf(model: ModelYaml, listed: LibraryModel | undefined): ModelStatus {
  if (model.status === 'active' || model.status === 'retired') return { kind: model.status };
  const retires = model.retires ?? listed?.retires;
  if (retires !== undefined) return { kind: 'deprecated', retiresAt: Date.parse(`${retires}T00:00:00Z`) };
  return { kind: model.deprecated === undefined && model.status === undefined ? 'active' : 'deprecated' };
}

function templateOf(template: ModelYaml['prompt_template']): Model['promptTemplate'] {
  if (template === undefined) return undefined;
  const { prefix, suffix, system } = template;
  return { ...(prefix !== undefined && { prefix }), ...(suffix !== undefined && { suffix }), ...(system !== undefined && { system }) };
}

/** A provider's own queue, named as queues may be. */
function poolOf(provider: string): string {
  return provider
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .slice(0, 63);
}

type StepYaml = Omit<PricesYaml, 'per_call_usd' | 'long_context' | 'batch'>;

function pricesOf(prices: PricesYaml): Prices {
  return {
    steps: stepsOf(prices),
    ...(prices.batch !== undefined && { batchSteps: stepsOf(prices.batch) }),
    ...(prices.per_call_usd !== undefined && { perCallNanoUsd: usdToNano(prices.per_call_usd) }),
  };
}

function stepsOf(prices: StepYaml & Pick<PricesYaml, 'long_context'>): PriceStep[] {
  return [stepOf(0, prices), ...(prices.long_context ?? []).map((step) => stepOf(step.above_tokens, step))];
}

function stepOf(aboveInputTokens: number, step: StepYaml): PriceStep {
  return {
    aboveInputTokens,
    input: usdPerMillionToPico(step.input),
    output: usdPerMillionToPico(step.output),
    ...(step.reasoning !== undefined && { reasoning: usdPerMillionToPico(step.reasoning) }),
    ...(step.cache_read !== undefined && { cacheRead: usdPerMillionToPico(step.cache_read) }),
    ...(step.cache_write !== undefined && { cacheWrite: usdPerMillionToPico(step.cache_write) }),
    ...(step.cache_write_1h !== undefined && { cacheWrite1h: usdPerMillionToPico(step.cache_write_1h) }),
  };
}
