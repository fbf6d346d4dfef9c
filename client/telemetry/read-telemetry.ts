/**
 * Reads telemetry of any format from any kind of file, a batch of records at a time, and counts what it could not take.
 *
 * The file is read no faster than its records are used, and nothing of it is held but the rows at hand.
 */

import { RoutingError } from '../../routing/errors';
import type { Row, RowOptions, RowResult, TelemetryFormat } from './formats/format';
import { formatOf, TELEMETRY_FORMAT_NAMES } from './formats/formats';
import type { TelemetryRecord } from './record';
import { decodeBytes } from './rows/decode';
import { type Bytes, readBytes } from './rows/read-bytes';
import type { SourceRow } from './rows/source-row';
import { readRows } from './rows/source-rows';
import { isSecretName, isSecretValue } from './secret-looking';
import type { SeenIds } from './seen-ids';
import { EXPECTED_SKIPS, type Skipped, skip } from './skip';
import { countUnknownField, MOST_PROBLEMS, newTally, type TelemetryTally } from './tally';

export interface ReadOptions extends Partial<RowOptions> {
  /** Unless given, the first rows tell it. */
  readonly format?: TelemetryFormat;
  /** How errors name the file, as the beginning of a sentence. */
  readonly what?: string;
  /** Counts what became of each row; pass one to know it. */
  readonly tally?: TelemetryTally;
  /** Ids that came before: of records with the same id, the first counts. Unless given, nobody looks. */
  readonly seen?: SeenIds;
  /** Lines of JSON Lines and CSV, or elements, that are passed over unread, because they were taken before. */
  readonly skipRows?: number;
  /** Called before each batch is handed on, with the number of the last row in it. */
  readonly onProgress?: (row: number) => void;
  /** Called once the format is known. */
  readonly onFormat?: (format: TelemetryFormat) => void;
}

/** Records that are handed on at a time, at the most. */
const BATCH = 1_000;

/**
 * @param source the bytes of a file, plain or in gzip
 * @throws {RoutingError} `bad_input` when the file cannot be read or is of no known format
 */
export async function* readTelemetry(source: Bytes, options: ReadOptions = {}): AsyncGenerator<readonly TelemetryRecord[]> {
  const { what = 'The file', tally = newTally(), seen, skipRows = 0, onProgress, onFormat } = options;
  const { now = Date.now(), withPrompts = false, scoreName } = options;
  const rowOptions: RowOptions = { now, withPrompts, ...(scoreName === undefined ? {} : { scoreName }) };
  const { rows } = await readRows(decodeBytes(readBytes(source, what), what), skipRows);
  let { format } = options;
  if (format !== undefined) onFormat?.(format);
  let records: TelemetryRecord[] = [];
  for await (const found of rows) {
    let number = 0;
    for (const source of found) {
      number = source.number;
      if ('problem' in source) {
        count(tally, number, skip(source.problem));
        continue;
      }
      for (const value of Array.isArray(source.value) ? (source.value as unknown[]) : [source.value]) {
        if (typeof value !== 'object' || value === null) {
          count(tally, number, skip('not-an-object'));
          continue;
        }
        if (format === undefined) {
          format = formatOf(value as Row);
          if (format === undefined) throw unknownFormat(what, source);
          onFormat?.(format);
        }
        for (const row of format.rowsOf(value as Row)) {
          const result = readRow(row, format, rowOptions, tally);
          if ('record' in result && (seen === undefined || seen.add(result.record.id))) {
            tally.read++;
            tally.taken++;
            records.push(result.record);
          } else count(tally, number, 'record' in result ? skip('duplicate') : result);
        }
      }
      // Only between rows of the file: what is taken of one, is taken of it whole.
      if (records.length >= BATCH) {
        onProgress?.(number);
        yield records;
        records = [];
      }
    }
    if (number > 0) onProgress?.(number);
    if (records.length > 0) yield records;
    records = [];
  }
}

/** What a row says, unless it looks as if it held a secret: that is told before anything else that may be wrong with it. */
function readRow(row: Row, format: TelemetryFormat, options: RowOptions, tally: TelemetryTally): RowResult {
  const result = format.read(row, options);
  if ('skipped' in result && result.skipped === 'other-kind') return result;
  const { allNames, expectedNames } = format;
  for (const name in row) {
    const value = row[name];
    if (allNames?.has(name) !== true) {
      if (!expectedNames.has(name) && isSecretName(name) && value !== null && value !== '') return skip('secret-looking', safeName(name));
      if (allNames !== undefined) countUnknownField(tally, safeName(name));
    }
    if (typeof value === 'string' && isSecretValue(value)) return skip('secret-looking', safeName(name));
  }
  return result;
}

function count(tally: TelemetryTally, row: number, skipped: Skipped): void {
  tally.read++;
  tally.skipped.set(skipped.skipped, (tally.skipped.get(skipped.skipped) ?? 0) + 1);
  if (!EXPECTED_SKIPS.has(skipped.skipped) && tally.problems.length < MOST_PROBLEMS) tally.problems.push({ row, ...skipped });
}

/** A name as a terminal and a table can show it; a secret may have been taken for a name. */
function safeName(name: string): string {
  if (isSecretValue(name)) return '(a key)';
  const plain = name.replace(/\p{Cc}/gu, '?').toWellFormed();
  return plain.length > 80 ? `${plain.slice(0, 80)}…` : plain;
}

function unknownFormat(what: string, { number }: SourceRow): RoutingError {
  return new RoutingError(
    'bad_input',
    `${what} is of no format that is known here, by its row ${number}. Name its format with --format (${TELEMETRY_FORMAT_NAMES.join(', ')}); docs/telemetry.md shows what each looks like.`,
  );
}
