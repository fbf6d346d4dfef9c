/**
 * Google's Gemini API. The key travels in the header `x-goog-api-key`, never in the address, where logs would keep it.
 */

import { aiSdkProvider } from './ai-sdk';
import type { Provider, ProviderConfig } from './provider';
import { googleUsage } from './wire-usage';

/** @param apiKey sent as `x-goog-api-key` */
export function googleProvider(config: ProviderConfig, apiKey: string): Provider {
  return aiSdkProvider(config, {
    kind: 'google',
    async model(call, fetch) {
      const { createGoogle } = await import('@ai-sdk/google');
      const baseURL = config.baseUrl ?? 'https://generativelanguage.googleapis.com/v1beta';
      return createGoogle({ baseURL, apiKey, fetch }).languageModel(call.model.providerModel);
    },
    usage: googleUsage,
    usageKey: 'usageMetadata',
    maxTokensPaths: [['generationConfig', 'maxOutputTokens']],
  });
}
