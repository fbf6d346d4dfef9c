/**
 * What a report page is made of, whatever it is written as: the Markdown and the HTML page show the same words and the same numbers,
 * because they are made of the same blocks.
 */

import type { ReportedClass } from '../../routing/review/report/report';

export interface Column {
  readonly title: string;
  /** Figures stand under each other at the right. */
  readonly align?: 'right';
}

/** Null is shown as a dash. */
export type Cell = string | number | null;

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** A command to copy, on a line of its own. */
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly caption: string; readonly columns: readonly Column[]; readonly rows: readonly (readonly Cell[])[] }
  /** A picture of a class; where there are none, the tables beside it say the same. */
  | { readonly kind: 'plot'; readonly plot: PlotName; readonly of: ReportedClass };

export type PlotName = 'frontier' | 'strata' | 'spread' | 'rollout';

export interface Section {
  readonly title: string;
  /** 2 for a part of the page, 3 for a part of that. */
  readonly level: 2 | 3;
  readonly blocks: readonly Block[];
}

export interface Page {
  /** What would change, what it saves, what it may cost. */
  readonly headline: string;
  readonly blocks: readonly Block[];
  readonly sections: readonly Section[];
}

export function text(words: string): Block {
  return { kind: 'text', text: words };
}

/** No table where there are no rows. */
export function table(caption: string, titles: readonly (string | Column)[], rows: readonly (readonly Cell[])[]): readonly Block[] {
  const columns = titles.map((title) => (typeof title === 'string' ? { title } : title));
  return rows.length === 0 ? [] : [{ kind: 'table', caption, columns, rows }];
}

/** A column of figures. */
export function right(title: string): Column {
  return { title, align: 'right' };
}
