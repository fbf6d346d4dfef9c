/** Totals over everything in a database, for the page at the end of a run. */

import { type Database, guarded } from '../connect';

export interface RunReport {
  /** Ended tasks by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Tasks that do not have exactly one outcome. */
  readonly withoutOneOutcome: number;
  /** What answered, most tasks first. */
  readonly models: readonly {
    readonly model: string;
    readonly tasks: number;
    readonly costNano: number;
    readonly meanScore: number | null;
  }[];
  /** Failed calls by class, most first. */
  readonly failures: readonly { readonly failureClass: string; readonly calls: number }[];
  readonly calls: number;
  /** Tasks that were answered by another model than the one chosen first. */
  readonly fellBack: number;
  readonly costNano: number;
  /** Mean score of graded tasks, in [0, 1]; null when none was graded. */
  readonly meanScore: number | null;
}

/** Reads the totals in one round trip. */
export function runReport(db: Database): Promise<RunReport> {
  return guarded('add up the run', async () => {
    const [row] = await db.sql<[{ result: RunReport }]>`
      SELECT jsonb_build_object(
        'outcomes', (SELECT coalesce(jsonb_object_agg(kind, n), '{}') FROM (SELECT kind, count(*) AS n FROM routing_outcomes GROUP BY kind) AS o),
        'withoutOneOutcome', (SELECT count(*) FROM tasks t LEFT JOIN routing_outcomes o ON o.task_id = t.id WHERE o.task_id IS NULL),
        'models', (SELECT coalesce(jsonb_agg(m), '[]') FROM (
          SELECT o.model, count(*) AS tasks, sum(o.cost_nano) AS "costNano", avg(o.score) AS "meanScore"
          FROM routing_outcomes o WHERE o.kind = 'completed' GROUP BY o.model ORDER BY count(*) DESC, o.model) AS m),
        'failures', (SELECT coalesce(jsonb_agg(f), '[]') FROM (
          SELECT failure_class AS "failureClass", count(*) AS calls FROM attempts WHERE failure_class IS NOT NULL
          GROUP BY failure_class ORDER BY count(*) DESC, failure_class) AS f),
        'calls', (SELECT count(*) FROM attempts),
        'fellBack', (SELECT count(*) FROM routing_outcomes o JOIN routing_decisions d ON d.task_id = o.task_id
          WHERE o.kind = 'completed' AND o.model <> d.model),
        'costNano', (SELECT coalesce(sum(cost_nano), 0) FROM cost_tracking),
        'meanScore', (SELECT avg(score) FROM routing_outcomes)
      ) AS result`;
    return row.result;
  });
}

/** What became of the calls of one worker process. */
export function callsOfWorker(
  db: Database,
  worker: string,
): Promise<{ readonly running: number; readonly inDoubt: number; readonly inDoubtNano: number }> {
  return guarded('look at the calls of a worker', async () => {
    const [row] = await db.sql<[{ result: { running: number; inDoubt: number; inDoubtNano: number } }]>`
      SELECT jsonb_build_object('running', count(*) FILTER (WHERE state = 'running'),
        'inDoubt', count(*) FILTER (WHERE state = 'in_doubt' AND failure_class = 'in-doubt'),
        'inDoubtNano', coalesce(sum(cost_nano) FILTER (WHERE state = 'in_doubt' AND failure_class = 'in-doubt'), 0)) AS result
      FROM attempts WHERE worker = ${worker}`;
    return row.result;
  });
}
