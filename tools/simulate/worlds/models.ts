/** The models of the simulated worlds: a ladder of three, of which the cheaper two may not have everything. */

import type { Catalogue, Model } from '../../../routing/catalogue';
import { estimateCost } from '../../../routing/money/cost';
import { type NanoUsd, usdPerMillionToPico } from '../../../routing/units';

export const LARGE = 'west/large';
export const MIDDLE = 'west/middle';
export const SMALL = 'north/small';

/** Tokens of an ordinary call. */
export const CALL_TOKENS = { inputTokens: 1_000, outputTokens: 500 } as const;

/** Dollars per million tokens of input; output costs five times as much. An ordinary task of the large model costs half a cent. */
const LARGE_PRICE = 1.43;

/** 0.4 and 0.15 of the price: one rung down saves 60 %, two save 85 %. */
const MODELS: readonly Model[] = [
  modelOf(LARGE, LARGE_PRICE, 0.9, ['public', 'internal', 'confidential', 'restricted'], ['us', 'eu']),
  modelOf(MIDDLE, 0.4 * LARGE_PRICE, 0.87, ['public', 'internal', 'confidential'], ['us', 'eu']),
  modelOf(SMALL, 0.15 * LARGE_PRICE, 0.8, ['public', 'internal'], ['us']),
];

export const CATALOGUE: Catalogue = {
  version: 'simulated',
  models: new Map(MODELS.map((model) => [model.id, model])),
  defaultModels: new Map(),
};

/** Mean cost of a task whose calls are `length` times as long as ordinary ones. */
export function taskCost(model: string, length: number): NanoUsd {
  const { inputTokens, outputTokens } = CALL_TOKENS;
  return estimateCost(CATALOGUE.models.get(model)!, inputTokens * length, outputTokens * length)!;
}

function modelOf(
  id: string,
  inputPrice: number,
  priorQuality: number,
  privacyTiers: Model['privacyTiers'],
  regions: Model['regions'],
): Model {
  const [provider, name] = id.split('/') as [string, string];
  return {
    id,
    provider,
    providerModel: name,
    displayName: name,
    capabilityTier: 'STANDARD',
    costTier: 'balanced',
    defaultPriority: 50,
    strengths: [],
    contextWindowTokens: 1_000_000,
    maxOutputTokens: 1_000_000,
    capabilities: [],
    privacyTiers,
    regions,
    status: { kind: 'active' },
    prices: { steps: [{ aboveInputTokens: 0, input: usdPerMillionToPico(inputPrice), output: usdPerMillionToPico(5 * inputPrice) }] },
    allowUnknownPrice: false,
    latency: { firstTokenMs: 500, msPerOutputToken: 5 },
    priorQuality,
    verbosity: 1,
    pool: provider,
  };
}
