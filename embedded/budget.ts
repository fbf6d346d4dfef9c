/** What was spent, what is left, and the warnings on the way. */

import { type BudgetPeriod, describeBudgetRefusal } from '../routing/money/budget';
import type { Balance, BalanceMove, Shortage } from '../routing/money/embedded-call';
import { type NanoUsd, nanoToUsd } from '../routing/units';
import type { BudgetWarning, MoneySettings } from './config';
import { limitOf } from './store';

/** One period; money in US dollars. */
export interface PeriodStatus {
  readonly spent: number;
  /** Held for calls that are under way. */
  readonly reserved: number;
  /** Null: there is no limit. */
  readonly limit: number | null;
  /** Neither spent nor reserved. Null: there is no limit. */
  readonly left: number | null;
  /** True from the warning line on. */
  readonly isWarning: boolean;
  readonly renewsAt: Date;
}

export interface BudgetStatus {
  readonly day: PeriodStatus;
  readonly month: PeriodStatus;
  /** Null: there is none. */
  readonly perRequestLimit: number | null;
}

/** @param balances of the present day and month, in this order */
export function budgetStatus(balances: readonly Balance[], money: MoneySettings): BudgetStatus {
  const [day, month] = balances.map((balance) => periodStatus(balance, money));
  if (day === undefined || month === undefined) throw new RangeError('a day and a month are needed');
  return { day, month, perRequestLimit: money.callLimitNano === undefined ? null : nanoToUsd(money.callLimitNano) };
}

function periodStatus({ period, spentNano, reservedNano, renewsAtMs }: Balance, money: MoneySettings): PeriodStatus {
  const limit = limitOf(money, period);
  return {
    spent: nanoToUsd(spentNano),
    reserved: nanoToUsd(reservedNano),
    limit: limit === undefined ? null : nanoToUsd(limit),
    left: limit === undefined ? null : nanoToUsd(Math.max(limit - spentNano - reservedNano, 0)),
    isWarning: limit !== undefined && spentNano >= warningLine(limit, money, period),
    renewsAt: new Date(renewsAtMs),
  };
}

/** The warning lines that a call has passed; each is passed once in its period, whatever comes back to the balance later. */
export function warningsOf(moves: readonly BalanceMove[], money: MoneySettings): readonly BudgetWarning[] {
  return moves.flatMap(({ period, periodEndMs, beforeNano, afterNano }) => {
    const limit = limitOf(money, period);
    if (limit === undefined) return [];
    const line = warningLine(limit, money, period);
    const isCrossed = beforeNano < line && afterNano >= line;
    return isCrossed ? [{ period, spent: nanoToUsd(afterNano), limit: nanoToUsd(limit), renewsAt: new Date(periodEndMs) }] : [];
  });
}

function warningLine(limit: NanoUsd, { warnAt }: MoneySettings, period: BalanceMove['period']): NanoUsd {
  return Math.ceil(limit * warnAt[period]);
}

/** Room in the tighter of day and month, without counting what is reserved, which may come back. Undefined: no limit. */
export function roomIn(spent: Readonly<Record<'day' | 'month', NanoUsd>>, money: MoneySettings): NanoUsd | undefined {
  const rooms = (['day', 'month'] as const).flatMap((period) => {
    const limit = limitOf(money, period);
    return limit === undefined ? [] : [limit - spent[period]];
  });
  return rooms.length === 0 ? undefined : Math.min(...rooms);
}

/** Which limit has no room, what is left of it, and when it renews. */
export function shortageWords({ period, limitNano, leftNano, renewsAtMs }: Shortage, timeZone: string): string {
  return describeBudgetRefusal(budgetLimit(period, limitNano, timeZone), leftNano, renewsAtMs);
}

/** The tighter of day and month in the same words, for a task that was not tried. */
export function tightestWords(balances: readonly Balance[], money: MoneySettings): string | undefined {
  const [tightest] = balances
    .flatMap(({ period, spentNano, reservedNano, renewsAtMs }) => {
      const limitNano = limitOf(money, period);
      if (limitNano === undefined) return [];
      return [{ period, limitNano, leftNano: limitNano - spentNano - reservedNano, mayFree: false, renewsAtMs }];
    })
    .sort((a, b) => a.leftNano - b.leftNano);
  return tightest && shortageWords(tightest, money.timeZone);
}

/** The limits of a routing system are its own: nobody else's money is counted in them. */
function budgetLimit(period: BudgetPeriod, limitNanoUsd: NanoUsd, timeZone: string) {
  return { id: period, scopeKind: 'global', scopeId: '', period, limitNanoUsd, hard: true, timeZone, warnAt: 1 } as const;
}
