/** Figures as people read them in sentences of a report. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../settings';

/** A difference of qualities or a share as points of 100: `0.031` is `3.1`. */
export function points(fraction: number): string {
  return trimmed((fraction * 100).toFixed(1));
}

/** `61 %`, `2.5 %`. */
export function percent(fraction: number): string {
  return `${points(fraction)} %`;
}

/** `7 days`, `1 hour`, `1.5 minutes`, `3 seconds`. */
export function duration(ms: number): string {
  if (ms >= DAY_MS) return counted(ms / DAY_MS, 'day');
  if (ms >= HOUR_MS) return counted(ms / HOUR_MS, 'hour');
  if (ms >= MINUTE_MS) return counted(ms / MINUTE_MS, 'minute');
  return counted(ms / 1_000, 'second');
}

/** `1 class`, `3 classes`: the number to one decimal, and the noun for it. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  const figure = trimmed(count.toFixed(1));
  return `${figure} ${figure === '1' ? noun : nouns}`;
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nothing') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function trimmed(decimal: string): string {
  const short = decimal.replace(/\.0$/, '');
  return short === '-0' ? '0' : short;
}
