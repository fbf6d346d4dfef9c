/**
 * What a routing system remembers, in memory or in Postgres: the same promises in both.
 *
 * Money is reserved in the present day and month, or in neither, and no other call can take the room in between. What a call
 * cost is counted in the periods in which it was reserved, however late it ends.
 */

import type { ClassPerformance, RatingState } from '../routing/decision/knowledge';
import type { NanoUsd } from '../routing/units';
import type { MoneySettings } from './config';

export type Period = 'day' | 'month';

/** What a decision rests on. The maps are the same objects while nothing in them has changed, and never change themselves. */
export interface Learnt {
  /** By `ratingKey`. */
  readonly ratings: ReadonlyMap<string, RatingState>;
  /** Of one class, by model. */
  readonly performance: ReadonlyMap<string, ClassPerformance>;
  readonly spentNano: Readonly<Record<Period, NanoUsd>>;
}

/** A call as it is counted. */
export interface CallIdentity {
  readonly id: string;
  readonly model: string;
  readonly taskClass: string;
  readonly tier: string;
}

/** Where the cost of a call comes from, as in the ledger of durable tasks. */
export type CostBasis = 'usage' | 'reported' | 'reserved' | 'none' | 'unknown';

/** How a call ended. */
export interface CallEnd {
  readonly costBasis: CostBasis;
  /** With the bases `usage` and `reported`. */
  readonly costNano?: NanoUsd | undefined;
  /** Absent: it was answered. */
  readonly failureClass?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly latencyMs?: number | undefined;
  /** In [0, 1]. */
  readonly score?: number | undefined;
  /** Actual over expected tokens of the answer. */
  readonly outputRatio?: number | undefined;
  readonly learns: boolean;
}

/** A limit that has no room for a call. */
export interface Shortage {
  readonly period: Period;
  readonly limitNano: NanoUsd;
  readonly leftNano: NanoUsd;
  /** Open reservations hold the room. */
  readonly mayFree: boolean;
  readonly renewsAtMs: number;
}

export type Reservation = { readonly ok: true } | ({ readonly ok: false } & Shortage);

/** What was spent in a period, before and after a call. */
export interface BalanceMove {
  readonly period: Period;
  readonly periodEndMs: number;
  readonly beforeNano: NanoUsd;
  readonly afterNano: NanoUsd;
}

export interface Settlement {
  readonly costNano: NanoUsd;
  readonly moves: readonly BalanceMove[];
}

export interface Balance {
  readonly period: Period;
  readonly spentNano: NanoUsd;
  readonly reservedNano: NanoUsd;
  readonly renewsAtMs: number;
}

/** Answered calls of one model for one class, whose tokens are known. */
export interface ModelUse {
  readonly model: string;
  readonly taskClass: string;
  readonly tier: string;
  readonly calls: number;
  readonly costNano: NanoUsd;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface NewRating {
  readonly id: string;
  readonly model: string;
  readonly provider: string;
  readonly tier: string;
  readonly taskClass: string;
  /** 1 to 5. */
  readonly score: number;
  readonly source: 'person' | 'grader';
}

export interface Store {
  learnt(taskClass: string): Promise<Learnt>;
  /** @param holdMs after this long without an end the call is taken for dead and charged in full */
  reserve(call: CallIdentity, amountNano: NanoUsd, holdMs: number): Promise<Reservation>;
  /** The first end of a call counts. */
  settle(id: string, end: CallEnd): Promise<Settlement>;
  /** Counts a call that nothing was reserved for. */
  track(call: CallIdentity, end: CallEnd): Promise<Settlement>;
  rate(rating: NewRating): Promise<void>;
  /** Of the present day and month, in this order. */
  balances(): Promise<readonly Balance[]>;
  /** Of the last days. */
  use(days: number): Promise<readonly ModelUse[]>;
  close(): Promise<void>;
}

/** What a limit leaves for a period; undefined: there is none. */
export function limitOf(money: MoneySettings, period: Period): NanoUsd | undefined {
  return period === 'day' ? money.dayLimitNano : money.monthLimitNano;
}
