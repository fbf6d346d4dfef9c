/**
 * The contract of a telemetry format: where rows stand in a parsed value of its files, and what one row says of a task.
 *
 * A format only renames and converts what its source has; what a value may be is checked for all of them in `check-draft.ts`.
 */

import type { TelemetryRecord } from '../record';
import type { Skipped } from '../skip';

/** An object as JSON or CSV gave it. */
export type Row = Readonly<Record<string, unknown>>;

export interface RowOptions {
  /** Milliseconds since the epoch; what ended later is not taken. */
  readonly now: number;
  /** Hand on the text of the prompt, where the source has it. */
  readonly withPrompts: boolean;
  /** Which score counts, where the source has several by name. Unless given, the only one does. */
  readonly scoreName?: string;
}

export type RowResult = { readonly record: TelemetryRecord } | Skipped;

export interface TelemetryFormat {
  readonly name: string;
  /** What it is, for people. */
  readonly title: string;
  /** Whether a row or a value around rows is one of this format. */
  readonly isOf: (value: Row) => boolean;
  /** The rows in a value: itself, or those that it holds. */
  readonly rowsOf: (value: Row) => Iterable<Row>;
  readonly read: (row: Row, options: RowOptions) => RowResult;
  /** Names that are no secret's, though they look like one's. */
  readonly expectedNames: ReadonlySet<string>;
  /** All names it has; others are told. Absent: its sources have any number of others. */
  readonly allNames?: ReadonlySet<string>;
}
