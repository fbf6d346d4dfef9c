/**
 * Money, in integers.
 *
 * Sums of floats drift and budgets compare for equality at the edge, so all money in code and tables is an integer number
 * of nano-USD. Prices per token are smaller than that: they are integers of pico-USD, and only a finished call is rounded,
 * upwards, so that what we track is never below what a provider bills.
 */

import { RoutingError } from './errors';

/** An amount of money: an integer, 1e-9 US dollars, below 2^53 (about 9 million dollars). */
export type NanoUsd = number;

/** A price of one token: an integer, 1e-12 US dollars. 3 dollars per million tokens are 3,000,000. */
export type PicoUsdPerToken = number;

export const NANO_PER_USD = 1_000_000_000;
export const PICO_PER_NANO = 1_000;

/**
 * US dollars to nano-USD, rounded to the nearest integer.
 *
 * @throws {RoutingError} `bad_amount` when the amount is not finite, negative or too large to be exact
 */
export function usdToNano(usd: number): NanoUsd {
  const nano = Math.round(usd * NANO_PER_USD);
  if (!Number.isSafeInteger(nano) || nano < 0) {
    throw new RoutingError('bad_amount', `${usd} is not an amount of money. Give dollars as a number from 0 to 9000000.`);
  }
  return nano;
}

/** Nano-USD to US dollars, for people and JSON; never for arithmetic. */
export function nanoToUsd(nano: NanoUsd): number {
  return nano / NANO_PER_USD;
}

/**
 * Dollars per million tokens, as price lists state them, to pico-USD per token.
 *
 * @throws {RoutingError} `bad_amount` when the price is not finite or negative
 */
export function usdPerMillionToPico(usdPerMillion: number): PicoUsdPerToken {
  const pico = Math.round(usdPerMillion * 1_000_000);
  if (!Number.isSafeInteger(pico) || pico < 0) {
    throw new RoutingError('bad_amount', `${usdPerMillion} is not a price. Give dollars per million tokens, 0 or more.`);
  }
  return pico;
}

/** Dollars with as many digits as the amount needs to be told apart from zero: `$12.40`, `$0.0031`, `$0`. */
export function formatUsd(nano: NanoUsd): string {
  const usd = nanoToUsd(nano);
  if (usd === 0) return '$0';
  if (Math.abs(usd) >= 1) return `$${usd.toFixed(2)}`;
  if (Math.abs(usd) >= 0.01) return `$${usd.toFixed(4)}`;
  const digits = Math.min(9, 2 - Math.floor(Math.log10(Math.abs(usd))));
  return `$${usd.toFixed(digits).replace(/0+$/, '')}`;
}
