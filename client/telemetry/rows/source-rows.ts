/** Finds out how the rows of a file stand in it, and reads them so. */

import { csvRows } from './csv-rows';
import { jsonElements } from './json-elements';
import { jsonLines } from './json-lines';
import type { SourceRows } from './source-row';

/** How rows stand in a file. */
export type Shape = 'json-lines' | 'json' | 'csv';

/** As much of a file's beginning as shows how its rows stand, in bytes: more than most rows are long. */
const HEAD_BYTES = 256 * 1024;

export interface ShapedRows {
  readonly shape: Shape;
  readonly rows: SourceRows;
}

/** @param skipRows rows at the beginning that are counted and not handed on */
export async function readRows(chunks: AsyncIterable<Buffer>, skipRows: number): Promise<ShapedRows> {
  const parts = chunks[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let bytes = 0;
  let isWhole = false;
  while (bytes < HEAD_BYTES && !isWhole) {
    const { done, value } = await parts.next();
    if (done) isWhole = true;
    else {
      head.push(value);
      bytes += value.length;
    }
  }
  const shape = shapeOf(Buffer.concat(head).toString('utf8'), isWhole);
  const read = { 'json-lines': jsonLines, json: jsonElements, csv: csvRows }[shape];
  return { shape, rows: read(continued(head, parts), skipRows) };
}

/** @param isWhole nothing follows the text */
function shapeOf(text: string, isWhole: boolean): Shape {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const first = lines[0] ?? '';
  const begins = first.trimStart()[0];
  if (begins === '[') return 'json';
  // The first line may be a bad one. Within an object on many lines, other objects are indented.
  if (lines.some(isObject)) return 'json-lines';
  if (begins === '{') return lines.length === 1 && isWhole ? 'json-lines' : 'json';
  return first.includes(',') ? 'csv' : 'json-lines';
}

function isObject(line: string): boolean {
  if (!line.startsWith('{') || !line.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

async function* continued(head: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
