/**
 * What recorded calls would have cost on another model: the same tokens at its prices, an answer as long as it usually makes them.
 *
 * Tokens are those that the provider of the call counted, and no two count alike; what was read from a cache is taken to be read
 * from one again. So it is an estimate, good to compare with, and no bill.
 */

import type { Model } from '../catalogue';
import type { NanoUsd } from '../units';
import { costOf } from './cost';
import type { Prices, Usage } from './price';

/** Calls whose whole input passes the same steps of every price list that is asked about. */
export interface CallCell {
  readonly calls: number;
  /** Every call has more input than this, caches included, and none passes a step beyond it. */
  readonly aboveInputTokens: number;
  /** Sums over the calls. */
  readonly usage: Usage;
}

/** Where any of these price lists changes, ascending, each once: what `aboveInputTokens` must be one of. */
export function priceBorders(models: readonly Model[]): number[] {
  const borders = models.flatMap(({ prices }) => prices?.steps.map(({ aboveInputTokens }) => aboveInputTokens) ?? []);
  return [...new Set([0, ...borders])].sort((a, b) => a - b);
}

/**
 * What the calls would have cost on a model.
 *
 * @param verbosity of the model that made them
 * @returns undefined when its price is unknown, which is not the same as free
 */
export function costElsewhere({ calls, aboveInputTokens, usage }: CallCell, model: Model, verbosity: number): NanoUsd | undefined {
  const { prices } = model;
  if (prices === undefined) return undefined;
  const longer = (tokens: number) => Math.round((tokens * model.verbosity) / verbosity);
  return costOf(pricesAbove(prices, aboveInputTokens, calls), {
    ...usage,
    outputTokens: longer(usage.outputTokens),
    reasoningTokens: longer(usage.reasoningTokens),
  });
}

/** The step of all these calls as the only one, so that their sums can be priced as one call. */
function pricesAbove({ steps, perCallNanoUsd = 0 }: Prices, aboveInputTokens: number, calls: number): Prices {
  const passed = steps.filter((step) => step.aboveInputTokens <= aboveInputTokens);
  return { steps: passed.slice(-1).map((step) => ({ ...step, aboveInputTokens: 0 })), perCallNanoUsd: perCallNanoUsd * calls };
}

export interface Ratio {
  /** Sum of the one over the sum of the other. */
  readonly ratio: number;
  /** Standard error of the ratio over samples. */
  readonly error: number;
}

/**
 * The ratio of two sums in everything, from a simple random sample of pairs.
 *
 * @param total pairs that were drawn from; the error is 0 when all of them are in the sample
 * @returns undefined when the sample's `of` sum to nothing
 * @see Cochran (1977), "Sampling Techniques", 3rd ed., §2.11: the ratio estimate and its variance with correction for a finite population
 */
export function sampledRatio(pairs: readonly { readonly part: number; readonly of: number }[], total: number): Ratio | undefined {
  const part = pairs.reduce((sum, pair) => sum + pair.part, 0);
  const of = pairs.reduce((sum, pair) => sum + pair.of, 0);
  const n = pairs.length;
  if (of === 0) return undefined;
  const ratio = part / of;
  if (n < 2) return { ratio, error: n >= total ? 0 : Number.POSITIVE_INFINITY };
  const squares = pairs.reduce((sum, pair) => sum + (pair.part - ratio * pair.of) ** 2, 0);
  const unseen = Math.max(0, 1 - n / total);
  return { ratio, error: Math.sqrt((unseen * squares) / (n - 1) / n) / (of / n) };
}
