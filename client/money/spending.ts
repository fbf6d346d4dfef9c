/** The report of what was spent: a period of a scope, by one dimension, and its sum. */

import type { Database } from '../../db/connect';
import { timeZoneOfScope } from '../../db/queries/budgets';
import { type CostDimension, loadSpending, type Spending, type SpendingGroup } from '../../db/queries/cost';
import { type Period, type PeriodAsked, resolvePeriod } from '../../db/queries/periods';
import { EVERYONE, type MoneyScope } from '../../routing/money/scope-text';

/** What every command about money may be told. */
export interface MoneyAsked {
  readonly period?: PeriodAsked;
  readonly scope?: MoneyScope;
  /** Absent: the zone of the scope's budgets. */
  readonly timeZone?: string;
}

export interface SpendingReport {
  readonly period: Period;
  readonly scope: MoneyScope;
  readonly by: CostDimension;
  readonly total: Spending;
  /** Most spent first. */
  readonly groups: readonly SpendingGroup[];
}

const NOTHING: Spending = {
  calls: 0,
  costNano: 0,
  inDoubtNano: 0,
  replayNano: 0,
  embeddedNano: 0,
  unpricedCalls: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cacheSavedNano: 0,
  comparedCalls: 0,
  estimatedNano: 0,
  comparedNano: 0,
};

export async function reportSpending(db: Database, by: CostDimension, asked: MoneyAsked): Promise<SpendingReport> {
  const { period, scope } = await moneyPeriod(db, asked);
  const groups = await loadSpending(db, { ...period, scope, by });
  return { period, scope, by, total: groups.reduce<Spending>(added, NOTHING), groups };
}

/** The period that is asked for, in the time zone that is meant; today unless said otherwise. */
export async function moneyPeriod(
  db: Database,
  { period = { kind: 'day' }, scope = EVERYONE, timeZone }: MoneyAsked,
): Promise<{ readonly period: Period; readonly scope: MoneyScope }> {
  const zone = timeZone ?? (await timeZoneOfScope(db, scope));
  return { period: await resolvePeriod(db, period, zone), scope };
}

function added(sum: Spending, group: Spending): Spending {
  const keys = Object.keys(NOTHING) as (keyof Spending)[];
  return Object.fromEntries(keys.map((key) => [key, sum[key] + group[key]])) as unknown as Spending;
}
