/** Figures of a report as people read them. A number that is not there is a dash, never a zero. */

import type { MethodResult } from '../../routing/review/prove/evidence';
import { points } from '../../routing/review/report/words';
import { formatUsd } from '../../routing/units';

/** `$12.40`; null is null. */
export function money(nano: number | null): string | null {
  if (nano === null) return null;
  return nano < 0 ? `−${formatUsd(Math.round(-nano))}` : formatUsd(Math.round(nano));
}

/** A difference of qualities in points of 100, with its sign: `−1.2`, `+0.7`, `0`. */
export function signedPoints(difference: number): string {
  const size = points(Math.abs(difference));
  return size === '0' ? '0' : `${difference < 0 ? '−' : '+'}${size}`;
}

/** `−1.2 [−3.1, +0.7]`. */
export function interval({ delta, low, high }: Pick<MethodResult, 'delta' | 'low' | 'high'>): string {
  return `${signedPoints(delta)} [${signedPoints(low)}, ${signedPoints(high)}]`;
}

/** Two digits that count; `< 0.0001` below that. */
export function pValue(p: number): string {
  return p < 0.0001 ? '< 0.0001' : String(Number(p.toPrecision(2)));
}

/** `340 ms`, `3.20 s`; null is null. */
export function milliseconds(ms: number | null): string | null {
  if (ms === null) return null;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

/** `2026-11-21 09:30 UTC`. */
export function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Names of the ways to an interval. */
export const METHOD_NAMES: Readonly<Record<MethodResult['method'], string>> = {
  tango: 'Tango’s score interval',
  mover: 'MOVER over strata',
  'paired-t': 'paired t',
  bootstrap: 'bootstrap (BCa)',
  'cluster-robust': 'cluster-robust',
  blocks: 'over blocks',
};

/** The first digits of a hash: enough to compare by eye. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}
