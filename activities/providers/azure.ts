/**
 * Azure OpenAI. The catalogue's `provider_model` is the name of the deployment.
 *
 * Options: `resource` (name of the resource) unless there is a base URL; `api` (`chat` or `responses`); `api_version`;
 * `deployment_urls: "true"` for the older addresses that carry the deployment.
 */

import { aiSdkProvider } from './ai-sdk';
import { OPENAI_MAX_TOKENS_PATHS, openaiOptions } from './openai';
import type { Provider, ProviderConfig } from './provider';
import { openaiUsage } from './wire-usage';

/** @param apiKey sent as `api-key` */
export function azureProvider(config: ProviderConfig, apiKey: string): Provider {
  return aiSdkProvider(config, {
    kind: 'azure',
    async model(call, fetch) {
      const { createAzure } = await import('@ai-sdk/azure');
      const azure = createAzure({
        baseURL: config.baseUrl ?? `https://${config.options.resource}.openai.azure.com/openai`,
        apiKey,
        fetch,
        useDeploymentBasedUrls: config.options.deployment_urls === 'true',
        ...(config.options.api_version !== undefined && { apiVersion: config.options.api_version }),
      });
      const { providerModel } = call.model;
      return config.options.api === 'responses' ? azure.responses(providerModel) : azure.chat(providerModel);
    },
    usage: openaiUsage,
    usageKey: 'usage',
    maxTokensPaths: OPENAI_MAX_TOKENS_PATHS,
    options: (call) => ({
      providerOptions: {
        // A deployment's name does not say which model it is, and reasoning models refuse `max_tokens`.
        openai: { ...openaiOptions(call), ...(call.model.capabilities.includes('reasoning') && { forceReasoning: true }) },
      },
    }),
  });
}
