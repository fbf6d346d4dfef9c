/**
 * What a program that routes by itself keeps in Postgres: each function is one statement and one round trip. What they do stands in
 * db/migrations/0009_embedded.sql. "System" is the name under which processes share money, calls and what was learnt.
 */

import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import type { CostBasis } from './ledger';

export interface EmbeddedCall {
  readonly id: string;
  readonly system: string;
  /** Catalogue id. */
  readonly model: string;
  readonly taskClass: string;
  readonly tier: string;
  /** IANA name of the zone that days and months are counted in. */
  readonly timeZone: string;
}

export interface EmbeddedCallToReserve extends EmbeddedCall {
  readonly amountNano: NanoUsd;
  /** How long the reservation holds before the call is taken for dead and charged in full, in milliseconds. */
  readonly holdMs: number;
  /** Absent: no limit. */
  readonly dayLimitNano?: NanoUsd | undefined;
  readonly monthLimitNano?: NanoUsd | undefined;
}

export type EmbeddedReservation =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly period: 'day' | 'month';
      readonly limitNano: NanoUsd;
      readonly leftNano: NanoUsd;
      /** Open reservations hold the room: it may come back before the period renews. */
      readonly mayFree: boolean;
      readonly renewsAtMs: number;
    };

export interface EmbeddedCallEnd {
  readonly id: string;
  readonly costBasis: CostBasis;
  /** Needed with the bases `usage` and `reported`. */
  readonly costNano?: NanoUsd | undefined;
  /** Absent: it was answered. */
  readonly failureClass?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly latencyMs?: number | undefined;
  /** How good the answer was, in [0, 1]. */
  readonly score?: number | undefined;
  /** Actual over expected tokens of the answer. */
  readonly outputRatio?: number | undefined;
  /** Whether later decisions may rest on it. */
  readonly learns: boolean;
}

export interface EmbeddedSettlement {
  readonly costNano: NanoUsd;
  /** Balances that were moved; empty when the call had ended already. */
  readonly moves: readonly {
    readonly period: 'day' | 'month';
    readonly periodEndMs: number;
    readonly beforeNano: NanoUsd;
    readonly afterNano: NanoUsd;
  }[];
}

export function reserveEmbeddedCall({ sql }: Database, call: EmbeddedCallToReserve): Promise<EmbeddedReservation> {
  return guarded('reserve the money of a call', async () => {
    const [row] = await sql<
      [{ result: EmbeddedReservation }]
    >`SELECT reserve_embedded_call(${JSON.stringify(call)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Ends a call with its bill. The first end counts. */
export function settleEmbeddedCall({ sql }: Database, end: EmbeddedCallEnd): Promise<EmbeddedSettlement> {
  return guarded('settle a call', async () => {
    const [row] = await sql<[{ result: EmbeddedSettlement }]>`SELECT settle_embedded_call(${JSON.stringify(end)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Counts a call that nothing was reserved for. */
export function trackEmbeddedCall({ sql }: Database, call: EmbeddedCall & EmbeddedCallEnd): Promise<EmbeddedSettlement> {
  return guarded('count the use of a model', async () => {
    const [row] = await sql<[{ result: EmbeddedSettlement }]>`SELECT track_embedded_call(${JSON.stringify(call)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** What a decision rests on, each part as the text of a JSON list: the same text while nothing in it changed. */
export interface EmbeddedKnowledge {
  /** `[{key, ewma, count}]`, of all models. */
  readonly ratings: string;
  /** `[{model, attempts, successes, graded, meanScore?, meanLatencyMs?, outputRatio?}]`, of one class. */
  readonly performance: string;
  readonly spentTodayNano: NanoUsd;
  readonly spentThisMonthNano: NanoUsd;
}

export function loadEmbeddedKnowledge({ sql }: Database, system: string, taskClass: string, timeZone: string): Promise<EmbeddedKnowledge> {
  return guarded('load what is known of the models', async () => {
    const spent = (period: 'day' | 'month') => sql`
      coalesce((SELECT spent_nano FROM embedded_balances WHERE system = ${system} AND period = ${period}
        AND period_start = date_trunc(${period}, now(), ${timeZone})), 0)::double precision`;
    const [row] = await sql<[EmbeddedKnowledge]>`
      SELECT
        (SELECT coalesce(jsonb_agg(jsonb_build_object('ewma', ewma, 'count', ratings,
            'key', CASE grain WHEN 'all' THEN model ELSE model || '#' || cell END) ORDER BY model, cell), '[]')::text
          FROM model_performance WHERE grain IN ('all', 'tier') AND ewma IS NOT NULL) AS ratings,
        (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('model', model, 'attempts', attempts, 'successes', successes,
            'graded', graded, 'meanScore', score_sum / nullif(graded, 0), 'meanLatencyMs', latency_sum_ms / nullif(latency_count, 0),
            'outputRatio', exp(output_log_ratio_sum / nullif(output_count, 0)))) ORDER BY model), '[]')::text
          FROM embedded_performance WHERE system = ${system} AND task_class = ${taskClass}) AS performance,
        ${spent('day')} AS "spentTodayNano", ${spent('month')} AS "spentThisMonthNano"`;
    return row;
  });
}

export interface EmbeddedBalance {
  readonly period: 'day' | 'month';
  readonly spentNano: NanoUsd;
  readonly reservedNano: NanoUsd;
  readonly renewsAtMs: number;
}

/** The present day and month, in this order. */
export function loadEmbeddedBalances({ sql }: Database, system: string, timeZone: string): Promise<readonly EmbeddedBalance[]> {
  return guarded('look where the money stands', async () => {
    return sql<EmbeddedBalance[]>`
      SELECT p.period, coalesce(b.spent_nano, 0)::double precision AS "spentNano", coalesce(b.reserved_nano, 0)::double precision AS "reservedNano",
        (extract(epoch FROM (date_trunc(p.period, now() AT TIME ZONE ${timeZone}) + ('1 ' || p.period)::interval) AT TIME ZONE ${timeZone}) * 1000)::double precision
          AS "renewsAtMs"
      FROM unnest(ARRAY['day', 'month']) AS p (period)
        LEFT JOIN embedded_balances b ON b.system = ${system} AND b.period = p.period AND b.period_start = date_trunc(p.period, now(), ${timeZone})
      ORDER BY p.period`;
  });
}

/** The use of one model for one class, over the days asked for. */
export interface EmbeddedUse {
  readonly model: string;
  readonly taskClass: string;
  readonly tier: string;
  /** Answered calls whose tokens are known. */
  readonly calls: number;
  readonly costNano: NanoUsd;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export function loadEmbeddedUse({ sql }: Database, system: string, days: number): Promise<readonly EmbeddedUse[]> {
  return guarded('sum up the use of models', async () => {
    return sql<EmbeddedUse[]>`
      SELECT model, task_class AS "taskClass", tier, count(*)::integer AS calls, sum(cost_nano)::double precision AS "costNano",
        sum(input_tokens)::double precision AS "inputTokens", sum(output_tokens)::double precision AS "outputTokens"
      FROM embedded_calls
      WHERE system = ${system} AND ended_at > now() - ${days} * interval '1 day' AND failure_class IS NULL AND input_tokens IS NOT NULL
        AND cost_basis IN ('usage', 'reported')
      GROUP BY model, task_class, tier ORDER BY task_class, tier, model`;
  });
}
