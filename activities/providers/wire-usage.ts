/**
 * What each wire format says was used, as our parts that do not overlap.
 *
 * Read from the provider's own figures and not from the SDK's: those turn a missing figure into 0 and drop the cache writes
 * that are kept for an hour and billed at twice the price. Each function takes the provider's usage object and gives
 * undefined when it does not state what was used, so that the reservation is charged instead of a guess.
 */

import type { Usage } from '../../routing/money/price';
import { usageOf } from '../../routing/money/usage';
import { at, itemsAt, stringAt } from './wire-json';

/** Anthropic Messages: cache reads and writes come beside `input_tokens`; writes kept for an hour are told apart. */
export function anthropicUsage(usage: unknown): Usage | undefined {
  const hour = figureAt(usage, 'cache_creation', 'ephemeral_1h_input_tokens') ?? 0;
  return usageOf('beside', {
    inputTokens: figureAt(usage, 'input_tokens'),
    cacheReadTokens: figureAt(usage, 'cache_read_input_tokens'),
    cacheWriteTokens: (figureAt(usage, 'cache_creation_input_tokens') ?? hour) - hour,
    cacheWrite1hTokens: hour,
    outputTokens: figureAt(usage, 'output_tokens'),
    reasoningTokens: figureAt(usage, 'output_tokens_details', 'thinking_tokens'),
  });
}

/** OpenAI chat completions and responses, Azure OpenAI, and those who speak like them: cached tokens are inside the input. */
export function openaiUsage(usage: unknown): Usage | undefined {
  const isResponses = at(usage, 'input_tokens') !== undefined;
  const [input, output] = isResponses ? ['input_tokens', 'output_tokens'] : ['prompt_tokens', 'completion_tokens'];
  return usageOf('inside', {
    inputTokens: figureAt(usage, input),
    cacheReadTokens: figureAt(usage, `${input}_details`, 'cached_tokens'),
    cacheWriteTokens: figureAt(usage, `${input}_details`, 'cache_write_tokens'),
    outputTokens: figureAt(usage, output),
    reasoningTokens: figureAt(usage, `${output}_details`, 'reasoning_tokens'),
  });
}

/** Google Gemini: cached tokens are inside the prompt's; thoughts come beside the candidates' tokens and are billed as output. */
export function googleUsage(usage: unknown): Usage | undefined {
  const thoughts = figureAt(usage, 'thoughtsTokenCount') ?? 0;
  const input = (figureAt(usage, 'promptTokenCount') ?? Number.NaN) + (figureAt(usage, 'toolUsePromptTokenCount') ?? 0);
  // Left out, not 0, when the model stopped before its first visible token; then the total tells.
  const candidates = figureAt(usage, 'candidatesTokenCount') ?? (figureAt(usage, 'totalTokenCount') ?? Number.NaN) - input - thoughts;
  return usageOf('inside', {
    inputTokens: input,
    cacheReadTokens: figureAt(usage, 'cachedContentTokenCount'),
    outputTokens: candidates + thoughts,
    reasoningTokens: thoughts,
  });
}

/** Amazon Bedrock Converse: cache reads and writes come beside the input; writes are told apart by time to live. */
export function bedrockUsage(usage: unknown): Usage | undefined {
  const hour = itemsAt(usage, 'cacheDetails')
    .filter((detail) => stringAt(detail, 'ttl') === '1h')
    .reduce<number>((sum, detail) => sum + (figureAt(detail, 'inputTokens') ?? 0), 0);
  return usageOf('beside', {
    inputTokens: figureAt(usage, 'inputTokens'),
    cacheReadTokens: figureAt(usage, 'cacheReadInputTokens'),
    cacheWriteTokens: (figureAt(usage, 'cacheWriteInputTokens') ?? hour) - hour,
    cacheWrite1hTokens: hour,
    outputTokens: figureAt(usage, 'outputTokens'),
  });
}

/** A figure as stated; undefined when absent or null, NaN when it is no number, which makes the usage unknown. */
function figureAt(usage: unknown, ...path: readonly string[]): number | undefined {
  const found = at(usage, ...path);
  if (found === undefined || found === null) return undefined;
  return typeof found === 'number' ? found : Number.NaN;
}
