/**
 * Limits on spending: what a limit is, whom it concerns, and the words in which a task is told that there is no room.
 *
 * Whether there is room is decided by one conditional update in the database; nothing here counts money.
 */

import type { BudgetScope } from '../task/task';
import { formatUsd, type NanoUsd } from '../units';

/** What a limit renews with. `request` limits one call and never fills up. */
export type BudgetPeriod = 'day' | 'month' | 'request';

/** Whose money is limited. `global` is everyone's. */
export type BudgetScopeKind = 'global' | 'team' | 'project' | 'tag' | 'key';

export interface BudgetLimit {
  readonly id: string;
  readonly scopeKind: BudgetScopeKind;
  /** Which team, project, tag or key; meaningless for `global`. */
  readonly scopeId: string;
  readonly period: BudgetPeriod;
  readonly limitNanoUsd: NanoUsd;
  /** A hard limit refuses; a soft one only warns. */
  readonly hard: boolean;
  /** IANA name of the zone in which a day or month begins. */
  readonly timeZone: string;
  /** Share of the limit from which a warning is given, in (0, 1]. */
  readonly warnAt: number;
}

/** True when money spent in this scope counts against the limit. */
export function appliesTo(limit: Pick<BudgetLimit, 'scopeKind' | 'scopeId'>, scope: BudgetScope): boolean {
  return limit.scopeKind === 'global' || scope[limit.scopeKind] === limit.scopeId;
}

/** The budget in words: `the daily budget of team "search"`. */
export function describeBudget(limit: Pick<BudgetLimit, 'scopeKind' | 'scopeId' | 'period'>): string {
  const kind = { day: 'daily budget', month: 'monthly budget', request: 'limit per request' }[limit.period];
  return limit.scopeKind === 'global' ? `the ${kind} of everyone` : `the ${kind} of ${limit.scopeKind} "${limit.scopeId}"`;
}

/**
 * Why a task is refused, for the person who pays: which budget, how much is left of it, and when it renews.
 *
 * @param leftNanoUsd what is neither spent nor reserved; for a limit per request, the limit itself
 * @param renewsAt    start of the next period, in milliseconds since the epoch; absent for a limit per request
 */
export function describeBudgetRefusal(limit: BudgetLimit, leftNanoUsd: NanoUsd, renewsAt?: number): string {
  const budget = describeBudget(limit);
  if (limit.period === 'request' || renewsAt === undefined) {
    return `This call could cost more than ${budget} allows, which is ${formatUsd(limit.limitNanoUsd)}. Ask for fewer output tokens or a cheaper model, or raise the limit.`;
  }
  const left = formatUsd(Math.max(leftNanoUsd, 0));
  const instant = new Date(renewsAt).toISOString();
  const renewal = `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC (the next ${limit.period} in ${limit.timeZone})`;
  return `This call could cost more than is left of ${budget}: ${left} of ${formatUsd(limit.limitNanoUsd)}. It renews at ${renewal}. Wait, choose a cheaper model, or raise the limit.`;
}
