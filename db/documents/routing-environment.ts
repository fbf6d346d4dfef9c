/** The environment variables that change settings: what each may be, read into values. What each changes is up to who reads them. */

import { RoutingError } from '../../routing/errors';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable<T> {
  /** What may be given, as the rest of a sentence that begins with `must be`. */
  readonly rule: string;
  /** Undefined: it is not what may be given. */
  readonly read: (words: string) => T | undefined;
}

const model: Variable<string> = {
  rule: 'a model, as provider/model',
  read: (words) => (/^[^/\s]+\/\S+$/u.test(words) ? words : undefined),
};

const YES_AND_NO: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

const yesOrNo: Variable<boolean> = { rule: 'true or false', read: (words) => YES_AND_NO.get(words.toLowerCase()) };

const MOST_USD = 1_000_000;

/** In US dollars. */
const amount: Variable<number> = {
  rule: `an amount in US dollars from 0 to ${MOST_USD}, such as 25 or 0.50, without a currency`,
  read(words) {
    const usd = /^\d{1,7}(\.\d{1,9})?$/u.test(words) ? Number(words) : Number.NaN;
    return usd <= MOST_USD ? usd : undefined;
  },
};

const MOST_RETRIES = 19;

const retries: Variable<number> = {
  rule: `a whole number from 0 to ${MOST_RETRIES}: how often one model is tried again`,
  read: (words) => (/^\d{1,2}$/u.test(words) && Number(words) <= MOST_RETRIES ? Number(words) : undefined),
};

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 };
const MOST_SECONDS = 86_400;

/** In seconds, to the millisecond. */
const time: Variable<number> = {
  rule: 'a time from 1ms to 24h, such as 500ms, 30s, 5m or 2h; a bare number is seconds',
  read(words) {
    const [, figure = '', unit = 's'] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)?$/u.exec(words) ?? [];
    const seconds = figure === '' ? Number.NaN : Math.round(Number(figure) * (UNIT_SECONDS[unit] ?? 1) * 1_000) / 1_000;
    return seconds > 0 && seconds <= MOST_SECONDS ? seconds : undefined;
  },
};

const VARIABLES = {
  ROUTING_DEFAULT_MODEL: model,
  ROUTING_ENABLE_CACHE: yesOrNo,
  ROUTING_CACHE_TTL: time,
  ROUTING_ENABLE_LEARNING: yesOrNo,
  ROUTING_DAILY_BUDGET: amount,
  ROUTING_MONTHLY_BUDGET: amount,
  ROUTING_PER_REQUEST_LIMIT: amount,
  ROUTING_FALLBACK_ENABLED: yesOrNo,
  ROUTING_MAX_RETRIES: retries,
  ROUTING_TIMEOUT: time,
  ROUTING_DEBUG: yesOrNo,
} as const;

export type RoutingVariable = keyof typeof VARIABLES;

/** What the environment says; a variable that is not set, or empty, is absent. Times are seconds, amounts US dollars. */
export type RoutingEnvironment = {
  readonly [Name in RoutingVariable]?: (typeof VARIABLES)[Name] extends Variable<infer Value> ? Value : never;
};

export const ROUTING_VARIABLES = Object.keys(VARIABLES) as readonly RoutingVariable[];

/**
 * Reads the variables.
 *
 * @throws {RoutingError} `bad_config` naming every one that cannot be read, never its value
 */
export function readRoutingEnvironment(env: Environment): RoutingEnvironment {
  const found: Record<string, string | number | boolean> = {};
  const problems: string[] = [];
  for (const name of ROUTING_VARIABLES) {
    const words = env[name]?.trim();
    if (words === undefined || words === '') continue;
    const value = VARIABLES[name].read(words);
    if (value === undefined) problems.push(`${name} must be ${VARIABLES[name].rule}`);
    else found[name] = value;
  }
  if (problems.length > 0) throw new RoutingError('bad_config', `Correct the environment: ${problems.join('; ')}.`);
  return found;
}
