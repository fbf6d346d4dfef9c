/**
 * What a call costs: exactly once its usage is known, at most before it is made, and about as much when models are compared.
 *
 * The reservation made before a call is its worst case; the promise that spending never passes a limit stands on
 * `costOf ≤ worstCaseCost` for every usage that the request allows.
 */

import type { Model } from '../catalogue';
import { RoutingError } from '../errors';
import { type NanoUsd, PICO_PER_NANO } from '../units';
import type { PriceStep, Prices, Usage } from './price';

/** Tokens that a provider adds around one message: role, separators. OpenAI documents 3 or 4; the rest is margin. */
export const OVERHEAD_TOKENS_PER_MESSAGE = 16;

/** Tokens that a provider adds to a call: its own system text for tools (Anthropic documents up to 530), reply priming. */
export const OVERHEAD_TOKENS_PER_CALL = 600;

/** Bytes of UTF-8 that one UTF-16 code unit can need: at most 3. */
const MAX_BYTES_PER_CODE_UNIT = 3;

/**
 * What the provider bills for a call, rounded up to a whole nano-USD at the very end.
 *
 * The long-context step is chosen by the whole input, cached tokens included, and applies to the whole request. Batch prices
 * are used when asked for and known; ordinary prices, which are never lower, when they are not known. An amount too large
 * to be exact (about 9 million dollars) becomes the largest exact one.
 *
 * @throws {RoutingError} `bad_argument` when the price list has no step
 */
export function costOf(prices: Prices, usage: Usage, options: { readonly batch?: boolean } = {}): NanoUsd {
  const steps = options.batch === true ? (prices.batchSteps ?? prices.steps) : prices.steps;
  const inputTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.cacheWrite1hTokens;
  const step = stepFor(steps, inputTokens);
  const cacheWrite = step.cacheWrite ?? step.input;
  return totalNanoUsd(prices.perCallNanoUsd ?? 0, [
    [usage.inputTokens, step.input],
    [usage.cacheReadTokens, step.cacheRead ?? step.input],
    [usage.cacheWriteTokens, cacheWrite],
    [usage.cacheWrite1hTokens, step.cacheWrite1h ?? cacheWrite],
    [usage.outputTokens, step.output],
    [usage.reasoningTokens, step.reasoning ?? step.output],
  ]);
}

/**
 * The most that one call can cost; what is reserved for it.
 *
 * Every tokenizer in use falls back to single bytes, so a text has at most as many tokens as UTF-8 bytes. All input is taken
 * at the dearest input price (uncached, or written to a cache), all output at the dearest output price, each from the
 * dearest step that an input up to that length can reach.
 *
 * @param promptBytes     UTF-8 bytes of all that is sent: messages, tool definitions, schemas, embedded files. A file that is
 *                        sent by address must be counted by the tokens it may become
 * @param maxOutputTokens the limit sent with the call, reasoning included
 * @returns undefined when the model's price is unknown, which is not the same as free
 */
export function worstCaseCost(model: Model, promptBytes: number, messageCount: number, maxOutputTokens: number): NanoUsd | undefined {
  const { prices } = model;
  if (prices === undefined) return undefined;
  const inputTokens = maxInputTokens(model, promptBytes, messageCount);
  let inputPrice = 0;
  let outputPrice = 0;
  for (const step of prices.steps) {
    if (step !== prices.steps[0] && step.aboveInputTokens >= inputTokens) continue;
    inputPrice = Math.max(inputPrice, step.input, step.cacheRead ?? 0, step.cacheWrite ?? 0, step.cacheWrite1h ?? 0);
    outputPrice = Math.max(outputPrice, step.output, step.reasoning ?? 0);
  }
  return totalNanoUsd(prices.perCallNanoUsd ?? 0, [
    [inputTokens, inputPrice],
    [maxOutputTokens, outputPrice],
  ]);
}

/** The most tokens that the input of one call can have, the model's own prompt template and the provider's additions included. */
export function maxInputTokens(model: Model, promptBytes: number, messageCount: number): number {
  const { promptTemplate: template } = model;
  const templateUnits =
    template === undefined ? 0 : (template.prefix?.length ?? 0) + (template.suffix?.length ?? 0) + (template.system?.length ?? 0);
  return promptBytes + templateUnits * MAX_BYTES_PER_CODE_UNIT + messageCount * OVERHEAD_TOKENS_PER_MESSAGE + OVERHEAD_TOKENS_PER_CALL;
}

/**
 * About what a call costs, for comparing models: nothing cached, no reasoning.
 *
 * @returns undefined when the model's price is unknown
 */
export function estimateCost(model: Model, inputTokens: number, outputTokens: number): NanoUsd | undefined {
  const { prices } = model;
  if (prices === undefined) return undefined;
  const step = stepFor(prices.steps, inputTokens);
  return totalNanoUsd(prices.perCallNanoUsd ?? 0, [
    [inputTokens, step.input],
    [outputTokens, step.output],
  ]);
}

/** The last step that an input of this length has passed. */
function stepFor(steps: readonly PriceStep[], inputTokens: number): PriceStep {
  let chosen = steps[0];
  for (const step of steps) {
    if (inputTokens > step.aboveInputTokens) chosen = step;
  }
  if (chosen === undefined) {
    throw new RoutingError('bad_argument', 'A price list has no step. Give the model a price with at least one, from 0 tokens.');
  }
  return chosen;
}

/** Sum of tokens × price, exact, rounded up once. */
function totalNanoUsd(perCallNanoUsd: NanoUsd, parts: readonly (readonly [tokens: number, picoPerToken: number])[]): NanoUsd {
  let pico = 0;
  for (const [tokens, price] of parts) pico += tokens * price;
  // Products and sums of non-negative integers are exact while the result is below 2^53.
  if (pico <= Number.MAX_SAFE_INTEGER) {
    const rest = pico % PICO_PER_NANO;
    const nano = (pico - rest) / PICO_PER_NANO + (rest > 0 ? 1 : 0) + perCallNanoUsd;
    return Math.min(nano, Number.MAX_SAFE_INTEGER);
  }
  let exactPico = 0n;
  for (const [tokens, price] of parts) exactPico += BigInt(tokens) * BigInt(price);
  const perNano = BigInt(PICO_PER_NANO);
  const exactNano = (exactPico + perNano - 1n) / perNano + BigInt(perCallNanoUsd);
  return exactNano > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(exactNano);
}
