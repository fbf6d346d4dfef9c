/**
 * What a routing system remembers while its process lives.
 *
 * Nothing here waits between looking at a balance and moving it, so no two calls take the same room.
 */

import type { CapabilityTier } from '../routing/catalogue';
import { type ClassPerformance, type RatingState, ratingKey } from '../routing/decision/knowledge';
import type { LearningParameters } from '../routing/decision/policy';
import { addRating } from '../routing/learning/ewma';
import type { BalanceMove, CallEnd, CallIdentity, ModelUse, Period, Reservation, Settlement } from '../routing/money/embedded-call';
import type { NanoUsd } from '../routing/units';
import { type PeriodBounds, periodAt } from './calendar';
import type { MoneySettings } from './config';
import { type PerformanceSums, performanceOf, withCall } from './performance';
import type { Learnt, Store } from './store';
import { limitOf } from './store';

/** Ended calls that suggestions may rest on: about a day of one call a second. */
const KEPT_CALLS = 100_000;

const PERIODS = ['day', 'month'] as const;
const DAY_MS = 86_400_000;

interface MovingBalance extends PeriodBounds {
  readonly period: Period;
  spentNano: NanoUsd;
  reservedNano: NanoUsd;
}

interface HeldCall {
  readonly call: CallIdentity;
  readonly amountNano: NanoUsd;
  /** The periods in which it was reserved. */
  readonly balances: readonly MovingBalance[];
}

interface EndedCall extends CallIdentity {
  readonly endedAt: number;
  readonly costNano: NanoUsd;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface MemoryStoreOptions {
  readonly money: MoneySettings;
  readonly learning: LearningParameters;
  readonly now: () => number;
}

export function createMemoryStore({ money, learning, now }: MemoryStoreOptions): Store {
  const held = new Map<string, HeldCall>();
  const sums = new Map<string, ReadonlyMap<string, PerformanceSums>>();
  const performance = new Map<string, ReadonlyMap<string, ClassPerformance>>();
  const none: ReadonlyMap<string, ClassPerformance> = new Map();
  let ratings: ReadonlyMap<string, RatingState> = new Map();
  let ended: EndedCall[] = [];
  const balances: Record<Period, MovingBalance> = { day: opened('day'), month: opened('month') };

  return {
    learnt: async (taskClass): Promise<Learnt> => ({
      ratings,
      performance: performance.get(taskClass) ?? none,
      spentNano: { day: current('day').spentNano, month: current('month').spentNano },
    }),

    reserve: async (call, amountNano) => reserve(call, amountNano),
    settle: async (id, end) => settle(id, end),

    async track(call, end) {
      held.set(call.id, { call, amountNano: 0, balances: PERIODS.map(current) });
      return settle(call.id, end);
    },

    async rate({ model, tier, score }) {
      const keys = [ratingKey(model), ratingKey(model, tier as CapabilityTier)];
      ratings = new Map([...ratings, ...keys.map((key) => [key, addRating(ratings.get(key), score, learning)] as const)]);
    },

    balances: async () =>
      PERIODS.map(current).map(({ period, spentNano, reservedNano, end }) => ({ period, spentNano, reservedNano, renewsAtMs: end })),
    use: async (days) => useOf(ended.filter(({ endedAt }) => endedAt > now() - days * DAY_MS)),
    close: async () => {},
  };

  function opened(period: Period): MovingBalance {
    return { period, ...periodAt(now(), period, money.timeZone), spentNano: 0, reservedNano: 0 };
  }

  /** The balance of the period that the clock is in. A call that was reserved in an earlier one keeps that one. */
  function current(period: Period): MovingBalance {
    const balance = balances[period];
    if (now() >= balance.start && now() < balance.end) return balance;
    balances[period] = opened(period);
    return balances[period];
  }

  function reserve(call: CallIdentity, amountNano: NanoUsd): Reservation {
    const here = PERIODS.map(current);
    const shortages = here.flatMap(({ period, spentNano, reservedNano, end }) => {
      const limitNano = limitOf(money, period);
      if (limitNano === undefined || spentNano + reservedNano + amountNano <= limitNano) return [];
      const leftNano = Math.max(limitNano - spentNano - reservedNano, 0);
      return [{ ok: false as const, period, limitNano, leftNano, mayFree: spentNano + amountNano <= limitNano, renewsAtMs: end }];
    });
    // One that is spent is told before one that may free.
    const short = shortages.find(({ mayFree }) => !mayFree) ?? shortages[0];
    if (short !== undefined) return short;
    for (const balance of here) balance.reservedNano += amountNano;
    held.set(call.id, { call, amountNano, balances: here });
    return { ok: true };
  }

  function settle(id: string, end: CallEnd): Settlement {
    const found = held.get(id);
    if (found === undefined) return { costNano: 0, moves: [] };
    held.delete(id);
    const { call, amountNano } = found;
    const costNano = end.costBasis === 'reserved' ? amountNano : (end.costNano ?? 0);
    const moves = found.balances.map((balance): BalanceMove => {
      const beforeNano = balance.spentNano;
      balance.reservedNano -= amountNano;
      balance.spentNano += costNano;
      return { period: balance.period, periodEndMs: balance.end, beforeNano, afterNano: balance.spentNano };
    });
    if (end.learns) learn(call, end);
    if (end.failureClass === undefined && end.inputTokens !== undefined && (end.costBasis === 'usage' || end.costBasis === 'reported')) {
      ended.push({ ...call, endedAt: now(), costNano, inputTokens: end.inputTokens, outputTokens: end.outputTokens ?? 0 });
      if (ended.length > 2 * KEPT_CALLS) ended = ended.slice(-KEPT_CALLS);
    }
    return { costNano, moves };
  }

  function learn({ model, taskClass }: CallIdentity, end: CallEnd): void {
    const next = new Map(sums.get(taskClass));
    next.set(model, withCall(next.get(model), end));
    sums.set(taskClass, next);
    performance.set(taskClass, new Map([...next].map(([id, each]) => [id, performanceOf(each)])));
  }
}

function useOf(calls: readonly EndedCall[]): readonly ModelUse[] {
  const uses = new Map<string, ModelUse>();
  for (const { model, taskClass, tier, costNano, inputTokens, outputTokens } of calls) {
    const key = JSON.stringify([taskClass, tier, model]);
    const use = uses.get(key) ?? { model, taskClass, tier, calls: 0, costNano: 0, inputTokens: 0, outputTokens: 0 };
    uses.set(key, {
      ...use,
      calls: use.calls + 1,
      costNano: use.costNano + costNano,
      inputTokens: use.inputTokens + inputTokens,
      outputTokens: use.outputTokens + outputTokens,
    });
  }
  return [...uses.values()];
}
