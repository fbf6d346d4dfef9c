/** Prices in the keys of signalbox.yaml: US dollars per million tokens. */

import type { PriceStep, Prices } from '../../routing/money/price';
import { nanoToUsd, type PicoUsdPerToken } from '../../routing/units';

/** A step's prices by their keys. */
interface StepKeys {
  readonly input: number;
  readonly output: number;
  readonly [key: string]: number;
}

const PICO_PER_TOKEN_PER_USD_PER_MILLION = 1_000_000;

/** The inverse of how the file is read. */
export function pricesToYaml({ steps, batchSteps, perCallNanoUsd }: Prices) {
  return {
    ...stepsToYaml(steps),
    ...(perCallNanoUsd === undefined ? {} : { per_call_usd: nanoToUsd(perCallNanoUsd) }),
    ...(batchSteps === undefined ? {} : { batch: stepsToYaml(batchSteps) }),
  };
}

function stepsToYaml([base, ...longer]: readonly PriceStep[]) {
  return {
    ...stepToYaml(base!),
    ...(longer.length === 0 ? {} : { long_context: longer.map((step) => ({ above_tokens: step.aboveInputTokens, ...stepToYaml(step) })) }),
  };
}

function stepToYaml({ input, output, reasoning, cacheRead, cacheWrite, cacheWrite1h }: PriceStep): StepKeys {
  return {
    input: usdPerMillion(input),
    output: usdPerMillion(output),
    ...(reasoning !== undefined && { reasoning: usdPerMillion(reasoning) }),
    ...(cacheRead !== undefined && { cache_read: usdPerMillion(cacheRead) }),
    ...(cacheWrite !== undefined && { cache_write: usdPerMillion(cacheWrite) }),
    ...(cacheWrite1h !== undefined && { cache_write_1h: usdPerMillion(cacheWrite1h) }),
  };
}

function usdPerMillion(price: PicoUsdPerToken): number {
  return price / PICO_PER_TOKEN_PER_USD_PER_MILLION;
}
