/** Days and months of a time zone, as Postgres counts them: days of 23 and 25 hours included. */

import type { Period } from '../routing/money/embedded-call';

/** [start, end) in milliseconds since the epoch. */
export interface PeriodBounds {
  readonly start: number;
  readonly end: number;
}

/** Zones are at most 14 hours ahead of UTC and 12 behind, and a shift moves a clock by an hour or so. */
const FARTHEST_MS = 16 * 3_600_000;

/**
 * The day or month that an instant falls in.
 *
 * @param timeZone IANA name
 */
export function periodAt(instant: number, period: Period, timeZone: string): PeriodBounds {
  const dayNumber = dayNumbersIn(timeZone);
  const today = new Date(dayNumber(instant));
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), period === 'day' ? today.getUTCDate() : 1];
  const next = period === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
  return { start: beginningOf(Date.UTC(year, month, day)), end: beginningOf(next) };

  /** The first instant of a date; where a clock is put forward at midnight, that is one o'clock. */
  function beginningOf(date: number): number {
    let before = date - FARTHEST_MS;
    let from = date + FARTHEST_MS;
    while (from - before > 1) {
      const middle = Math.floor((before + from) / 2);
      if (dayNumber(middle) >= date) from = middle;
      else before = middle;
    }
    return from;
  }
}

/** The local date of an instant, as midnight of that date in UTC. */
function dayNumbersIn(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.get('year') ?? 0, (parts.get('month') ?? 1) - 1, parts.get('day') ?? 1);
  };
}
