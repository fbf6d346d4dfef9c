/** What a watch over a promoted change reads: new outcomes in their order, and who answered. */

import type { Route } from '../../routing/decision/policy';
import type { WatchedOutcome, WatchPosition } from '../../routing/review/rollout/watch';
import { type Database, guarded } from '../connect';
import { taskLabel } from './arms';

/** Whose outcomes are watched. */
export interface WatchQuery {
  readonly classes: readonly string[];
  readonly candidate: string;
  readonly scale: 'binary' | 'score';
  /** Version that promoted it: only what was decided since counts. */
  readonly promotedVersion: number;
  /** Younger outcomes are left for the next look: another of the same instant may still be on its way, in milliseconds. */
  readonly lagMs: number;
}

/** The next outcomes after a position, oldest first, at most `limit`. Those without a label are among them, with null. */
export function outcomesSince(
  db: Database,
  query: WatchQuery,
  after: WatchPosition | null,
  limit: number,
): Promise<readonly WatchedOutcome[]> {
  const { sql } = db;
  const { at, taskId } = after ?? { at: '-infinity', taskId: '00000000-0000-0000-0000-000000000000' };
  return guarded('read the outcomes of a promoted model', async () => {
    const rows = await sql<WatchedOutcome[]>`
      SELECT to_char(t.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, t.id AS "taskId",
        CASE WHEN ${query.scale} = 'binary' THEN (l.label >= 0.5)::integer::float8 ELSE l.label END AS quality,
        (SELECT a.served_model FROM attempts a WHERE a.task_id = t.id AND a.id = o.attempt_id AND a.model = d.model) AS "servedAs"
      FROM tasks t JOIN routing_decisions d ON d.task_id = t.id JOIN routing_outcomes o ON o.task_id = t.id
        LEFT JOIN task_payloads p ON p.task_id = t.id CROSS JOIN LATERAL (SELECT ${taskLabel(db)} AS label) l
      WHERE t.purpose = 'work' AND t.task_class = ANY (${[...query.classes]}) AND t.ended_at >= ${at}::timestamptz
        AND (t.ended_at, t.id) > (${at}::timestamptz, ${taskId}::uuid)
        AND t.ended_at <= clock_timestamp() - ${query.lagMs} * interval '1 millisecond'
        AND NOT t.dry_run AND d.model = ${query.candidate} AND d.policy_version >= ${query.promotedVersion} AND o.kind IN ('completed', 'failed')
      ORDER BY t.ended_at, t.id LIMIT ${limit}`;
    return [...rows];
  });
}

/** Names under which the provider served the candidate to the tasks that a rollout moved: what was approved. */
export function servedInCanary(db: Database, rolloutId: string, candidate: string): Promise<readonly string[]> {
  return guarded('read which models were served', async () => {
    const rows = await db.sql<{ servedModel: string }[]>`
      SELECT DISTINCT a.served_model AS "servedModel" FROM routing_decisions d JOIN attempts a ON a.task_id = d.task_id AND a.decision_id = d.id
      WHERE d.rollout_id = ${rolloutId} AND d.arm = 'canary' AND a.model = ${candidate} AND a.served_model IS NOT NULL ORDER BY 1`;
    return rows.map(({ servedModel }) => servedModel);
  });
}

/** The routes that the active policy has for some classes; a class without one is absent. */
export function activeRoutes(db: Database, classes: readonly string[]): Promise<Readonly<Record<string, Route>>> {
  return guarded('read the routes in force', async () => {
    const [row] = await db.sql<[{ routes: Record<string, Route> | null }]>`
      SELECT (SELECT jsonb_object_agg(name, body->'classes'->name->'route') FROM unnest(${[...classes]}::text[]) AS name
        WHERE body->'classes'->name ? 'route') AS routes FROM policy_versions WHERE active`;
    return row.routes ?? {};
  });
}
