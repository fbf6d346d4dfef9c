/** One JSON value on each line. Whole blocks of lines are decoded at once, which is what makes millions of them quick. */

import { isUtf8 } from 'node:buffer';
import { LONGEST_ROW, parseRow, type SourceRow, type SourceRows } from './source-row';

const NEWLINE = 0x0a;

/** @param skipRows lines at the beginning that are counted and not looked at */
export async function* jsonLines(chunks: AsyncIterable<Buffer>, skipRows = 0): SourceRows {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 0;
  let isTooLong = false;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      restBytes += chunk.length;
      if (restBytes > LONGEST_ROW) {
        isTooLong = true;
        rest = [];
      } else if (!isTooLong) rest.push(chunk);
      continue;
    }
    const rows: SourceRow[] = [];
    let block = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)]);
    if (isTooLong) {
      rows.push({ number: ++line, problem: 'too-long' });
      const next = chunk.indexOf(NEWLINE);
      block = next === end ? Buffer.alloc(0) : chunk.subarray(next + 1, end);
      if (next === end) line--; // the empty block is no line
    }
    line = addLines(rows, block, line, skipRows);
    if (rows.length > 0) yield rows;
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    restBytes = chunk.length - end - 1;
    isTooLong = false;
  }
  if (isTooLong) yield [{ number: line + 1, problem: 'too-long' }];
  else if (restBytes > 0) yield lastLine(Buffer.concat(rest), line + 1, skipRows);
}

/** @returns the number of the last line */
function addLines(rows: SourceRow[], block: Buffer, before: number, skipRows: number): number {
  let line = before;
  if (isUtf8(block)) {
    for (const text of block.toString('utf8').split('\n')) {
      line++;
      if (line > skipRows && !isBlank(text)) rows.push(parseRow(line, text));
    }
    return line;
  }
  for (let at = 0; at <= block.length; ) {
    const found = block.indexOf(NEWLINE, at);
    const end = found < 0 ? block.length : found;
    const bytes = block.subarray(at, end);
    line++;
    at = end + 1;
    if (line <= skipRows) continue;
    if (!isUtf8(bytes)) rows.push({ number: line, problem: 'bad-bytes' });
    else if (!isBlank(bytes.toString('utf8'))) rows.push(parseRow(line, bytes.toString('utf8')));
  }
  return line;
}

/** Without a newline behind it, it may be cut off. */
function lastLine(bytes: Buffer, line: number, skipRows: number): readonly SourceRow[] {
  const rows: SourceRow[] = [];
  addLines(rows, bytes, line - 1, skipRows);
  return rows.map((row) => ('problem' in row && row.problem !== 'not-an-object' ? { number: row.number, problem: 'cut-off' } : row));
}

function isBlank(text: string): boolean {
  return text.length < 2 ? text.trim() === '' : text.charCodeAt(0) <= 0x20 && text.trim() === '';
}
