/** Tables without lines: they are copied into messages and cut by other programs. */

import Table from 'cli-table3';
import { onOneLine } from './text';

export interface Column {
  readonly title: string;
  /** Figures stand under each other at the right. */
  readonly align?: 'left' | 'right';
}

const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/**
 * @param rows one cell for each column; null is shown as a dash
 * @param title how titles are shown
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number | null)[])[],
  title: (text: string) => string,
): string {
  const table = new Table({
    head: columns.map((column) => title(column.title)),
    colAligns: columns.map((column) => column.align ?? 'left'),
    chars: NO_LINES,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map((cell) => (cell === null ? '–' : onOneLine(String(cell)))));
  return table.toString().replace(/[ ]+$/gmu, '');
}
