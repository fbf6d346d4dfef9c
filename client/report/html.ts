/**
 * A report as one HTML page that needs nothing else: no network, no script, no font. Everything that comes from data is escaped, and
 * the page itself forbids whatever an escaped text might still try.
 *
 * It draws the plots, and so loads the chart library: load this module only where a page is asked for.
 */

import type { ReviewReport } from '../../routing/review/report/report';
import { onOneLine } from '../cli/terminal/text';
import type { Block, Cell, Column, PlotName, Section } from './blocks';
import { reportPage } from './page';
import { PAGE_STYLE } from './page-style';
import { drawPlot } from './plots';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole document. */
export function reportHtml(report: ReviewReport): string {
  const { headline, blocks, sections } = reportPage(report);
  const anchors = sections.flatMap(({ title, level }, index) =>
    level === 2 ? [`<li><a href="#s${index}">${escaped(title)}</a></li>`] : [],
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Routing review ${escaped(report.identity.reviewId)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(headline)}</h1>
${blocks.map(blockHtml).join('\n')}
<nav aria-label="Parts of the report"><ul>
${anchors.join('\n')}
</ul></nav>
</header>
<main>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ title, level, blocks }: Section, index: number): string {
  return `<h${level} id="s${index}">${escaped(title)}</h${level}>\n${blocks.map(blockHtml).join('\n')}`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'command':
      return `<pre><code>${escaped(block.text)}</code></pre>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${escaped(item)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return tableHtml(block);
    case 'plot':
      return plotHtml(block.plot, block);
  }
}

/** Tables that are wider than the page scroll on their own, by keyboard too. */
function tableHtml({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const hasTitles = columns.some(({ title }) => title !== '');
  const head = `<thead><tr>${columns.map((column) => `<th scope="col"${alignment(column)}>${escaped(column.title)}</th>`).join('')}</tr></thead>\n`;
  const body = rows.map(
    (row) => `<tr>${columns.map((column, index) => cellHtml(row[index] ?? null, column, hasTitles || index > 0)).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption>
${hasTitles ? head : ''}<tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

/** Where the columns have no titles, the first cell of a row is its title. */
function cellHtml(cell: Cell, column: Column, isData: boolean): string {
  const words = cell === null ? '–' : escaped(String(cell));
  return isData ? `<td${alignment(column)}>${words}</td>` : `<th scope="row">${words}</th>`;
}

function alignment({ align }: Column): string {
  return align === 'right' ? ' class="right"' : '';
}

function plotHtml(name: PlotName, { of }: Extract<Block, { kind: 'plot' }>): string {
  const plot = drawPlot(name, of);
  if (plot === undefined) return '';
  const titled = plot.svg
    .replace('<svg aria-hidden="true"', `<svg role="img" aria-label="${escaped(plot.description)}"`)
    .replace('>', () => `>\n<title>${escaped(plot.title)}</title>`);
  return `<figure><div class="scroll" tabindex="0" role="region" aria-label="${escaped(plot.title)}">${titled}</div><figcaption>${escaped(plot.title)}</figcaption></figure>`;
}

function escaped(words: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return onOneLine(words).replace(/[&<>"']/gu, (character) => entities[character] ?? '');
}
