/** A small catalogue for tests of routing: four tiers of three providers, with round numbers that resemble real ones. */

import type { CapabilityTier, Catalogue, CostTier, Model } from '../../routing/catalogue';
import { usdPerMillionToPico } from '../../routing/units';

/** A model that everything is open to; a test changes what it is about. */
export function testModel(id: string, changes: Partial<Model> = {}): Model {
  const provider = id.slice(0, id.indexOf('/'));
  const providerModel = id.slice(provider.length + 1);
  return {
    id,
    provider,
    providerModel,
    displayName: providerModel,
    capabilityTier: 'STANDARD',
    costTier: 'balanced',
    defaultPriority: 50,
    strengths: [],
    contextWindowTokens: 200_000,
    maxOutputTokens: 64_000,
    capabilities: ['tools', 'vision', 'structured-output'],
    privacyTiers: ['public', 'internal', 'confidential', 'restricted'],
    regions: ['us', 'eu'],
    status: { kind: 'active' },
    prices: pricesOf(2, 10),
    allowUnknownPrice: false,
    latency: { firstTokenMs: 500, msPerOutputToken: 10 },
    priorQuality: 0.8,
    verbosity: 1,
    pool: provider,
    ...changes,
  };
}

/** Prices in dollars per million tokens. */
export function pricesOf(input: number, output: number) {
  return { steps: [{ aboveInputTokens: 0, input: usdPerMillionToPico(input), output: usdPerMillionToPico(output) }] };
}

export function catalogueOf(models: readonly Model[], defaultModels: Readonly<Record<string, string>> = {}): Catalogue {
  return {
    version: 'test',
    models: new Map(models.map((model) => [model.id, model])),
    defaultModels: new Map(Object.entries(defaultModels)),
  };
}

function tiered(
  id: string,
  capabilityTier: CapabilityTier,
  costTier: CostTier,
  [input, output]: readonly [number, number],
  defaultPriority: number,
  changes: Partial<Model> = {},
): Model {
  const step = { SIMPLE: 0, STANDARD: 1, COMPLEX: 2, REASONING: 3 }[capabilityTier];
  return testModel(id, {
    capabilityTier,
    costTier,
    prices: pricesOf(input, output),
    defaultPriority,
    priorQuality: 0.7 + 0.08 * step,
    latency: { firstTokenMs: 300 + 300 * step, msPerOutputToken: 4 + 6 * step },
    ...changes,
  });
}

export const HAIKU = tiered('anthropic/claude-haiku-5-5', 'SIMPLE', 'budget', [0.1, 0.5], 60, {
  strengths: ['simple-task', 'documentation'],
});
export const SONNET = tiered('anthropic/claude-sonnet-5-5', 'STANDARD', 'balanced', [2, 10], 80, {
  strengths: ['code-generation', 'debugging'],
});
export const OPUS = tiered('anthropic/claude-opus-5-5', 'COMPLEX', 'premium', [4, 20], 90, { strengths: ['architecture', 'code-review'] });
export const MYTHOS = tiered('anthropic/claude-mythos-5-1', 'REASONING', 'premium', [10, 50], 95, {
  strengths: ['architecture', 'analysis'],
});
export const LUNA = tiered('openai/gpt-6-luna', 'SIMPLE', 'budget', [0.1, 0.5], 55);
export const SOL = tiered('openai/gpt-6-sol', 'STANDARD', 'balanced', [2, 10], 75, { strengths: ['code-generation'] });
export const ASTRA = tiered('openai/gpt-6-astra', 'REASONING', 'premium', [10, 50], 90, { strengths: ['analysis'] });
export const FLASH_LITE = tiered('google/gemini-3.5-flash-lite', 'SIMPLE', 'budget', [0.3, 2.5], 50);
export const FLASH = tiered('google/gemini-3.8-flash', 'STANDARD', 'balanced', [0.75, 3.75], 70, { contextWindowTokens: 1_000_000 });
export const ARGON = tiered('google/gemini-4-argon', 'COMPLEX', 'premium', [2, 10], 85, { contextWindowTokens: 1_000_000 });

export const TEST_MODELS = [HAIKU, SONNET, OPUS, MYTHOS, LUNA, SOL, ASTRA, FLASH_LITE, FLASH, ARGON] as const;

export const TEST_CATALOGUE = catalogueOf(TEST_MODELS, { anthropic: SONNET.id });
