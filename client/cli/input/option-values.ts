/** What stands behind an option, from the words of a command line. Wrong words are told with what would be right. */

import { InvalidArgumentError } from 'commander';
import { PERSON_NAME, PERSON_NAME_RULE } from '../../../db/documents/person-name';

/** A finite number in [low, high]. */
export function numberBetween(low: number, high: number): (words: string) => number {
  return (words) => {
    const value = words.trim() === '' ? Number.NaN : Number(words);
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Give a number ${range(low, high)}.`);
  };
}

/** An integer in [low, high]. */
export function integerBetween(low: number, high: number): (words: string) => number {
  return (words) => {
    const value = /^[+-]?\d+$/u.test(words.trim()) ? Number(words) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Give a whole number ${range(low, high)}.`);
  };
}

function range(low: number, high: number): string {
  return high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof UNIT_MS;

/** A span of time such as `500ms`, `30s`, `5m` or `2h`, in whole milliseconds from 1 to a week. */
export function duration(bareUnit: Unit): (words: string) => number {
  return (words) => {
    const [, figure = '', unit = bareUnit] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h)?$/u.exec(words.trim()) ?? [];
    const ms = figure === '' ? Number.NaN : Math.round(Number(figure) * UNIT_MS[unit as Unit]);
    if (ms >= 1 && ms <= 7 * 24 * UNIT_MS.h) return ms;
    throw new InvalidArgumentError('Give a time from 1ms to a week, such as 500ms, 30s, 5m or 2h.');
  };
}

/** Words between commas, added to those of the same option before. */
export function list(known?: readonly string[]): (words: string, before?: readonly string[]) => readonly string[] {
  return (words, before = []) => {
    const given = words.split(',').map((word) => word.trim());
    for (const word of given) {
      if (word === '' || (known !== undefined && !known.includes(word))) {
        throw new InvalidArgumentError(known === undefined ? 'Give names with commas between them.' : `Known are: ${known.join(', ')}.`);
      }
    }
    return [...before, ...given];
  };
}

/** A name of a person. */
export function person(words: string): string {
  const name = words.trim();
  if (PERSON_NAME.test(name)) return name;
  throw new InvalidArgumentError(PERSON_NAME_RULE);
}

/** A day of the calendar, as `2026-11-30`. */
export function day(words: string): string {
  const text = words.trim();
  const time = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('Give a day of the calendar, such as 2026-11-30.');
}

/** A moment: an instant in ISO 8601 with its offset, or the first moment of a day in UTC; in milliseconds since the epoch. */
export function instant(words: string): number {
  const text = words.trim();
  const form = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u;
  const time = form.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('Give a day such as 2026-11-30, or an instant such as 2026-11-30T14:00:00Z.');
}

/** The beginning of an id, or the whole of it: at least 6 of its digits. */
export function idPrefix(words: string): string {
  const text = words.trim().toLowerCase();
  if (/^[0-9a-f]{6,8}$|^[0-9a-f]{8}-[0-9a-f-]{0,27}$/u.test(text)) return text;
  throw new InvalidArgumentError('Give an id, or at least its first 6 digits.');
}
