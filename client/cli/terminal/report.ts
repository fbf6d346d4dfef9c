/** The report of a review in a terminal: the same page as in Markdown and HTML, as plain tables. */

import type { ReviewReport } from '../../../routing/review/report/report';
import type { Block } from '../../report/blocks';
import { reportPage } from '../../report/page';
import type { Output } from './output';
import { indented, onOneLine } from './text';

export function describeReport(report: ReviewReport, output: Output): string {
  const { headline, blocks, sections } = reportPage(report);
  const { bold } = output.colors;
  return [
    bold(onOneLine(headline)),
    ...blocks.flatMap((block) => blockText(block, output)),
    ...sections.map(({ title, level, blocks: inside }) => {
      const heading = onOneLine(level === 2 ? title.toUpperCase() : title);
      return [bold(heading), ...inside.flatMap((block) => blockText(block, output)).map((text) => indented(text))].join('\n\n');
    }),
  ].join('\n\n');
}

function blockText(block: Block, { table, colors }: Output): string[] {
  switch (block.kind) {
    case 'text':
      return [onOneLine(block.text)];
    case 'command':
      return [`    ${onOneLine(block.text)}`];
    case 'list':
      return [block.items.map((item) => `- ${onOneLine(item)}`).join('\n')];
    case 'table':
      return [`${colors.dim(onOneLine(block.caption))}\n${table(block.columns, block.rows)}`];
    case 'plot':
      return []; // the tables say the same
  }
}
