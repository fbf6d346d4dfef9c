/** Rows of a file as they are found, before anything is known of their format. */

import type { Row } from '../formats/format';
import type { SkipReason } from '../skip';

/** Where a row stands, and what it is or why it is none. */
export type SourceRow =
  | { readonly number: number; readonly value: Row }
  /** `length`: characters of it, where it was not even kept. */
  | { readonly number: number; readonly problem: SkipReason };

/** Rows as they arrive, a part at a time. */
export type SourceRows = AsyncGenerator<readonly SourceRow[]>;

/** The longest row, in bytes: a request of spans, or a prompt with its answer, but not a whole file. */
export const LONGEST_ROW = 16 * 1024 * 1024;

/** A row of a text: of its JSON, or the problem that it has none. */
export function parseRow(number: number, text: string): SourceRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { number, problem: 'not-json' };
  }
  return typeof value === 'object' && value !== null ? { number, value: value as Row } : { number, problem: 'not-an-object' };
}
