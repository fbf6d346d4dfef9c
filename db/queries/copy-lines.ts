/** Rows in the text format of COPY, the quickest way into a table. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type postgres from 'postgres';

/** A value of a row; null and undefined are NULL. */
export type CopyValue = string | number | null | undefined;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** @param copy a `COPY … FROM STDIN` */
export async function copyRows(copy: postgres.PendingQuery<postgres.Row[]>, rows: Iterable<readonly CopyValue[]>): Promise<void> {
  // One part at a time is on its way: what waits in memory is what keeps a million rows from being small.
  await pipeline(Readable.from(linesOf(rows), { highWaterMark: 1 }), await copy.writable());
}

/** Lines that are handed on at a time. */
const PART = 500;

function* linesOf(rows: Iterable<readonly CopyValue[]>): Generator<string> {
  let part = '';
  let count = 0;
  for (const row of rows) {
    part += `${row.map(fieldOf).join('\t')}\n`;
    if (++count % PART > 0) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}

function fieldOf(value: CopyValue): string {
  if (value === null || value === undefined) return '\\N';
  const text = String(value);
  return /[\\\t\n\r]/u.test(text) ? text.replace(/[\\\t\n\r]/gu, (character) => ESCAPES[character] ?? '') : text;
}
