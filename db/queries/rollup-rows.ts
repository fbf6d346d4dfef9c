/** The rows of roll-ups: their shape, how they are read and how they are written. */

import type postgres from 'postgres';
import type { ClassDemands } from '../../routing/review/figures/figures';
import type { RolledSums } from '../../routing/review/figures/rolled-figures';

/** A row of `class_rollups`. */
export interface Rollup extends RolledSums {
  /** Milliseconds since the epoch, as all instants here. */
  readonly periodStart: number;
  readonly taskClass: string;
  readonly model: string;
  readonly costSketch: Uint8Array;
  readonly latencySketch: Uint8Array;
  readonly demands: ClassDemands;
}

export type Sql = postgres.Sql | postgres.TransactionSql;

/** Rows as they arrive, a batch at a time: never all at once. */
export type Batches<T> = AsyncIterable<readonly T[]>;

/** Rows that are fetched or written at a time. */
export const BATCH = 500;

/** The columns of `Rollup`, for a SELECT. */
export function rollupColumns(sql: Sql) {
  return sql`${ms(sql, sql`period_start`)} AS "periodStart", task_class AS "taskClass", model, tasks, completed, failed, refused, cancelled, retried, graded, good,
    fractional, score_sum AS "scoreSum", score_square_sum AS "scoreSquareSum", cost_sum_nano::double precision AS "costSumNano",
    cost_square_sum AS "costSquareSum", latency_count AS "latencyCount", latency_sum_ms AS "latencySumMs",
    latency_square_sum AS "latencySquareSum", imported, cost_sketch AS "costSketch", latency_sketch AS "latencySketch", demands`;
}

/** Adds rows; there must be none of their periods. */
export async function insertRollups(sql: postgres.TransactionSql, grain: 'hour' | 'day', rows: readonly Rollup[]): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH) {
    const batch = rows.slice(at, at + BATCH).map((row) => ({
      ...row,
      periodStart: instant(row.periodStart),
      costSketch: base64(row.costSketch),
      latencySketch: base64(row.latencySketch),
    }));
    await sql`
      INSERT INTO class_rollups (grain, period_start, task_class, model, tasks, completed, failed, refused, cancelled, retried, graded, good,
          fractional, score_sum, score_square_sum, cost_sum_nano, cost_square_sum, latency_count, latency_sum_ms, latency_square_sum,
          imported, cost_sketch, latency_sketch, demands)
        SELECT ${grain}, "periodStart", "taskClass", model, tasks, completed, failed, refused, cancelled, retried, graded, good, fractional,
          "scoreSum", "scoreSquareSum", "costSumNano", "costSquareSum", "latencyCount", "latencySumMs", "latencySquareSum", imported,
          decode("costSketch", 'base64'), decode("latencySketch", 'base64'), demands
        FROM jsonb_to_recordset(${JSON.stringify(batch)}::text::jsonb) AS r ("periodStart" timestamptz, "taskClass" text, model text, tasks integer,
          completed integer, failed integer, refused integer, cancelled integer, retried integer, graded integer, good integer,
          fractional integer, "scoreSum" double precision, "scoreSquareSum" double precision, "costSumNano" bigint,
          "costSquareSum" double precision, "latencyCount" integer, "latencySumMs" double precision,
          "latencySquareSum" double precision, imported integer, "costSketch" text, "latencySketch" text, demands jsonb)`;
  }
}

/** Milliseconds since the epoch of an instant in SQL, exact where it is a whole number of them. */
export function ms(sql: Sql, at: postgres.PendingQuery<postgres.Row[]>) {
  return sql`(extract(epoch FROM ${at}) * 1000)::double precision`;
}

/** Milliseconds since the epoch as a parameter of type timestamptz. */
export function instant(at: number): string {
  return new Date(at).toISOString();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
