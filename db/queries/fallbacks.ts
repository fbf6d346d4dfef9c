/** How tasks went from model to model lately: chains and how often they held, breakers, rate limits. */

import type { ModelHealth } from '../../routing/decision/knowledge';
import { type Database, guarded } from '../connect';

/** A chain that tasks of a class had. */
export interface ChainUse {
  readonly taskClass: string;
  /** Ids of models, the chosen one first. */
  readonly chain: readonly string[];
  readonly tasks: number;
  /** Of the tasks that have ended: how many were answered, and how many needed a fallback. */
  readonly ended: number;
  readonly completed: number;
  readonly fellBack: number;
}

/** How calls of a model went on tasks of a class. */
export interface CallCount {
  readonly taskClass: string;
  readonly model: string;
  readonly calls: number;
  readonly answered: number;
}

export interface FallbackCount {
  readonly fromModel: string;
  readonly toModel: string;
  readonly failureClass: string;
  readonly times: number;
}

export interface RateLimitCount {
  readonly model: string;
  readonly kind: string;
  readonly times: number;
  readonly lastAt: Date;
  /** Longest Retry-After in milliseconds; null: none was given. */
  readonly longestRetryAfterMs: number | null;
}

export interface FallbackFigures {
  readonly chains: readonly ChainUse[];
  readonly calls: readonly CallCount[];
  readonly fallbacks: readonly FallbackCount[];
  readonly rateLimits: readonly RateLimitCount[];
  /** Of every model that ever failed. */
  readonly health: readonly { readonly model: string; readonly health: ModelHealth }[];
}

/** Most chains that are given, the most used first. */
const MOST_CHAINS = 200;

/** Work of the last hours; replays and dry runs are no part of it. */
export function fallbackFigures(db: Database, hours: number): Promise<FallbackFigures> {
  return guarded('look at the fallbacks', () =>
    db.sql.begin('isolation level repeatable read read only', async (sql) => {
      const since = sql`now() - make_interval(hours => ${hours})`;
      const chains = await sql<ChainUse[]>`
        SELECT d.task_class AS "taskClass", array(SELECT step->>'model' FROM jsonb_array_elements(d.record->'chain') AS step) AS chain,
          count(*)::integer AS tasks, count(o.task_id)::integer AS ended,
          (count(*) FILTER (WHERE o.kind = 'completed'))::integer AS completed,
          (count(*) FILTER (WHERE o.task_id IS NOT NULL AND d.task_id IN (SELECT task_id FROM fallback_events WHERE at >= ${since})))::integer
            AS "fellBack"
        FROM routing_decisions d JOIN tasks t ON t.id = d.task_id LEFT JOIN routing_outcomes o ON o.task_id = d.task_id
        WHERE d.decided_at >= ${since} AND d.kind = 'routed' AND t.purpose = 'work' AND NOT t.dry_run
        GROUP BY 1, 2 ORDER BY tasks DESC, 1 LIMIT ${MOST_CHAINS}`;
      const calls = await sql<CallCount[]>`
        SELECT d.task_class AS "taskClass", a.model, count(*)::integer AS calls, (count(*) FILTER (WHERE a.state = 'answered'))::integer AS answered
        FROM attempts a JOIN routing_decisions d ON d.task_id = a.task_id JOIN tasks t ON t.id = a.task_id
        WHERE a.ended_at >= ${since} AND t.purpose = 'work' AND a.part IS DISTINCT FROM 'check' GROUP BY 1, 2 ORDER BY 1, 2`;
      const fallbacks = await sql<FallbackCount[]>`
        SELECT f.from_model AS "fromModel", f.to_model AS "toModel", f.failure_class AS "failureClass", count(*)::integer AS times
        FROM fallback_events f JOIN tasks t ON t.id = f.task_id WHERE f.at >= ${since} AND t.purpose = 'work'
        GROUP BY 1, 2, 3 ORDER BY times DESC, 1, 2, 3`;
      const rateLimits = await sql<(Omit<RateLimitCount, 'lastAt'> & { lastAtMs: number })[]>`
        SELECT model, kind, count(*)::integer AS times, (extract(epoch FROM max(at)) * 1000)::float8 AS "lastAtMs", max(retry_after_ms) AS "longestRetryAfterMs"
        FROM rate_limit_events WHERE at >= ${since} GROUP BY 1, 2 ORDER BY times DESC, 1, 2`;
      const health = await sql<{ model: string; health: ModelHealth }[]>`SELECT model, health FROM model_health ORDER BY model`;
      const limits = rateLimits.map(({ lastAtMs, ...limit }) => ({ ...limit, lastAt: new Date(lastAtMs) }));
      return { chains, calls, fallbacks, rateLimits: limits, health };
    }),
  );
}
