/**
 * How long a provider asks us to wait, in every form it is said.
 */

import { itemsAt, stringAt } from './wire-json';

/** A wait longer than this is a mistake or an attack on the queue: 31 days, the longest period of any quota. */
const LONGEST_MS = 31 * 24 * 3_600_000;

type Headers = Readonly<Record<string, string>>;

/**
 * The wait in milliseconds, an integer in [0, 31 days]; undefined when the response names none that can be read.
 * The most exact form wins: `retry-after-ms`, then `retry-after` (seconds, also with decimals, or an HTTP date), Google's
 * `RetryInfo` in the body, and last the time at which an exhausted limit renews (`x-ratelimit-reset-*`, `anthropic-ratelimit-*-reset`).
 *
 * @param headers with lower-case names
 * @param body    the parsed body
 * @param now     milliseconds since the epoch
 */
export function retryAfterMs(headers: Headers, body: unknown, now: number): number | undefined {
  const waits = [
    number(headers['retry-after-ms']),
    seconds(headers['retry-after']) ?? untilDate(headers['retry-after'], now),
    retryInfoMs(body),
    resetMs(headers, now),
  ];
  const wait = waits.find((ms) => ms !== undefined);
  return wait === undefined ? undefined : Math.ceil(Math.min(Math.max(wait, 0), LONGEST_MS));
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : undefined;
}

function seconds(text: string | undefined): number | undefined {
  const value = number(text);
  return value === undefined ? undefined : value * 1000;
}

function untilDate(text: string | undefined, now: number): number | undefined {
  if (text === undefined || !/[a-z:]/i.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** `error.details[]` of `google.rpc.RetryInfo`, whose delay is a protobuf duration: `13s`, `0.5s`. */
function retryInfoMs(body: unknown): number | undefined {
  const details = itemsAt(Array.isArray(body) ? body[0] : body, 'error', 'details');
  const info = details.find((detail) => stringAt(detail, '@type')?.endsWith('google.rpc.RetryInfo'));
  return durationMs(stringAt(info, 'retryDelay'));
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as OpenAI and Google write it, in milliseconds: `13s`, `6m0s`, `1h2m3.5s`, `20ms`. Undefined: it is none. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d{1,12}(\.\d{1,9})?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d{1,12}(?:\.\d{1,9})?)(ms|s|m|h|d)/g))
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return total;
}

/**
 * The wait until a limit renews. Providers send one header for each limit (requests, tokens, input tokens …) and one with
 * what remains of it: of the exhausted limits the last to renew counts; when none says that it is exhausted, the first does.
 */
function resetMs(headers: Headers, now: number): number | undefined {
  const waits: { readonly exhausted: boolean; readonly ms: number }[] = [];
  for (const [name, text] of Object.entries(headers)) {
    if (!/ratelimit-(.*-)?reset(-|$)/.test(name)) continue;
    const ms = durationMs(text) ?? untilInstant(number(text), now) ?? untilDate(text, now);
    if (ms !== undefined) waits.push({ exhausted: Number(headers[name.replace('reset', 'remaining')] ?? Number.NaN) === 0, ms });
  }
  const exhausted = waits.filter((wait) => wait.exhausted).map((wait) => wait.ms);
  if (exhausted.length > 0) return Math.max(...exhausted);
  return waits.length > 0 ? Math.min(...waits.map((wait) => wait.ms)) : undefined;
}

/** A bare number is an instant in milliseconds or seconds since the epoch when it is large enough for one, else seconds to wait. */
function untilInstant(value: number | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (value > 1e12) return Math.max(0, value - now);
  return value > 1e9 ? Math.max(0, value * 1000 - now) : value * 1000;
}
