/** What stands behind the options of `cost` and `budget`. */

import { InvalidArgumentError } from 'commander';
import { isTimeZone, TIME_ZONE_RULE } from '../../../db/documents/time-zone';
import type { PeriodAsked } from '../../../db/queries/periods';
import { isRoutingError } from '../../../routing/errors';
import { type MoneyScope, parseScope } from '../../../routing/money/scope-text';
import { day } from './option-values';

/** `day`, `week`, `month`, or two days of the calendar as `2026-11-01..2026-11-30`, both included. */
export function period(words: string): PeriodAsked {
  const text = words.trim();
  if (text === 'day' || text === 'week' || text === 'month') return { kind: text };
  const [first, last, ...more] = text.split('..');
  if (first === undefined || last === undefined || more.length > 0) {
    throw new InvalidArgumentError('Give day, week, month, or two days such as 2026-11-01..2026-11-30.');
  }
  const days = { kind: 'days', first: day(first), last: day(last) } as const;
  if (days.first > days.last) throw new InvalidArgumentError(`${days.first} is after ${days.last}. Give the earlier day first.`);
  return days;
}

/** An IANA name. */
export function timeZone(words: string): string {
  const name = words.trim();
  if (isTimeZone(name)) return name;
  throw new InvalidArgumentError(TIME_ZONE_RULE);
}

/** `global`, `team:NAME`, `project:NAME`, `tag:NAME` or `key:ID`. */
export function scope(words: string): MoneyScope {
  try {
    return parseScope(words);
  } catch (error) {
    throw isRoutingError(error) ? new InvalidArgumentError(error.message) : error;
  }
}

/** A share of a limit: `0.75`, or `75%`; above 0, to 1. */
export function share(words: string): number {
  const [, figure = '', percent] = /^(\d+(?:\.\d+)?)(%?)$/u.exec(words.trim()) ?? [];
  const value = figure === '' ? Number.NaN : Number(figure) / (percent === '%' ? 100 : 1);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Give a share above 0, to 1: 0.75, or 75%.');
}
