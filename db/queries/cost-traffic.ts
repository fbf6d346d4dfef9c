/** Recorded calls as a what-if sees them: how many tokens of each kind went to which class and model. */

import type { MoneyScope } from '../../routing/money/scope-text';
import type { CallCell } from '../../routing/money/what-if';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import { inScope } from './cost';
import { instant, type Sql } from './rollup-rows';

/** Calls of work of one class and model. */
export interface TrafficCell extends CallCell {
  readonly taskClass: string;
  readonly model: string;
  readonly costNano: NanoUsd;
}

export interface Traffic {
  readonly cells: readonly TrafficCell[];
  /** Calls of which no usage is known: in doubt, of unknown price, or without a count. What they cost cannot be asked of another model. */
  readonly unknown: { readonly calls: number; readonly costNano: NanoUsd };
}

export interface TrafficAsked {
  /** [from, to) in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly scope: MoneyScope;
}

/** @param borders of input tokens between which cells are apart, ascending, the first 0 */
export function loadTraffic(db: Database, asked: TrafficAsked, borders: readonly number[]): Promise<Traffic> {
  return guarded('load the recorded calls', async () => {
    const { sql } = db;
    const rows = await sql<(Omit<TrafficCell, 'aboveInputTokens' | 'usage'> & Record<string, number>)[]>`
      SELECT task_class AS "taskClass", model, width_bucket(input_tokens::bigint + cache_read_tokens + cache_write_tokens - 1, ${[...borders]}::bigint[]) AS bucket,
        count(*)::integer AS calls, sum(cost_nano)::double precision AS "costNano", sum(input_tokens)::double precision AS input,
        sum(cache_read_tokens)::double precision AS "cacheRead", sum(cache_write_tokens)::double precision AS "cacheWrite",
        sum(output_tokens)::double precision AS output, sum(reasoning_tokens)::double precision AS reasoning
      FROM cost_tracking WHERE ${workWithin(sql, asked)} AND ${isKnown(sql)} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
    const [unknown] = await sql<[Traffic['unknown']]>`
      SELECT count(*)::integer AS calls, coalesce(sum(cost_nano), 0)::double precision AS "costNano"
      FROM cost_tracking WHERE ${workWithin(sql, asked)} AND NOT ${isKnown(sql)}`;
    const cells = rows.map(
      ({ taskClass, model, calls, costNano, bucket = 0, input = 0, cacheRead = 0, cacheWrite = 0, output = 0, reasoning = 0 }) => ({
        taskClass,
        model,
        calls,
        costNano,
        aboveInputTokens: borders[Math.max(0, bucket - 1)] ?? 0,
        usage: {
          inputTokens: input,
          cacheReadTokens: cacheRead,
          cacheWriteTokens: cacheWrite,
          cacheWrite1hTokens: 0,
          outputTokens: output,
          reasoningTokens: reasoning,
        },
      }),
    );
    return { cells, unknown };
  });
}

function workWithin(sql: Sql, { from, to, scope }: TrafficAsked) {
  return sql`purpose = 'work' AND at >= ${instant(from)} AND at < ${instant(to)} AND ${inScope(sql, scope)}`;
}

function isKnown(sql: Sql) {
  return sql`(cost_basis IN ('usage', 'reported') AND input_tokens::bigint + cache_read_tokens + cache_write_tokens + output_tokens + reasoning_tokens > 0)`;
}

/** A call with what its decision was made from, to make it again under other rules. Carries no content. */
export interface RecordedCall {
  readonly taskId: string;
  readonly facts: unknown;
  readonly privacyTier: string;
  readonly residency: string | null;
  readonly priority: number;
  /** The decision as it was recorded, and what it was computed from. */
  readonly record: unknown;
  readonly inputs: unknown;
  readonly promptBytes: number;
  readonly messageCount: number;
  readonly model: string;
  readonly costNano: NanoUsd;
  readonly usage: CallCell['usage'];
}

/** A simple random sample of the recorded calls, the same whenever it is drawn; calls whose prompt was erased are not in it. */
export function sampleCalls(db: Database, asked: TrafficAsked, most: number): Promise<readonly RecordedCall[]> {
  return guarded('draw recorded calls', async () => {
    const { sql } = db;
    return sql<RecordedCall[]>`
      WITH drawn AS (
        SELECT * FROM cost_tracking WHERE ${workWithin(sql, asked)} AND ${isKnown(sql)} ORDER BY md5(attempt_id::text) LIMIT ${most}
      )
      SELECT t.id AS "taskId", t.facts, t.privacy_tier AS "privacyTier", t.residency, t.priority, d.record, d.inputs,
        p.prompt_bytes AS "promptBytes", json_array_length(p.prompt->'messages') AS "messageCount", c.model,
        c.cost_nano::double precision AS "costNano",
        jsonb_build_object('inputTokens', c.input_tokens, 'cacheReadTokens', c.cache_read_tokens, 'cacheWriteTokens', c.cache_write_tokens,
          'cacheWrite1hTokens', 0, 'outputTokens', c.output_tokens, 'reasoningTokens', c.reasoning_tokens) AS usage
      FROM drawn c JOIN tasks t ON t.id = c.task_id JOIN routing_decisions d ON d.task_id = c.task_id JOIN task_payloads p ON p.task_id = c.task_id
      WHERE json_typeof(p.prompt->'messages') = 'array'`;
  });
}
