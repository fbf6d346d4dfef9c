/** How exported tables are written: JSON, JSON Lines, CSV. */

import type { ExportTable } from '../../db/queries/export';
import { type CsvValue, csvLine } from '../money/csv';

export const EXPORT_FORMATS = ['json', 'jsonl', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A format, as texts to be written one after the other. */
export interface Format {
  /** Before the first table and after the last. */
  readonly opening: string;
  readonly closing: string;
  /** Before the first row of a table, and after its last. */
  begin(table: ExportTable, place: number): string;
  end(table: ExportTable): string;
  /** @param rows each the text of a JSON object; @param from how many rows of the table were written before */
  rows(table: ExportTable, rows: readonly string[], from: number): string;
}

/**
 * @param isWhole whether it is all tables: each row, or each list of rows, then says whose it is
 */
export function formatOf(format: ExportFormat, isWhole: boolean): Format {
  switch (format) {
    case 'json':
      return json(isWhole);
    case 'jsonl':
      return jsonLines(isWhole);
    case 'csv':
      return CSV;
  }
}

const nothing = () => '';

function jsonLines(isWhole: boolean): Format {
  const lineOf = (table: string, row: string) => (isWhole ? `{"table":${JSON.stringify(table)},"row":${row}}\n` : `${row}\n`);
  return {
    ...{ opening: '', closing: '', begin: nothing, end: nothing },
    rows: ({ name }, rows) => rows.map((row) => lineOf(name, onOneLine(row))).join(''),
  };
}

function json(isWhole: boolean): Format {
  return {
    opening: isWhole ? '{' : '',
    closing: isWhole ? '\n}\n' : '\n',
    begin: ({ name }, place) => (isWhole ? `${place === 0 ? '' : ','}\n${JSON.stringify(name)}: [` : '['),
    end: () => '\n]',
    rows: (_, rows, from) => rows.map((row, index) => `${from + index === 0 ? '' : ','}\n${onOneLine(row)}`).join(''),
  };
}

const CSV: Format = {
  ...{ opening: '', closing: '', end: nothing },
  begin: ({ columns }) => `${csvLine(columns)}\r\n`,
  rows: (table, rows) => rows.map((row) => `${csvLine(cellsOf(table, row))}\r\n`).join(''),
};

/** Values in the order of the columns; what is neither a text nor a figure as JSON. */
function cellsOf({ columns }: ExportTable, row: string): CsvValue[] {
  const values = JSON.parse(row) as Readonly<Record<string, unknown>>;
  return columns.map((name) => {
    const value = values[name] ?? null;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as CsvValue);
  });
}

/** JSON that was stored as it came may have line ends of its own. */
function onOneLine(row: string): string {
  return /[\n\r]/u.test(row) ? JSON.stringify(JSON.parse(row)) : row;
}
