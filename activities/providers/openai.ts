/**
 * OpenAI: chat completions, or the responses API where a model is served only there.
 *
 * Options: `api` (`chat` or `responses`), `organization`, `project`.
 */

import { aiSdkProvider } from './ai-sdk';
import type { CallOptions } from './ai-sdk-prompt';
import type { ModelCall, Provider, ProviderConfig } from './provider';
import { at } from './wire-json';
import { openaiUsage } from './wire-usage';

/** Where requests of this family state the most tokens of the answer. */
export const OPENAI_MAX_TOKENS_PATHS = [['max_tokens'], ['max_completion_tokens'], ['max_output_tokens']] as const;

/** @param apiKey sent as `authorization: Bearer` */
export function openaiProvider(config: ProviderConfig, apiKey: string): Provider {
  return aiSdkProvider(config, {
    kind: 'openai',
    async model(call, fetch) {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const { api, organization, project } = config.options;
      const openai = createOpenAI({
        baseURL: config.baseUrl ?? 'https://api.openai.com/v1',
        apiKey,
        fetch,
        ...(organization !== undefined && { organization }),
        ...(project !== undefined && { project }),
      });
      const { providerModel } = call.model;
      return api === 'responses' ? openai.responses(providerModel) : openai.chat(providerModel);
    },
    usage: openaiUsage,
    usageKey: 'usage',
    maxTokensPaths: OPENAI_MAX_TOKENS_PATHS,
    options: (call) => ({ providerOptions: { openai: openaiOptions(call) } }),
  });
}

type OpenAIOptions = NonNullable<CallOptions['providerOptions']>[string];

/** Nothing is stored at the provider, and a schema is enforced where it is of the kind that OpenAI can enforce. */
export function openaiOptions({ prompt }: ModelCall): OpenAIOptions {
  return { store: false, strictJsonSchema: isStrictSchema(prompt.responseFormat?.schema) };
}

/** Deepest schema that is looked through. */
const DEEPEST = 32;

/**
 * Whether OpenAI can hold a model to a JSON Schema ("strict"): every object in it requires all its properties and allows no
 * others. Another schema is sent as a guide, where strict mode would refuse the whole request.
 */
export function isStrictSchema(schema: unknown, depth = 0): boolean {
  if (depth > DEEPEST) return false;
  if (Array.isArray(schema)) return schema.every((part) => isStrictSchema(part, depth + 1));
  if (typeof schema !== 'object' || schema === null) return depth > 0;
  const properties = at(schema, 'properties');
  if (at(schema, 'type') === 'object' || properties !== undefined) {
    const required = at(schema, 'required');
    const names = Object.keys(properties ?? {});
    if (at(schema, 'additionalProperties') !== false || !Array.isArray(required)) return false;
    if (!names.every((name) => required.includes(name))) return false;
  }
  return Object.values(schema).every((part) => isStrictSchema(part, depth + 1));
}
