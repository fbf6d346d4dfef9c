/** `signalbox budget show`: every limit, what is spent and left of it, and when it renews. */

import { type BudgetStatus, loadBudgetStatus } from '../../db/queries/budgets';
import { type MoneyScope, scopeText } from '../../routing/money/scope-text';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { onOneLine } from './terminal/text';

export interface BudgetShowOptions extends StackCommandOptions {
  readonly scope?: MoneyScope;
}

export async function runBudgetShow(options: BudgetShowOptions, cli: Cli): Promise<ExitCode> {
  const budgets = await withDatabase(cli, options, (db) => loadBudgetStatus(db, options.scope));
  if (options.json) cli.output.printJson(budgets.map(budgetShape));
  else if (budgets.length === 0) cli.output.note(describeNone(options));
  else cli.output.print(describe(budgets, cli.output));
  return EXIT.ok;
}

function describeNone({ scope }: BudgetShowOptions): string {
  const words = scope === undefined ? '' : ` --scope ${scopeText(scope)}`;
  const what = scope === undefined ? 'Nothing limits what is spent' : `Nothing limits what ${scopeText(scope)} spends`;
  return onOneLine(`${what}. "signalbox budget set-daily 10${words}" sets a limit.`);
}

/** A budget as `--json` shows it. */
export function budgetShape(budget: BudgetStatus) {
  const { id, period, hard, timeZone, warnAt, limitNano, spentNano, reservedNano, leftNano, periodStart, renewsAt, warnedAt } = budget;
  const isPeriodic = period !== 'request';
  return {
    id,
    scope: scopeText(budget),
    period,
    limitUsd: nanoToUsd(limitNano),
    hard,
    timeZone,
    warnAt: isPeriodic ? warnAt : null,
    spentUsd: isPeriodic ? nanoToUsd(spentNano) : null,
    reservedUsd: isPeriodic ? nanoToUsd(reservedNano) : null,
    leftUsd: isPeriodic ? nanoToUsd(leftNano) : null,
    periodStart: periodStart === null ? null : new Date(periodStart),
    renewsAt: renewsAt === null ? null : new Date(renewsAt),
    warnedAt: warnedAt === null ? null : new Date(warnedAt),
  };
}

function describe(budgets: readonly BudgetStatus[], { table }: Output): string {
  const columns = [
    ...(['scope', 'per'] as const).map((title) => ({ title })),
    ...(['limit', 'spent', 'reserved', 'left', 'used'] as const).map((title) => ({ title, align: 'right' as const })),
    ...(['beyond it', 'warning', 'renews'] as const).map((title) => ({ title })),
  ];
  return table(
    columns,
    budgets.map((budget) => [
      scopeText(budget),
      budget.period,
      formatUsd(budget.limitNano),
      ...(budget.renewsAt === null ? [null, null, null, null] : moneyOf(budget)),
      budget.hard ? 'refuses' : 'warns',
      warningOf(budget),
      budget.renewsAt === null ? null : localMinute(budget.renewsAt, budget.timeZone),
    ]),
  );
}

function moneyOf({ limitNano, spentNano, reservedNano, leftNano }: BudgetStatus): string[] {
  const used = limitNano === 0 ? (spentNano === 0 ? 0 : 1) : spentNano / limitNano;
  return [formatUsd(spentNano), formatUsd(reservedNano), formatUsd(leftNano), `${Math.round(100 * used)} %`];
}

function warningOf({ renewsAt, warnAt, warnedAt, timeZone }: BudgetStatus): string | null {
  if (renewsAt === null) return null;
  return warnedAt === null ? `at ${Math.round(100 * warnAt)} %` : `given ${localMinute(warnedAt, timeZone)}`;
}

/** `2026-11-30 00:00 Europe/Berlin`. */
function localMinute(instant: number, timeZone: string): string {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(instant));
  return `${text} ${timeZone}`;
}
