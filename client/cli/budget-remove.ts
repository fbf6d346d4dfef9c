/** `signalbox budget remove`: takes one limit out of the signalbox.yaml of a folder, and out of force. What was counted stays. */

import { type BudgetPeriod, describeBudget } from '../../routing/money/budget';
import { EVERYONE, type MoneyScope, scopeText } from '../../routing/money/scope-text';
import { removeBudget } from '../money/change-budget';
import { type BudgetChanged, type BudgetChangeOptions, changeLimit } from './budget-change';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { onOneLine } from './terminal/text';

export interface BudgetRemoveOptions extends BudgetChangeOptions {
  readonly scope?: MoneyScope;
}

/** Limits as they are named on the command line. */
export const NAMED_LIMITS = { daily: 'day', monthly: 'month', 'per-request': 'request' } as const satisfies Record<string, BudgetPeriod>;

export async function runBudgetRemove(name: keyof typeof NAMED_LIMITS, options: BudgetRemoveOptions, cli: Cli): Promise<ExitCode> {
  const limit = { scope: options.scope ?? EVERYONE, period: NAMED_LIMITS[name] };
  const removed = await changeLimit(limit, options, cli, { edit: (file) => removeBudget(file, limit), lookUp: async () => {} });
  const { file, isChanged, isWritten, isApplied } = removed;
  const { output } = cli;
  if (options.json)
    output.printJson({ file: file.path, isChanged, isWritten, isApplied, scope: scopeText(limit.scope), period: limit.period });
  else output.print(onOneLine(sentence(describeBudget({ ...limit.scope, period: limit.period }), removed)).replace(/^the/u, 'The'));
  return EXIT.ok;
}

function sentence(what: string, { file, isChanged, isWritten, isApplied }: BudgetChanged<void>): string {
  if (isApplied)
    return `${what} limits nothing any more: it is out of force and of ${file.path}. What was spent and is reserved stays counted.`;
  if (!isChanged) return `${file.path} has no such limit (${what}); nothing was changed.`;
  if (!isWritten) return `${what}: ${file.path} would be without it; nothing was changed.`;
  return `${what} is out of ${file.path}. It is out of force after "signalbox up" or "signalbox policy apply".`;
}
