/**
 * What a program that routes by itself keeps in Postgres: each function is one statement and one round trip. What they do stands in
 * db/migrations/0009_embedded.sql. "System" is the name under which processes share money, calls and what was learnt.
 */

import type { Balance, CallEnd, CallIdentity, ModelUse, Reservation, Settlement } from '../../routing/money/embedded-call';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';

/** Of which program, by the name that its processes share. */
export interface EmbeddedCall extends CallIdentity {
  readonly system: string;
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

export interface EmbeddedCallEnd extends CallEnd {
  readonly id: string;
}

export function reserveEmbeddedCall({ sql }: Database, call: EmbeddedCallToReserve): Promise<Reservation> {
  return guarded('reserve the money of a call', async () => {
    const [row] = await sql<[{ result: Reservation }]>`SELECT reserve_embedded_call(${JSON.stringify(call)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Ends a call with its bill. The first end counts. */
export function settleEmbeddedCall({ sql }: Database, end: EmbeddedCallEnd): Promise<Settlement> {
  return guarded('settle a call', async () => {
    const [row] = await sql<[{ result: Settlement }]>`SELECT settle_embedded_call(${JSON.stringify(end)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Counts a call that nothing was reserved for. */
export function trackEmbeddedCall({ sql }: Database, call: EmbeddedCall & EmbeddedCallEnd): Promise<Settlement> {
  return guarded('count the use of a model', async () => {
    const [row] = await sql<[{ result: Settlement }]>`SELECT track_embedded_call(${JSON.stringify(call)}::text::jsonb) AS result`;
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

/** The present day and month, in this order. */
export function loadEmbeddedBalances({ sql }: Database, system: string, timeZone: string): Promise<readonly Balance[]> {
  return guarded('look where the money stands', async () => {
    return sql<Balance[]>`
      SELECT p.period, coalesce(b.spent_nano, 0)::double precision AS "spentNano", coalesce(b.reserved_nano, 0)::double precision AS "reservedNano",
        (extract(epoch FROM (date_trunc(p.period, now() AT TIME ZONE ${timeZone}) + ('1 ' || p.period)::interval) AT TIME ZONE ${timeZone}) * 1000)::double precision
          AS "renewsAtMs"
      FROM unnest(ARRAY['day', 'month']) AS p (period)
        LEFT JOIN embedded_balances b ON b.system = ${system} AND b.period = p.period AND b.period_start = date_trunc(p.period, now(), ${timeZone})
      ORDER BY p.period`;
  });
}

/** The use of each model for each class, over the days asked for. */
export function loadEmbeddedUse({ sql }: Database, system: string, days: number): Promise<readonly ModelUse[]> {
  return guarded('sum up the use of models', async () => {
    return sql<ModelUse[]>`
      SELECT model, task_class AS "taskClass", tier, count(*)::integer AS calls, sum(cost_nano)::double precision AS "costNano",
        sum(input_tokens)::double precision AS "inputTokens", sum(output_tokens)::double precision AS "outputTokens"
      FROM embedded_calls
      WHERE system = ${system} AND ended_at > now() - ${days} * interval '1 day' AND failure_class IS NULL AND input_tokens IS NOT NULL
        AND cost_basis IN ('usage', 'reported')
      GROUP BY model, task_class, tier ORDER BY task_class, tier, model`;
  });
}
