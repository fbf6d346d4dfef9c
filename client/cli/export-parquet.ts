/**
 * Tables as Parquet files, a row group at a time: what is in memory is one group of rows, and some hundred bytes for each group that
 * was written before, of which the end of the file has to tell.
 */

import type { ExportColumn, ExportKind, ExportTable } from '../../db/queries/export';
import type { TableFormat } from './export-formats';

/** A group ends at whichever is first: rows of small tables, or characters of content. */
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 8_000_000;

/** What each kind is in Parquet. Nano-USD are bigint; ids stay texts, because few readers know the type for them. */
const TYPES = {
  boolean: { type: 'BOOLEAN' },
  integer: { type: 'INT32' },
  bigint: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  instant: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } },
  day: { type: 'INT32', converted_type: 'DATE' },
  bytes: { type: 'BYTE_ARRAY' },
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const satisfies Record<ExportKind, object>;

/** Loads what writes Parquet, which nothing else waits for, and gives what begins a table. */
export async function loadParquet(): Promise<(table: ExportTable) => TableFormat> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  return ({ columns }) => {
    const bytes = new ByteWriter();
    const root = { name: 'root', num_children: columns.length };
    const leaves = columns.map(({ name, kind }) => ({ name, ...TYPES[kind], repetition_type: 'OPTIONAL' as const }));
    const file = new ParquetWriter({ writer: bytes, schema: [root, ...leaves], createdBy: 'signalbox' });
    let waiting: string[] = [];
    let characters = 0;

    const writeGroup = () => {
      if (waiting.length === 0) return;
      file.write({ columnData: columnsOf(columns, waiting), rowGroupSize: waiting.length });
      waiting = [];
      characters = 0;
    };
    // The buffer is used again, while a slow disk may still read what it was given.
    const taken = () => {
      const part = bytes.getBytes().slice();
      bytes.index = 0;
      return part;
    };
    return {
      opening: '',
      rows(rows) {
        for (const row of rows) {
          waiting.push(row);
          characters += row.length;
          if (waiting.length >= GROUP_ROWS || characters >= GROUP_CHARACTERS) writeGroup();
        }
        return taken();
      },
      end() {
        writeGroup();
        file.finish();
        return taken();
      },
    };
  };
}

/** Rows of exact values, turned into columns. */
function columnsOf(columns: readonly ExportColumn[], rows: readonly string[]) {
  const parsed = rows.map((row) => JSON.parse(row) as Readonly<Record<string, string | null>>);
  return columns.map(({ name, kind }) => ({
    name,
    data: parsed.map((row) => {
      const text = row[name] ?? null;
      return text === null ? null : exactly(text, kind);
    }),
    // Nobody looks up single pages of an export, and their places would be held in memory to the end of the file.
    offsetIndex: false,
  }));
}

function exactly(text: string, kind: ExportKind): boolean | number | bigint | string | Uint8Array {
  switch (kind) {
    case 'boolean':
      return text === 'true';
    case 'integer':
    case 'day':
    case 'double':
      return Number(text);
    case 'bigint':
    case 'instant':
      return BigInt(text);
    case 'bytes':
      return Buffer.from(text, 'hex');
    case 'json':
    case 'text':
      return text;
  }
}
