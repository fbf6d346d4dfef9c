/**
 * `signalbox budget set-daily`, `set-monthly` and `set-per-request`: changes one limit in the signalbox.yaml of a folder, whose
 * comments and layout stay, and puts it in force.
 */

import { type BudgetStatus, loadBudgetStatus } from '../../db/queries/budgets';
import { parseUsd } from '../../routing/money/amount';
import { type BudgetPeriod, describeBudget } from '../../routing/money/budget';
import { EVERYONE, type MoneyScope, scopeText } from '../../routing/money/scope-text';
import { formatUsd, nanoToUsd } from '../../routing/units';
import { changeBudget } from '../money/change-budget';
import { type BudgetChanged, type BudgetChangeOptions, changeLimit } from './budget-change';
import { budgetShape } from './budget-show';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { formatInstant, onOneLine } from './terminal/text';

export interface BudgetSetOptions extends BudgetChangeOptions {
  readonly scope?: MoneyScope;
  readonly hard?: boolean;
  readonly soft?: boolean;
  readonly warnAt?: number;
  readonly timeZone?: string;
}

export async function runBudgetSet(period: BudgetPeriod, words: readonly string[], options: BudgetSetOptions, cli: Cli): Promise<ExitCode> {
  const { scope = EVERYONE, warnAt, timeZone } = options;
  const limitNanoUsd = parseUsd(words.join(' '));
  const changed = await changeLimit({ scope, period }, options, cli, {
    edit: (file) =>
      changeBudget(file, {
        scope,
        period,
        limitNanoUsd,
        ...(options.hard ? { isHard: true } : options.soft ? { isHard: false } : {}),
        ...(warnAt === undefined ? {} : { warnAt }),
        ...(timeZone === undefined ? {} : { timeZone }),
      }),
    lookUp: async (db) => (await loadBudgetStatus(db, scope)).find((each) => each.period === period),
  });
  return tell({ ...changed, scope, period, limitNanoUsd }, options, cli);
}

interface Told extends BudgetChanged<BudgetStatus | undefined> {
  readonly scope: MoneyScope;
  readonly period: BudgetPeriod;
  readonly limitNanoUsd: number;
}

function tell(
  { file, isChanged, isWritten, isApplied, scope, period, limitNanoUsd, status }: Told,
  { json }: BudgetSetOptions,
  cli: Cli,
): ExitCode {
  const { output } = cli;
  if (json) {
    const budget = status === undefined ? null : budgetShape(status);
    output.printJson({
      file: file.path,
      isChanged,
      isWritten,
      isApplied,
      scope: scopeText(scope),
      period,
      limitUsd: nanoToUsd(limitNanoUsd),
      budget,
    });
    return EXIT.ok;
  }
  const limit = onOneLine(`${describeBudget({ ...scope, period })}: ${formatUsd(limitNanoUsd)}`).replace(/^./u, (first) =>
    first.toUpperCase(),
  );
  if (!isChanged && !isApplied) output.print(`${limit}. ${file.path} says so already; nothing was changed.`);
  else if (isApplied) output.print(`${limit}, in force for every call from now on and written to ${file.path}.`);
  else if (isWritten) output.print(`${limit}, written to ${file.path}. It is in force after "signalbox up" or "signalbox policy apply".`);
  else output.print(`${limit}. ${file.path} would be changed; nothing was.`);
  if (status !== undefined && status.leftNano <= 0 && status.renewsAt !== null) output.print(exhausted(status, status.renewsAt));
  return EXIT.ok;
}

/** A limit may be set below what is spent; people must know what that means. */
function exhausted({ spentNano, reservedNano, hard }: BudgetStatus, renewsAt: number): string {
  const held = reservedNano > 0 ? ` and ${formatUsd(reservedNano)} reserved for calls under way` : '';
  const follows = hard
    ? `Every further call that costs anything is refused until it renews at ${formatInstant(new Date(renewsAt))}.`
    : 'It is soft, so nothing is refused.';
  return `${formatUsd(spentNano)} of it are spent${held}. ${follows}`;
}
