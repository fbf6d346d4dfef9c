/**
 * One picture as SVG text, drawn without a browser, to stand inside a page. Its colours are the page's own variables, so that it
 * follows light and dark; it holds no style, no script and no address.
 */

import { type EChartsOption, init } from 'echarts';
import { onOneLine } from '../cli/terminal/text';

/** Names of the page's colours, see page-style.ts. */
export const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
export const RULE = 'var(--rule)';
export const OLD = 'var(--old)';
export const NEW = 'var(--new)';
export const HARM = 'var(--harm)';

export interface Plot {
  readonly title: string;
  /** What can be read from it, for whoever cannot see it. */
  readonly description: string;
  /** The element, without its title. */
  readonly svg: string;
}

/** Width in pixels that every plot is drawn at; a narrower page lets it scroll, so that its words stay readable. */
export const PLOT_WIDTH = 600;

/** What all axes have in common. */
export const AXIS = {
  axisLabel: { color: MUTED, fontSize: 12 },
  axisLine: { lineStyle: { color: RULE } },
  axisTick: { lineStyle: { color: RULE } },
  splitLine: { lineStyle: { color: RULE } },
  nameTextStyle: { color: MUTED, fontSize: 12 },
} as const;

/** Draws a chart at `PLOT_WIDTH` × height pixels. */
export function drawSvg(height: number, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: PLOT_WIDTH, height });
  try {
    chart.setOption({ animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: 'inherit' }, ...option });
    return withoutBrowserParts(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/**
 * Inside a page the element needs no namespace; what serves a mouse (styles on hover, the chart's own marks) serves nobody here; and
 * nothing is drawn outside of its axes, so that nothing need be cut off there by an id that another picture might have too. Every
 * text of the data stands between elements with its `<`, `>`, `&` and quotes escaped, so that no attribute can be part of it.
 */
function withoutBrowserParts(svg: string): string {
  return svg
    .replace(/<(style|defs) >[\s\S]*?<\/\1>/gu, '')
    .replace(/ (?:xmlns(?::xlink)?|class|ecmeta_[a-z_]+|pointer-events|clip-path|baseProfile|version)="[^"]*"/gu, '')
    .replace(/^<svg width="\d+" height="\d+"/u, '<svg aria-hidden="true"')
    .replace(/\n+/gu, '\n');
}

/** A name short enough to stand in a picture: its beginning and its end, as names that are alike differ in one of the two. */
export function shortName(name: string, most = 28): string {
  const characters = [...onOneLine(name)];
  if (characters.length <= most) return characters.join('');
  const ending = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - ending).join('')}…${characters.slice(-ending).join('')}`;
}
