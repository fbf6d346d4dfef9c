/** What a period will have cost, and when its budgets will be spent. */

import type { Database } from '../../db/connect';
import { type BudgetStatus, loadBudgetStatus } from '../../db/queries/budgets';
import { loadSpending } from '../../db/queries/cost';
import { loadSpentDays, type SpentDay } from '../../db/queries/cost-history';
import { type Period, resolvePeriod } from '../../db/queries/periods';
import { RoutingError } from '../../routing/errors';
import { type Forecast, forecastSpending, MAX_DAYS, type RunOut, runOut, type Weekday } from '../../routing/money/forecast';
import type { MoneyScope } from '../../routing/money/scope-text';
import type { NanoUsd } from '../../routing/units';
import { type MoneyAsked, moneyPeriod } from './spending';

/** Probability inside the interval. */
export const CONFIDENCE = 0.95;

export interface ForecastReport {
  readonly period: Period;
  readonly scope: MoneyScope;
  readonly spentNano: NanoUsd;
  /** Absent: there are too few whole days to tell. */
  readonly forecast?: Forecast;
  /** Whole days with spending before today. */
  readonly days: number;
  /** Days of the calendar, today first: the path of the forecast is until the end of each. */
  readonly calendar: readonly string[];
  /** The budgets of the scope, daily and monthly. */
  readonly budgets: readonly BudgetOutlook[];
}

export interface BudgetOutlook {
  readonly budget: BudgetStatus;
  /** Days of the calendar on which it will be spent; absent: not within its period, or nobody can tell. */
  readonly runsOut: { readonly [when in keyof RunOut]?: string };
}

/**
 * @throws {RoutingError} `bad_argument` for a period of fixed days: what is over is known, and what has not begun has no end yet
 */
export async function reportForecast(db: Database, asked: MoneyAsked): Promise<ForecastReport> {
  const { period, scope } = await moneyPeriod(db, { ...asked, period: asked.period ?? { kind: 'month' } });
  if (period.kind === 'days') {
    throw new RoutingError('bad_argument', 'A forecast is of the day, week or month that is under way. Give --period day, week or month.');
  }
  const days = await loadSpentDays(db, MAX_DAYS, period.timeZone, scope);
  const outlook = (of: Period) => foretell(db, of, scope, days);
  const made = await outlook(period);
  const budgets = (await loadBudgetStatus(db, scope)).filter((budget) => budget.period !== 'request');
  return {
    period,
    scope,
    ...made,
    days: sinceFirst(days).length,
    budgets: await Promise.all(
      budgets.map(async (budget) => ({
        budget,
        runsOut: await runsOutOn(budget, await resolvePeriod(db, kindOf(budget), budget.timeZone)),
      })),
    ),
  };

  /** By the balance of the budget itself, which also holds what is reserved. */
  async function runsOutOn(budget: BudgetStatus, of: Period): Promise<BudgetOutlook['runsOut']> {
    const own = budget.timeZone === period.timeZone ? days : await loadSpentDays(db, MAX_DAYS, budget.timeZone, scope);
    const { forecast, calendar } = forecastOf(of, own, budget.spentNano + budget.reservedNano);
    if (forecast === undefined) return {};
    const places = Object.entries(runOut(forecast, budget.limitNano));
    return Object.fromEntries(places.map(([when, place]) => [when, calendar[place]]));
  }
}

function kindOf({ period }: BudgetStatus) {
  return { kind: period === 'month' ? 'month' : 'day' } as const;
}

async function foretell(db: Database, period: Period, scope: MoneyScope, days: readonly SpentDay[]) {
  const groups = await loadSpending(db, { ...period, scope, by: 'provider' });
  // Of tasks alone, as the past days are and the budgets that it is held against.
  const spentNano = groups.reduce((sum, { costNano, embeddedNano }) => sum + costNano - embeddedNano, 0);
  return { spentNano, ...forecastOf(period, days, spentNano) };
}

function forecastOf(period: Period, days: readonly SpentDay[], spentNano: NanoUsd): Pick<ForecastReport, 'forecast' | 'calendar'> {
  const today = days.at(-1);
  if (today === undefined) return { calendar: [] };
  const past = sinceFirst(days);
  const calendar = daysUntil(today.day, period);
  const forecast = forecastSpending({
    past: past.map(({ weekday, spentNano: spent }) => ({ weekday: weekday as Weekday, spentNano: spent })),
    spentNano,
    today: { weekday: today.weekday as Weekday, usualShare: usualShareOf(past) },
    ahead: calendar.slice(1).map((_, place) => ((today.weekday + 1 + place) % 7) as Weekday),
    confidence: CONFIDENCE,
  });
  return { calendar, ...(forecast === undefined ? {} : { forecast }) };
}

/** Whole days, from the one after the first that cost anything: that one may have begun in its middle. */
function sinceFirst(days: readonly SpentDay[]): readonly SpentDay[] {
  const first = days.findIndex(({ spentNano }) => spentNano > 0);
  return first < 0 ? [] : days.slice(first === 0 ? 0 : first + 1, -1);
}

/** Share of a day's money that is spent by this time of day. */
function usualShareOf(past: readonly SpentDay[]): number {
  const total = past.reduce((sum, { spentNano }) => sum + spentNano, 0);
  return total === 0 ? 0 : past.reduce((sum, { byNowNano }) => sum + byNowNano, 0) / total;
}

const DAY_MS = 86_400_000;

/** The days of the calendar from today to the last one of a period. */
function daysUntil(today: string, { to, timeZone }: Period): string[] {
  const last = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(to - 1));
  const first = Date.parse(`${today}T00:00:00Z`);
  const count = Math.max(1, Math.round((Date.parse(`${last}T00:00:00Z`) - first) / DAY_MS) + 1);
  return Array.from({ length: count }, (_, place) => new Date(first + place * DAY_MS).toISOString().slice(0, 10));
}
