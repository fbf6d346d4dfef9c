/** Rows of a CSV file with a header, as databases dump their tables. Every value is a text; an empty one is not there. */

import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import type { Row } from '../formats/format';
import { LONGEST_ROW, type SourceRow, type SourceRows } from './source-row';

/** Rows that are handed on at a time. */
const BATCH = 500;

interface ParsedRow {
  readonly record: Row;
  readonly info: { readonly lines: number };
}

/** @param skipRows lines at the beginning that are not looked at, the header aside */
export async function* csvRows(chunks: AsyncIterable<Buffer>, skipRows = 0): SourceRows {
  const wrong: SourceRow[] = [];
  const noteWrong = (error: CsvError | undefined): undefined => {
    const lines = Number(error?.lines ?? 0);
    const isTooLong = error?.code === 'CSV_MAX_RECORD_SIZE';
    if (lines > skipRows) wrong.push({ number: lines, problem: isTooLong ? 'too-long' : 'bad-csv' });
  };
  const parser = parse({
    columns: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LONGEST_ROW,
    on_skip: noteWrong,
  });
  const bytes = Readable.from(chunks, { highWaterMark: 1 });
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  try {
    let rows: SourceRow[] = [];
    for await (const { record, info } of parser as AsyncIterable<ParsedRow>) {
      rows.push(...wrong.splice(0));
      if (info.lines > skipRows) rows.push({ number: info.lines, value: record });
      if (rows.length < BATCH) continue;
      yield rows;
      rows = [];
    }
    yield [...rows, ...wrong];
  } finally {
    bytes.destroy();
    parser.destroy();
  }
}
