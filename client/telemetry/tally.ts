/** What became of the rows of a telemetry file, counted while it is read. */

import type { Skipped, SkipReason } from './skip';

/** A row that was not taken and should have been. */
export interface RowProblem extends Skipped {
  /** Of the line in JSON Lines and CSV, of the element elsewhere; counted from 1. */
  readonly row: number;
}

/** It counts on while its file is read. */
export interface TelemetryTally {
  /** Rows that could have been a record: blank lines are none, a line of OpenTelemetry is as many as it has spans. */
  read: number;
  taken: number;
  readonly skipped: Map<SkipReason, number>;
  /** The first ones that are no `EXPECTED_SKIPS`. */
  readonly problems: RowProblem[];
  /** Fields that nothing is known of, with how many rows had them. */
  readonly unknownFields: Map<string, number>;
}

/** Problems that are named one by one; the rest is counted. */
export const MOST_PROBLEMS = 20;

/** Names of unknown fields that are kept: a file whose field names are ids has as many as it has rows. */
const MOST_FIELDS = 50;

export function newTally(): TelemetryTally {
  return { read: 0, taken: 0, skipped: new Map(), problems: [], unknownFields: new Map() };
}

export function countUnknownField({ unknownFields }: TelemetryTally, name: string): void {
  const known = unknownFields.get(name);
  if (known !== undefined || unknownFields.size < MOST_FIELDS) unknownFields.set(name, (known ?? 0) + 1);
}
