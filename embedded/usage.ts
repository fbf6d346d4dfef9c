/** What a call used, as its caller says it, and what that costs. */

import { z } from 'zod';
import type { Model } from '../routing/catalogue';
import { costOf } from '../routing/money/cost';
import type { CostBasis } from '../routing/money/cost-basis';
import type { Usage } from '../routing/money/price';
import { MAX_TOKENS_PER_FIGURE, usageOf } from '../routing/money/usage';
import { type NanoUsd, usdToNano } from '../routing/units';

const tokens = z.number().int().min(0).max(MAX_TOKENS_PER_FIGURE);

export const usageDocument = z.strictObject({
  inputTokens: tokens,
  /** With the tokens of thinking. */
  outputTokens: tokens,
  reasoningTokens: tokens.optional(),
  cacheReadTokens: tokens.optional(),
  cacheWriteTokens: tokens.optional(),
  /** Whether `inputTokens` contains the cached ones: `inside` for OpenAI and Google, `beside` for Anthropic, and where nobody says, because that is never too little. */
  cacheConvention: z.enum(['inside', 'beside']).default('beside'),
});

/** Tokens of one call, as its provider reports them. */
export type CallUsage = z.input<typeof usageDocument>;

/** Money of a call, and whence it is known. */
export interface Bill {
  readonly basis: CostBasis;
  /** With the bases `usage` and `reported`. */
  readonly costNano?: NanoUsd;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

/** @param costUsd the provider's own figure, which wins */
export function billOf(model: Model, usage: z.output<typeof usageDocument> | undefined, costUsd: number | undefined): Bill {
  const { cacheConvention = 'beside', ...figures } = usage ?? {};
  const used = usageOf(cacheConvention, { inputTokens: undefined, outputTokens: undefined, ...figures });
  const sizes = used === undefined ? {} : sizesOf(used);
  if (costUsd !== undefined) return { basis: 'reported', costNano: usdToNano(costUsd), ...sizes };
  if (model.prices === undefined) return { basis: 'unknown', ...sizes };
  return used === undefined ? { basis: 'reserved' } : { basis: 'usage', costNano: costOf(model.prices, used), ...sizes };
}

function sizesOf(used: Usage): { readonly inputTokens: number; readonly outputTokens: number } {
  return {
    inputTokens: used.inputTokens + used.cacheReadTokens + used.cacheWriteTokens + used.cacheWrite1hTokens,
    outputTokens: used.outputTokens + used.reasoningTokens,
  };
}
