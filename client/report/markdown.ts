/** A report as Markdown that is read as it stands, in a terminal, a message or a commit, as well as when it is rendered. */

import type { ReviewReport } from '../../routing/review/report/report';
import { onOneLine } from '../cli/terminal/text';
import type { Block, Cell, Column } from './blocks';
import { reportPage } from './page';

/** The whole page. Ends with a line feed. */
export function reportMarkdown(report: ReviewReport): string {
  const { headline, blocks, sections } = reportPage(report);
  const parts = [`# ${escaped(headline)}`, ...blocks.flatMap(blockLines)];
  for (const { title, level, blocks: inside } of sections) {
    parts.push(`${'#'.repeat(level)} ${escaped(title)}`, ...inside.flatMap(blockLines));
  }
  return `${parts.join('\n\n')}\n`;
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [escaped(block.text)];
    case 'command':
      return [`    ${onOneLine(block.text)}`];
    case 'list':
      return [block.items.map((item) => `- ${escaped(item)}`).join('\n')];
    case 'table':
      return [escaped(block.caption), tableLines(block.columns, block.rows)];
    case 'plot':
      return []; // the tables say the same
  }
}

/** Cells of one width in a column, so that the table can be read without being rendered. */
function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const titles = columns.map(({ title }) => escaped(title));
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '–' : escaped(String(cell)))));
  const widths = columns.map((_, index) => Math.max(3, ...[titles, ...cells].map((row) => [...(row[index] ?? '')].length)));
  const line = (row: readonly string[]) =>
    `| ${columns.map((column, index) => padded(row[index] ?? '', widths[index] ?? 3, column)).join(' | ')} |`;
  const rule = columns.map(({ align }, index) =>
    align === 'right' ? `${'-'.repeat((widths[index] ?? 3) - 1)}:` : '-'.repeat(widths[index] ?? 3),
  );
  return [line(titles), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n');
}

function padded(cell: string, width: number, { align }: Column): string {
  const room = ' '.repeat(Math.max(0, width - [...cell].length));
  return align === 'right' ? `${room}${cell}` : `${cell}${room}`;
}

/** On one line, with nothing in it that Markdown would take for markup or a terminal for a command. */
function escaped(words: string): string {
  return onOneLine(words).replace(/[\\`*|]|<(?=[a-z/!?])|\[(?=[^\]]*\]\()|^#/giu, '\\$&');
}
