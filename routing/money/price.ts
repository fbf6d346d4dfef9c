/**
 * What a call costs, as its provider bills it.
 */

import type { NanoUsd, PicoUsdPerToken } from '../units';

/** Prices of one model at one service tier, for requests up to a certain input length. */
export interface PriceStep {
  /** The step applies to the whole of a request whose entire input is longer than this; 0 for the first step. */
  readonly aboveInputTokens: number;
  readonly input: PicoUsdPerToken;
  readonly output: PicoUsdPerToken;
  /** Absent: billed as `output`. */
  readonly reasoning?: PicoUsdPerToken;
  /** Absent: billed as `input`. */
  readonly cacheRead?: PicoUsdPerToken;
  /** Absent: billed as `input`. */
  readonly cacheWrite?: PicoUsdPerToken;
  /** A cache entry kept for an hour. Absent: billed as `cacheWrite`. */
  readonly cacheWrite1h?: PicoUsdPerToken;
}

export interface Prices {
  /** Ascending by `aboveInputTokens`; the first is 0. Never empty. */
  readonly steps: readonly PriceStep[];
  /** Asynchronous batch prices, same shape. */
  readonly batchSteps?: readonly PriceStep[];
  /** Fixed price of a call beside its tokens. */
  readonly perCallNanoUsd?: NanoUsd;
}

/**
 * Tokens of one call, each counted once: the parts do not overlap, whatever the provider's own convention is.
 * `inputTokens` are those neither read from nor written to a cache; `outputTokens` exclude `reasoningTokens`.
 * Adapters turn the provider's figures into these with `usageOf` (usage.ts).
 */
export interface Usage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Cache writes kept for an hour; not part of `cacheWriteTokens`. */
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}
