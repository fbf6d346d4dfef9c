/** A warning of a budget: what is said when its warning line is crossed. */

import type { NanoUsd } from '../units';
import { formatUsd } from '../units';
import { type BudgetLimit, describeBudget } from './budget';

export interface BudgetWarning extends Pick<BudgetLimit, 'scopeKind' | 'scopeId' | 'period' | 'hard' | 'timeZone' | 'warnAt'> {
  readonly id: string;
  readonly budgetId: string;
  readonly limitNano: NanoUsd;
  /** When it was noticed; more may have been spent since. */
  readonly spentNano: NanoUsd;
  /** ISO instants, [start, end). */
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly at: string;
}

/** `The daily budget of team "search" is at 76 %: $7.60 of $10.00 are spent. It renews at 2026-11-22 23:00 UTC.` */
export function describeWarning(warning: BudgetWarning): string {
  const { limitNano, spentNano, hard } = warning;
  const budget = describeBudget(warning);
  const used = limitNano === 0 ? 100 : Math.floor((100 * spentNano) / limitNano);
  const renewal = new Date(warning.periodEnd).toISOString();
  const follows = hard ? ' When it is spent, calls are refused.' : '';
  return `${budget[0]?.toUpperCase()}${budget.slice(1)} is at ${used} %: ${formatUsd(spentNano)} of ${formatUsd(limitNano)} are spent. It renews at ${renewal.slice(0, 10)} ${renewal.slice(11, 16)} UTC.${follows}`;
}
