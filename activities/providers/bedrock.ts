/**
 * Amazon Bedrock's Converse API.
 *
 * Options: `region`. A Bedrock key is sent as a bearer token; without one, requests are signed with the pair of AWS keys whose
 * environment variables the options `access_key_id_env`, `secret_access_key_env` and, for temporary keys, `session_token_env`
 * name, AWS's usual ones by default.
 */

import { aiSdkProvider } from './ai-sdk';
import { boundedThinking, thinkingBudget } from './anthropic';
import type { Provider, ProviderConfig } from './provider';
import { bedrockUsage } from './wire-usage';

export type BedrockCredentials =
  | { readonly apiKey: string }
  | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

export function bedrockProvider(config: ProviderConfig, credentials: BedrockCredentials): Provider {
  const region = config.options.region ?? '';
  return aiSdkProvider(config, {
    kind: 'bedrock',
    async model(call, fetch) {
      const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
      const baseURL = config.baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`;
      // An empty key keeps the package from taking one out of the environment.
      return createAmazonBedrock({ apiKey: '', ...credentials, region, baseURL, fetch }).languageModel(call.model.providerModel);
    },
    usage: bedrockUsage,
    usageKey: 'usage',
    maxTokensPaths: [['inferenceConfig', 'maxTokens']],
    options(call) {
      const budgetTokens = thinkingBudget(call);
      return budgetTokens === undefined
        ? {}
        : boundedThinking(call, budgetTokens, { amazonBedrock: { reasoningConfig: { budgetTokens } } });
    },
  });
}
