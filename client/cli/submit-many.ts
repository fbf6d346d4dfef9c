/** Many tasks of one call: submitted a few at a time, then, if asked, waited for. */

import type { Submission } from '../../db/documents/submission';
import { isRoutingError } from '../../routing/errors';
import { formatUsd, usdToNano } from '../../routing/units';
import type { SignalboxClient, TaskResult } from '../index';
import type { Cli } from './cli';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code';
import { type Line, readJsonLines } from './input/json-lines';
import { onInterrupt } from './interrupts';
import { withClient } from './open-client';
import type { SubmitOptions } from './submit-options';
import { startProgress } from './terminal/progress';
import { onOneLine } from './terminal/text';

/** What became of one line. */
type Report =
  | ({ readonly line: number; readonly externalId?: string } & ({ readonly taskId: string; readonly isExisting: boolean } | TaskResult))
  | {
      readonly line: number;
      readonly externalId?: string;
      readonly taskId?: string;
      readonly error: { readonly code: string; readonly message: string };
    };

/** Tasks that are waited for at a time; each holds one question to Temporal open. */
const WAIT_CONCURRENCY = 50;

/**
 * @param defaults what holds where a line says nothing
 * @returns `failed` when a task was not accepted or, if waited for, not completed
 */
export async function submitMany(
  options: SubmitOptions,
  defaults: Partial<Submission>,
  maxPromptBytes: number,
  cli: Cli,
): Promise<ExitCode> {
  const lines = await readJsonLines(options.jsonl ?? '-', cli.stdin, defaults, maxPromptBytes);
  return withClient(cli, options, (client) => submitAll(client, lines, options, cli), { maxPromptBytes });
}

async function submitAll(client: SignalboxClient, lines: readonly Line[], options: SubmitOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  let accepted = 0;
  const forget = onInterrupt(() => {
    output.note(`\nStopped. ${accepted} of ${lines.length} tasks are accepted and go on; "signalbox tasks" lists them.`);
    process.exit(EXIT.interrupted);
  });
  const say = (report: Report) => {
    if (options.json) output.printJson(report);
    else if ('error' in report) output.note(`line ${report.line}: ${onOneLine(report.error.message)}`);
    else output.print(onOneLine(lineFor(report)));
  };
  const reports = new Map<number, Report>();
  try {
    const submitting = startProgress(output, 'submitted', lines.length);
    await eachOf(lines, options.concurrency, async (line) => {
      const report = await reported(line, undefined, async () => {
        const { taskId, isExisting } = await client.submit(line.submission);
        accepted++;
        return { taskId, isExisting };
      });
      reports.set(line.number, report);
      if (!options.wait || 'error' in report) say(report);
      submitting.advance();
    }).finally(submitting.end);
    if (options.wait) await waitForAll(client, lines, reports, options, { output, say });
  } catch (error) {
    if (accepted > 0)
      output.note(`${accepted} of ${lines.length} tasks were accepted before this, and go on; "signalbox tasks" lists them.`);
    throw error;
  } finally {
    forget();
  }
  if (!options.json) output.note(summary([...reports.values()], options));
  return [...reports.values()].every(isWell) ? EXIT.ok : EXIT.failed;
}

async function waitForAll(
  client: SignalboxClient,
  lines: readonly Line[],
  reports: Map<number, Report>,
  { timeout }: SubmitOptions,
  { output, say }: { output: Cli['output']; say: (report: Report) => void },
): Promise<void> {
  const until = timeout === undefined ? undefined : Date.now() + timeout;
  const waiting = startProgress(output, 'ended', lines.length);
  await eachOf(lines, WAIT_CONCURRENCY, async (line) => {
    const submitted = reports.get(line.number);
    if (submitted !== undefined && !('error' in submitted)) {
      const { taskId } = submitted;
      const report = await reported(line, taskId, () =>
        client.result(taskId, until === undefined ? {} : { timeoutMs: Math.max(1, until - Date.now()) }),
      );
      reports.set(line.number, report);
      say(report);
    }
    waiting.advance();
  }).finally(waiting.end);
}

/** The result of `work`, or the error of this one line. What concerns every line ends the whole. */
async function reported(
  { number, submission: { externalId } }: Line,
  taskId: string | undefined,
  work: () => Promise<{ readonly taskId: string; readonly isExisting: boolean } | TaskResult>,
): Promise<Report> {
  const which = { line: number, ...(externalId === undefined ? {} : { externalId }) };
  try {
    return { ...which, ...(await work()) };
  } catch (error) {
    if (!isRoutingError(error) || exitCodeOf(error) === EXIT.unreachable || exitCodeOf(error) === EXIT.defect) throw error;
    return { ...which, ...(taskId === undefined ? {} : { taskId }), error: { code: error.code, message: error.message } };
  }
}

/** Of a task that was not waited for, its id alone: other commands take it. */
function lineFor(report: Exclude<Report, { readonly error: unknown }>): string {
  if (!('outcome' in report)) return report.taskId;
  return `${report.taskId}  ${report.outcome}  ${report.model ?? ''}  ${(report.answer ?? report.reason).slice(0, 100)}`;
}

function isWell(report: Report): boolean {
  return !('error' in report) && (!('outcome' in report) || report.outcome === 'completed');
}

function summary(reports: readonly Report[], { wait }: SubmitOptions): string {
  const failed = reports.filter((report) => 'error' in report).length;
  const trouble = failed === 0 ? [] : [`${failed} not ${wait ? 'ended' : 'accepted'}`];
  const results = reports.filter((report): report is Report & TaskResult => 'outcome' in report);
  if (!wait) return [`${reports.length - failed} accepted`, ...trouble].join(', ');
  const outcomes = Object.entries(Object.groupBy(results, ({ outcome }) => outcome)).map(([outcome, all]) => `${all.length} ${outcome}`);
  const cost = results.reduce((sum, { costUsd }) => sum + usdToNano(costUsd), 0);
  return [...outcomes, ...trouble, formatUsd(cost)].join(', ');
}

/** Runs `work` on every item, `concurrency` at a time. The first failure ends it, after those that run. */
async function eachOf<T>(items: readonly T[], concurrency: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let broken = false;
  const lane = async () => {
    for (let item = items[next++]; item !== undefined && !broken; item = items[next++]) {
      await work(item).catch((error: unknown) => {
        broken = true;
        throw error;
      });
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: concurrency }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
}
