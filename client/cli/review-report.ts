/** `signalbox review report ID`: the page that a person decides from, as text, Markdown, HTML or JSON. */

import { writeFile } from 'node:fs/promises';
import { loadReport } from '../../db/queries/reports';
import { RoutingError } from '../../routing/errors';
import type { ReviewReport } from '../../routing/review/report/report';
import { loadReview } from '../reviews';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';

export type ReportFormat = 'text' | 'markdown' | 'html' | 'json';

export interface ReviewReportOptions extends StackCommandOptions {
  readonly format?: ReportFormat;
  readonly out?: string;
}

export async function runReviewReport(id: string, { out, ...options }: ReviewReportOptions, cli: Cli): Promise<ExitCode> {
  const format = reportFormat({ ...options, ...(out === undefined ? {} : { out }) });
  const report = await withDatabase(cli, options, async (db) => {
    const { review } = await loadReview(db, id);
    const found = await loadReport(db, review.id);
    if (found !== undefined) return found;
    const why = review.phase === 'ended' ? `It has ended without one: ${review.endReason}` : `It is ${review.phase}.`;
    throw new RoutingError('unknown_review', `Review ${review.id} has no report. ${why}`);
  });
  if (out !== undefined) {
    await writeReport(out, reportText(report, format, cli.output));
    if (options.json) cli.output.printJson({ reviewId: report.identity.reviewId, file: out });
    else cli.output.print(`Wrote the report to ${out}.`);
  } else if (format === 'json') cli.output.printJson(report);
  else cli.output.print(reportText(report, format, cli.output).trimEnd());
  return EXIT.ok;
}

/**
 * What a report is to be written as.
 *
 * @throws {RoutingError} `bad_argument` when the options contradict each other
 */
export function reportFormat({ json, format, out }: Pick<ReviewReportOptions, 'json' | 'format' | 'out'>): ReportFormat {
  if (json && format !== undefined && format !== 'json') {
    throw new RoutingError('bad_argument', `--json and --format ${format} contradict each other. Give one of them.`);
  }
  return json ? 'json' : (format ?? formatOf(out));
}

/** Where only a file is named, its ending says what is meant. */
function formatOf(out: string | undefined): ReportFormat {
  const ending = out?.split('.').at(-1)?.toLowerCase();
  return ending === 'html' || ending === 'json' ? ending : ending === 'md' ? 'markdown' : 'text';
}

/** Each is loaded when it is asked for: the page draws plots, which takes a library. */
export function reportText(report: ReviewReport, format: ReportFormat, output: Output): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case 'markdown':
      return (require('../report/markdown') as typeof import('../report/markdown')).reportMarkdown(report);
    case 'html':
      return (require('../report/html') as typeof import('../report/html')).reportHtml(report);
    case 'text':
      return (require('./terminal/report') as typeof import('./terminal/report')).describeReport(report, output);
  }
}

/** @throws {RoutingError} `bad_argument` when it cannot be written */
export async function writeReport(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RoutingError('bad_argument', `${path} cannot be written (${code}). Choose another file, or make its folder writable.`, {
      cause,
    });
  }
}
