/**
 * What a routing system remembers, in memory or in Postgres: the same promises in both.
 *
 * Money is reserved in the present day and month, or in neither, and no other call can take the room in between. What a call
 * cost is counted in the periods in which it was reserved, however late it ends.
 */

import type { ClassPerformance, RatingState } from '../routing/decision/knowledge';
import type { Balance, CallEnd, CallIdentity, ModelUse, Period, Reservation, Settlement } from '../routing/money/embedded-call';
import type { NanoUsd } from '../routing/units';
import type { MoneySettings } from './config';

/** What a decision rests on. The maps are the same objects while nothing in them has changed, and never change themselves. */
export interface Learnt {
  /** By `ratingKey`. */
  readonly ratings: ReadonlyMap<string, RatingState>;
  /** Of one class, by model. */
  readonly performance: ReadonlyMap<string, ClassPerformance>;
  readonly spentNano: Readonly<Record<Period, NanoUsd>>;
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
