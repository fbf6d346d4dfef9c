/**
 * Lines of CSV (RFC 4180) that no spreadsheet takes for a program, and no terminal for orders.
 *
 * Spreadsheets compute a cell that begins with one of a few characters, and names of teams and keys are chosen by whoever submits
 * a task. Such a text gets an apostrophe before it, which a spreadsheet shows as text; figures are ours and stay as they are.
 */

export type CsvValue = string | number | boolean | null;

/** What a spreadsheet may take for the beginning of a formula, also behind blanks; and the full-width forms that some read alike. */
const FORMULA = /^[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** One line, without its end. A missing value is an empty cell. */
export function csvLine(values: readonly CsvValue[]): string {
  return values.map(csvCell).join(',');
}

function csvCell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  const shown = safe.replace(/[^\P{Cc}\t\r\n]/gu, '\ufffd');
  return /[",\t\r\n']|^\s|\s$/u.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
