/**
 * Anything that speaks OpenAI's chat completions: local servers (vLLM, llama.cpp, Ollama) and other providers.
 */

import { aiSdkProvider } from './ai-sdk';
import { isStrictSchema } from './openai';
import type { Provider, ProviderConfig } from './provider';
import { openaiUsage } from './wire-usage';

/** @param apiKey sent as `authorization: Bearer`; a local server may need none */
export function openaiCompatibleProvider(config: ProviderConfig, apiKey: string | undefined): Provider {
  return aiSdkProvider(config, {
    kind: 'openai-compatible',
    async model(call, fetch) {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const supportsStructuredOutputs = call.model.capabilities.includes('structured-output');
      return createOpenAICompatible({
        name: 'openaiCompatible',
        baseURL: config.baseUrl ?? '',
        fetch,
        includeUsage: true,
        supportsStructuredOutputs,
        ...(apiKey !== undefined && { apiKey }),
      }).chatModel(call.model.providerModel);
    },
    usage: openaiUsage,
    usageKey: 'usage',
    maxTokensPaths: [['max_tokens']],
    options: ({ prompt }) => ({
      providerOptions: { openaiCompatible: { strictJsonSchema: isStrictSchema(prompt.responseFormat?.schema) } },
    }),
  });
}
