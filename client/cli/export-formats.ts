/** How exported tables are written: JSON, JSON Lines, CSV, Parquet. */

import type { ExportForm, ExportTable } from '../../db/queries/export';
import { type CsvValue, csvLine } from '../money/csv';
import { loadParquet } from './export-parquet';

export const EXPORT_FORMATS = ['json', 'jsonl', 'csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Formats whose files have one table each, so that all tables are a folder. */
export const FORMATS_OF_FOLDERS: readonly ExportFormat[] = ['csv', 'parquet'];

/** A format, as parts to be written one after the other. */
export interface Format {
  /** How rows are to be read for it. */
  readonly form: ExportForm;
  /** Before the first table and after the last. */
  readonly opening: string;
  readonly closing: string;
  /** @param place how many tables were begun before */
  begin(table: ExportTable, place: number): TableFormat;
}

/** One table of a format, from its first row to its last. A part may be empty. */
export interface TableFormat {
  readonly opening: string | Uint8Array;
  /** @param rows each the text of a JSON object */
  rows(rows: readonly string[]): string | Uint8Array;
  end(): string | Uint8Array;
}

/**
 * @param isWhole whether it is all tables: each row, or each list of rows, then says whose it is
 */
export async function formatOf(format: ExportFormat, isWhole: boolean): Promise<Format> {
  switch (format) {
    case 'json':
      return json(isWhole);
    case 'jsonl':
      return jsonLines(isWhole);
    case 'csv':
      return CSV;
    case 'parquet':
      return { form: 'exact', opening: '', closing: '', begin: await loadParquet() };
  }
}

const nothing = () => '';

function jsonLines(isWhole: boolean): Format {
  const lineOf = (table: string, row: string) => (isWhole ? `{"table":${JSON.stringify(table)},"row":${row}}\n` : `${row}\n`);
  return {
    ...{ form: 'json', opening: '', closing: '' },
    begin: ({ name }) => ({ opening: '', rows: (rows) => rows.map((row) => lineOf(name, onOneLine(row))).join(''), end: nothing }),
  };
}

function json(isWhole: boolean): Format {
  return {
    form: 'json',
    opening: isWhole ? '{' : '',
    closing: isWhole ? '\n}\n' : '\n',
    begin({ name }, place) {
      let isFirst = true;
      const itemOf = (row: string) => {
        const comma = isFirst ? '' : ',';
        isFirst = false;
        return `${comma}\n${onOneLine(row)}`;
      };
      return {
        opening: isWhole ? `${place === 0 ? '' : ','}\n${JSON.stringify(name)}: [` : '[',
        rows: (rows) => rows.map(itemOf).join(''),
        end: () => '\n]',
      };
    },
  };
}

const CSV: Format = {
  ...{ form: 'json', opening: '', closing: '' },
  begin: (table) => ({
    opening: `${csvLine(table.columns.map(({ name }) => name))}\r\n`,
    rows: (rows) => rows.map((row) => `${csvLine(cellsOf(table, row))}\r\n`).join(''),
    end: nothing,
  }),
};

/** Values in the order of the columns; what is neither a text nor a figure as JSON. */
function cellsOf({ columns }: ExportTable, row: string): CsvValue[] {
  const values = JSON.parse(row) as Readonly<Record<string, unknown>>;
  return columns.map(({ name }) => {
    const value = values[name] ?? null;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as CsvValue);
  });
}

/** JSON that was stored as it came may have line ends of its own. */
function onOneLine(row: string): string {
  return /[\n\r]/u.test(row) ? JSON.stringify(JSON.parse(row)) : row;
}
