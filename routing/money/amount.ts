/** Amounts of money as people write them. */

import { RoutingError } from '../errors';
import { type NanoUsd, usdToNano } from '../units';

/** As in signalbox.yaml. */
export const MAX_USD = 1_000_000;

/** Digits behind the point: a nano-USD is the least that can be counted. */
const MAX_DECIMALS = 9;

/**
 * An amount in US dollars: `5`, `5.50`, `$5`, `5 USD`, `USD 5`.
 *
 * @returns at least 0, at most `MAX_USD` dollars
 * @throws {RoutingError} `bad_amount` for every other currency, for less than nothing, and for what is no number
 */
export function parseUsd(words: string): NanoUsd {
  const text = words.trim();
  const bare = text.replace(/^(?:US\$|\$|USD)\s*|\s*(?:\$|USD)$/giu, '');
  if (/^[-−–]/u.test(bare)) throw badAmount(text, 'is less than nothing');
  if (/^\p{Sc}|\p{Sc}$|^[a-z]{3}\s*\d|\d\s*[a-z]{3}$/iu.test(bare)) {
    throw badAmount(text, 'is not in US dollars, and Signalbox counts in no other currency, because providers bill in dollars');
  }
  const [, whole, decimals = ''] = /^(\d{1,15})(?:\.(\d+))?$/u.exec(bare) ?? [];
  if (whole === undefined) throw badAmount(text, 'is not an amount of money');
  if (decimals.length > MAX_DECIMALS) throw badAmount(text, 'has parts that are too small to be counted');
  const usd = Number(bare);
  if (usd > MAX_USD) throw badAmount(text, `is more than ${MAX_USD} dollars`);
  return usdToNano(usd);
}

function badAmount(text: string, what: string): RoutingError {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new RoutingError('bad_amount', `"${shown}" ${what}. Give dollars as a number from 0 to ${MAX_USD}, such as 5 or 12.50.`);
}
