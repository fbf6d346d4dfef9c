/** `signalbox cost`: what was spent in a period. */

import type { CostDimension, Spending } from '../../db/queries/cost';
import type { Period } from '../../db/queries/periods';
import { scopeText } from '../../routing/money/scope-text';
import { counted } from '../../routing/review/report/words';
import { formatUsd, nanoToUsd } from '../../routing/units';
import { type MoneyAsked, reportSpending, type SpendingReport } from '../money/spending';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { onOneLine } from './terminal/text';

export interface CostOptions extends StackCommandOptions, MoneyAsked {
  readonly by?: CostDimension;
  readonly forecast?: boolean;
  readonly suggest?: boolean;
  /** `policy.yaml`, `model=X`, `CLASS=X`. */
  readonly whatIf?: readonly string[];
  readonly export?: 'csv' | 'json';
  readonly out?: string;
  readonly force?: boolean;
}

export async function runCost(options: CostOptions, cli: Cli): Promise<ExitCode> {
  const report = await withDatabase(cli, options, (db) => reportSpending(db, options.by ?? 'model', options));
  if (options.json) cli.output.printJson(shapeOf(report));
  else cli.output.print(describe(report, cli.output));
  return EXIT.ok;
}

function shapeOf({ period, scope, by, total, groups }: SpendingReport) {
  return {
    period: periodShape(period),
    scope: scopeText(scope),
    by,
    total: sumShape(total),
    groups: groups.map(({ name, ...sum }) => ({ name, ...sumShape(sum) })),
  };
}

/** A period as `--json` shows it. */
export function periodShape({ kind, from, to, timeZone }: Period) {
  return { kind, from: new Date(from), to: new Date(to), timeZone };
}

function sumShape({ costNano, inDoubtNano, replayNano, embeddedNano, cacheSavedNano, estimatedNano, comparedNano, ...counts }: Spending) {
  return {
    costUsd: nanoToUsd(costNano),
    ...counts,
    inDoubtUsd: nanoToUsd(inDoubtNano),
    replayUsd: nanoToUsd(replayNano),
    embeddedUsd: nanoToUsd(embeddedNano),
    cacheSavedUsd: nanoToUsd(cacheSavedNano),
    estimatedUsd: nanoToUsd(estimatedNano),
    comparedUsd: nanoToUsd(comparedNano),
  };
}

function describe({ period, scope, by, total, groups }: SpendingReport, { colors, table }: Output): string {
  const whose = scope.scopeKind === 'global' ? '' : ` ${onOneLine(`of ${scope.scopeKind} "${scope.scopeId}"`)}`;
  const head = `${colors.bold(formatUsd(total.costNano))}${whose} in ${describePeriod(period)}`;
  if (total.calls === 0) return `${head}: no call was made.`;
  const figures = ['cost', 'share', 'calls', 'input', 'cached', 'output', 'cache saved', 'estimate'] as const;
  const columns = [{ title: by as string }, ...figures.map((title) => ({ title, align: 'right' as const }))];
  const rows = groups.map((group) => [
    group.name,
    formatUsd(group.costNano),
    percent(group.costNano, total.costNano),
    group.calls,
    group.inputTokens + group.cacheWriteTokens,
    group.cacheReadTokens,
    group.outputTokens + group.reasoningTokens,
    group.cacheReadTokens === 0 ? null : formatUsd(group.cacheSavedNano),
    percent(group.estimatedNano, group.comparedNano),
  ]);
  return [head, table(columns, rows), notesOn(total).join('\n')].filter(Boolean).join('\n\n');
}

/** What the sum does not say by itself. */
function notesOn(total: Spending): string[] {
  const { comparedCalls, estimatedNano, comparedNano, cacheSavedNano, inDoubtNano, replayNano, embeddedNano, unpricedCalls } = total;
  return [
    ...(cacheSavedNano > 0 ? [`Caches saved ${formatUsd(cacheSavedNano)}: what their tokens would have cost beyond what they did.`] : []),
    ...(comparedNano > 0
      ? [`Estimated were ${formatUsd(estimatedNano)} for ${counted(comparedCalls, 'call')} that cost ${formatUsd(comparedNano)}.`]
      : []),
    ...(inDoubtNano > 0 ? [`${formatUsd(inDoubtNano)} were charged in full, because nobody knows what those calls used.`] : []),
    ...(replayNano > 0 ? [`${formatUsd(replayNano)} were spent on replays of reviews.`] : []),
    ...(embeddedNano > 0 ? [`${formatUsd(embeddedNano)} were spent by programs that route by themselves; no budget here counts it.`] : []),
    ...(unpricedCalls > 0
      ? [`${counted(unpricedCalls, 'call')} went to models without a price: what they cost is not in these figures.`]
      : []),
  ];
}

function percent(part: number, whole: number): string | null {
  return whole === 0 ? null : `${((100 * part) / whole).toFixed(part >= whole ? 0 : 1)} %`;
}

/** `the month from 2026-11-01 to 2026-11-30 (Europe/Berlin)`. */
export function describePeriod({ kind, from, to, timeZone }: Period): string {
  const first = dayIn(timeZone, from);
  const last = dayIn(timeZone, to - 1);
  const span = first === last ? first : `${first} to ${last}`;
  return `${kind === 'days' ? '' : `the ${kind} `}${span} (${timeZone})`;
}

/** The day of the calendar in a time zone, as 2026-11-30. */
export function dayIn(timeZone: string, instant: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(instant));
}
