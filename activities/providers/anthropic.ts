/**
 * Anthropic's Messages API.
 */

import { aiSdkProvider } from './ai-sdk';
import type { CallOptions } from './ai-sdk-prompt';
import type { ModelCall, Provider, ProviderConfig } from './provider';
import { anthropicUsage } from './wire-usage';

/** @param apiKey sent as `x-api-key` */
export function anthropicProvider(config: ProviderConfig, apiKey: string): Provider {
  return aiSdkProvider(config, {
    kind: 'anthropic',
    async model(call, fetch) {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      const baseURL = config.baseUrl ?? 'https://api.anthropic.com/v1';
      return createAnthropic({ baseURL, apiKey, fetch }).languageModel(call.model.providerModel);
    },
    usage: anthropicUsage,
    usageKey: 'usage',
    maxTokensPaths: [['max_tokens']],
    options(call) {
      const budgetTokens = thinkingBudget(call);
      if (budgetTokens === undefined) return {};
      return boundedThinking(call, budgetTokens, { anthropic: { thinking: { type: 'enabled', budgetTokens } } });
    },
  });
}

/** Models that are told how many tokens to think; later ones decide by themselves within the maximum. */
const THINKS_BY_BUDGET = /claude-(?:3|(?:opus|sonnet|haiku)-4(?!-[6-9]))/;

/** The least that such a model can be given to think, in tokens. */
const LEAST_BUDGET = 1024;

const SHARE_OF_EFFORT = { low: 0.2, medium: 0.4, high: 0.6 } as const;

/**
 * Tokens that a model with a thinking budget is given to think; undefined for other models and for calls that ask for none.
 * 0 when the call's maximum leaves no room to think and answer.
 */
export function thinkingBudget({ model, prompt, maxOutputTokens }: ModelCall): number | undefined {
  if (!prompt.reasoningEffort || !model.capabilities.includes('reasoning')) return undefined;
  if (!THINKS_BY_BUDGET.test(model.providerModel)) return undefined;
  if (maxOutputTokens < 2 * LEAST_BUDGET) return 0;
  return Math.max(LEAST_BUDGET, Math.floor(maxOutputTokens * SHARE_OF_EFFORT[prompt.reasoningEffort]));
}

/**
 * Options that keep thinking inside the call's maximum. The packages add the budget to the maximum they are given, so it is
 * taken off first; with no room for it the call is made without thinking.
 */
export function boundedThinking(
  call: ModelCall,
  budgetTokens: number,
  providerOptions: NonNullable<CallOptions['providerOptions']>,
): Partial<CallOptions> {
  if (budgetTokens === 0) return { reasoning: 'provider-default' };
  return { maxOutputTokens: call.maxOutputTokens - budgetTokens, providerOptions };
}
