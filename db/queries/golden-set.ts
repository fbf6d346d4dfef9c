/** The golden sets of promoted changes: what they can be drawn from, their runs, and how these ended. */

import { failuresBlamedOn } from '../../routing/review/replay/failure-blame';
import type { GoldenFrame } from '../../routing/review/rollout/golden-set';
import type { WatchedOutcome, WatchPosition } from '../../routing/review/rollout/watch';
import type { BudgetScope } from '../../routing/task/task';
import { type Database, guarded } from '../connect';
import type { WatchQuery } from './watched';

/**
 * The tasks that the candidate answered in the first pass it was replayed in, as far as they have their content, and the strata of
 * that pass. Undefined: tonight has its run, or there is no such rollout.
 */
export function loadGoldenFrame(db: Database, rolloutId: string): Promise<GoldenFrame | undefined> {
  return guarded('read what a golden set can be drawn from', async () => {
    const [row] = await db.sql<GoldenFrame[]>`
      SELECT coalesce(p.samples->(a.pass - 1)->'strata', '[]') AS strata, (
          SELECT coalesce(jsonb_agg(jsonb_build_object('taskId', s.task_id, 'stratum', s.stratum, 'score', x.score)), '[]')
          FROM replay_samples s JOIN task_payloads w ON w.task_id = s.task_id
            JOIN replay_results x ON x.proposal_id = s.proposal_id AND x.task_id = s.task_id AND x.role = 'candidate'
              AND x.model = r.plan->>'candidate' AND x.outcome = 'scored'
          WHERE s.proposal_id = p.id AND s.pass = a.pass AND NOT s.is_sentinel) AS tasks
      FROM rollouts r JOIN proposals p ON p.id = r.proposal_id CROSS JOIN LATERAL (
        SELECT min(x.pass)::integer AS pass FROM replay_results x
        WHERE x.proposal_id = p.id AND x.role = 'candidate' AND x.model = r.plan->>'candidate') AS a
      WHERE r.id = ${rolloutId} AND NOT EXISTS (
        SELECT FROM golden_runs g WHERE g.rollout_id = r.id AND g.night = (clock_timestamp() AT TIME ZONE 'UTC')::date)`;
    return row;
  });
}

/** A run of a golden set: an id for each of its tasks. */
export interface GoldenRun {
  readonly rolloutId: string;
  /** Whose budgets its calls are counted in. */
  readonly scope: BudgetScope;
  readonly tasks: readonly { readonly taskId: string; readonly goldenTaskId: string }[];
}

/** Accepts tonight's run. Returns its tasks; 0 when tonight has one, or the change is not watched any more. */
export function acceptGoldenRun(db: Database, run: GoldenRun): Promise<number> {
  return guarded('run a golden set', async () => {
    const [row] = await db.sql<[{ result: number }]>`SELECT run_golden_set(${JSON.stringify(run)}::text::jsonb) AS result`;
    return row.result;
  });
}

/**
 * The next outcomes of a golden set after a position, oldest first, at most `limit`.
 *
 * The quality is that of the candidate's own answer; 0 where the task failed and the candidate by its own fault; null where another
 * model answered, or its provider was out of order. What was refused is not among them: our budget is not its doing.
 */
export function goldenOutcomesSince(
  db: Database,
  query: Omit<WatchQuery, 'classes'> & { readonly rolloutId: string },
  after: WatchPosition | null,
  limit: number,
): Promise<readonly WatchedOutcome[]> {
  const { rolloutId, candidate, scale, promotedVersion, lagMs } = query;
  const { at, taskId } = after ?? { at: '-infinity', taskId: '00000000-0000-0000-0000-000000000000' };
  return guarded('read the outcomes of a golden set', async () => {
    const rows = await db.sql<WatchedOutcome[]>`
      SELECT to_char(t.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, t.id AS "taskId",
        CASE WHEN o.kind = 'failed' AND own.failure_class = ANY (${[...failuresBlamedOn('model')]}) THEN 0::float8
          WHEN o.model = d.model AND ${scale} = 'binary' THEN (o.score >= 0.5)::integer::float8
          WHEN o.model = d.model THEN o.score END AS quality,
        own.served_model AS "servedAs"
      FROM golden_runs g JOIN tasks t ON t.id = g.golden_task_id JOIN routing_decisions d ON d.task_id = t.id
        JOIN routing_outcomes o ON o.task_id = t.id LEFT JOIN LATERAL (
          SELECT a.failure_class, a.served_model FROM attempts a WHERE a.task_id = t.id AND a.model = d.model ORDER BY a.number DESC LIMIT 1) AS own ON true
      WHERE g.rollout_id = ${rolloutId} AND t.ended_at >= ${at}::timestamptz AND (t.ended_at, t.id) > (${at}::timestamptz, ${taskId}::uuid)
        AND t.ended_at <= clock_timestamp() - ${lagMs} * interval '1 millisecond'
        AND d.model = ${candidate} AND d.policy_version >= ${promotedVersion} AND o.kind IN ('completed', 'failed')
      ORDER BY t.ended_at, t.id LIMIT ${limit}`;
    return [...rows];
  });
}

/** How far a golden set has been run. */
export interface GoldenRuns {
  readonly nights: number;
  readonly tasks: number;
}

export function countGoldenRuns(db: Database, rolloutId: string): Promise<GoldenRuns> {
  return guarded('count the runs of a golden set', async () => {
    const [row] = await db.sql<[GoldenRuns]>`
      SELECT count(DISTINCT night)::integer AS nights, count(*)::integer AS tasks FROM golden_runs WHERE rollout_id = ${rolloutId}`;
    return row;
  });
}
