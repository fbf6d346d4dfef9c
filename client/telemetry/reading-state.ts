/** Where the reading of a file stands, and what is kept of it between two runs. */

import { z } from 'zod';
import { readStored } from '../../db/documents/read-stored';
import type { KnownImport } from '../../db/queries/imports';
import type { TelemetryFormat } from './formats/format';
import { formatNamed } from './formats/formats';
import { SKIP_REASONS, type SkipReason } from './skip';
import { newTally, type TelemetryTally } from './tally';

/** Counts as they are kept between two runs. */
const storedCounts = z.object({
  read: z.number(),
  taken: z.number(),
  added: z.number(),
  tooOld: z.number(),
  prompts: z.number(),
  skipped: z.record(z.string(), z.number()),
  problems: z.array(
    z.object({ row: z.number(), skipped: z.enum(Object.keys(SKIP_REASONS) as SkipReason[]), field: z.string().exactOptional() }),
  ),
  unknownFields: z.record(z.string(), z.number()),
});
export type Counts = z.infer<typeof storedCounts>;

/** Where the reading of a file stands. */
export interface Reading {
  format: TelemetryFormat | undefined;
  /** The last row whose record is in a batch. */
  row: number;
  added: number;
  tooOld: number;
  prompts: number;
  readonly tally: TelemetryTally;
}

/**
 * The reading of a file from its beginning, or from where an earlier import has come.
 *
 * @param format as somebody has said; what the earlier import found goes before it
 */
export function readingAfter(before: KnownImport | undefined, said: string | undefined): Reading {
  const format = before?.format ?? said;
  const counts = before === undefined ? undefined : readStored(storedCounts, before.counts, 'counts of an import');
  const tally = newTally();
  if (counts !== undefined) {
    tally.read = counts.read;
    tally.taken = counts.taken;
    for (const [reason, count] of Object.entries(counts.skipped)) tally.skipped.set(reason as SkipReason, count);
    tally.problems.push(...counts.problems);
    for (const [name, count] of Object.entries(counts.unknownFields)) tally.unknownFields.set(name, count);
  }
  return {
    format: format === undefined ? undefined : formatNamed(format),
    row: before?.rowsDone ?? 0,
    added: counts?.added ?? 0,
    tooOld: counts?.tooOld ?? 0,
    prompts: counts?.prompts ?? 0,
    tally,
  };
}

/** What was counted so far, as it is kept. */
export function countsOf({ tally, added, tooOld, prompts }: Reading): Counts {
  return {
    read: tally.read,
    taken: tally.taken,
    added,
    tooOld,
    prompts,
    skipped: Object.fromEntries(tally.skipped),
    problems: [...tally.problems],
    unknownFields: Object.fromEntries(tally.unknownFields),
  };
}
