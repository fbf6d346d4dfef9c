/**
 * A call of a program that routes by itself, as its money is kept.
 *
 * In the memory of the process and in Postgres alike, of which neither brings the other with it.
 */

import type { NanoUsd } from '../units';
import type { CostBasis } from './cost-basis';

export type Period = 'day' | 'month';

/** A call as it is counted. */
export interface CallIdentity {
  readonly id: string;
  readonly model: string;
  readonly taskClass: string;
  readonly tier: string;
}

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
  /** Empty when the call had ended already. */
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
