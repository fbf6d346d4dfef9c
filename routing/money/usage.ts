/**
 * Turns what a provider reports of a call's tokens into parts that can each be priced once.
 *
 * Providers count differently: a cached token is part of the input for OpenAI and Google and comes beside it for Anthropic.
 * Whoever adds them up wrongly bills twice or not at all, so the difference ends here. Where figures make no sense, the
 * reading that costs more is taken: tracked cost must never be below the bill.
 */

import type { Usage } from './price';

/** `inside`: cached tokens are a part of the input figure (OpenAI, Google). `beside`: they are not (Anthropic). */
export type CacheConvention = 'inside' | 'beside';

/** Figures as a provider states them. Absent parts are 0; absent totals mean that the usage is unknown. */
export interface TokenFigures {
  readonly inputTokens: number | undefined;
  /** Includes `reasoningTokens`. */
  readonly outputTokens: number | undefined;
  readonly cacheReadTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  /** Cache writes kept for an hour; not part of `cacheWriteTokens`. */
  readonly cacheWrite1hTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/** No context window is near this; a larger figure is a mistake or a lie, and would poison every sum it enters. */
export const MAX_TOKENS_PER_FIGURE = 1_000_000_000;

/**
 * The tokens of one call, each counted once.
 *
 * - A figure that is no count (negative, not finite, above `MAX_TOKENS_PER_FIGURE`), or an absent total: the usage is
 *   unknown, and the caller charges the whole reservation. Any number put in its place could lower the bill.
 * - Parts larger than their whole (more cached than input, more reasoning than output): both are counted in full, as if the
 *   part came beside the whole, which is at least the bill under either reading.
 * - Fractions are rounded up.
 *
 * @returns undefined when the usage is unknown
 */
export function usageOf(convention: CacheConvention, figures: TokenFigures): Usage | undefined {
  const input = count(figures.inputTokens);
  const output = count(figures.outputTokens);
  const cacheRead = count(figures.cacheReadTokens ?? 0);
  const cacheWrite = count(figures.cacheWriteTokens ?? 0);
  const cacheWrite1h = count(figures.cacheWrite1hTokens ?? 0);
  const reasoning = count(figures.reasoningTokens ?? 0);
  if (
    input === undefined ||
    output === undefined ||
    cacheRead === undefined ||
    cacheWrite === undefined ||
    cacheWrite1h === undefined ||
    reasoning === undefined
  ) {
    return undefined;
  }
  return {
    inputTokens: convention === 'inside' ? without(input, cacheRead + cacheWrite + cacheWrite1h) : input,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite1hTokens: cacheWrite1h,
    outputTokens: without(output, reasoning),
    reasoningTokens: reasoning,
  };
}

/** What is left of a whole without its part; all of the whole when the part is larger and the figures contradict each other. */
function without(whole: number, part: number): number {
  return part > whole ? whole : whole - part;
}

function count(figure: number | undefined): number | undefined {
  return figure !== undefined && figure >= 0 && figure <= MAX_TOKENS_PER_FIGURE ? Math.ceil(figure) : undefined;
}
