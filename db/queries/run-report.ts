/** Totals over all work in a database, for the page at the end of a run. Replays of reviews are not work. */

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
      WITH work AS (SELECT id FROM tasks WHERE purpose = 'work'),
        ended AS (SELECT o.* FROM routing_outcomes o JOIN work ON work.id = o.task_id),
        calls AS (SELECT a.failure_class FROM attempts a JOIN work ON work.id = a.task_id)
      SELECT jsonb_build_object(
        'outcomes', (SELECT coalesce(jsonb_object_agg(kind, n), '{}') FROM (SELECT kind, count(*) AS n FROM ended GROUP BY kind) AS o),
        'withoutOneOutcome', (SELECT count(*) FROM work LEFT JOIN ended ON ended.task_id = work.id WHERE ended.task_id IS NULL),
        'models', (SELECT coalesce(jsonb_agg(m), '[]') FROM (
          SELECT model, count(*) AS tasks, sum(cost_nano) AS "costNano", avg(score) AS "meanScore"
          FROM ended WHERE kind = 'completed' GROUP BY model ORDER BY count(*) DESC, model) AS m),
        'failures', (SELECT coalesce(jsonb_agg(f), '[]') FROM (
          SELECT failure_class AS "failureClass", count(*) AS calls FROM calls WHERE failure_class IS NOT NULL
          GROUP BY failure_class ORDER BY count(*) DESC, failure_class) AS f),
        'calls', (SELECT count(*) FROM calls),
        'fellBack', (SELECT count(*) FROM ended o JOIN routing_decisions d ON d.task_id = o.task_id
          WHERE o.kind = 'completed' AND o.model <> d.model),
        'costNano', (SELECT coalesce(sum(c.cost_nano), 0) FROM cost_tracking c JOIN work ON work.id = c.task_id),
        'meanScore', (SELECT avg(score) FROM ended)
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

/** Tasks of one arm of a rollout that have ended, and what one of them cost in the mean; null without any. */
export interface ArmCost {
  readonly tasks: number;
  readonly meanCostNano: number | null;
}

/** What the tasks of a rollout's two arms cost. */
export function costOfArms(db: Database, rolloutId: string): Promise<{ readonly canary: ArmCost; readonly control: ArmCost }> {
  return guarded('add up the arms of a rollout', async () => {
    const rows = await db.sql<(ArmCost & { arm: 'canary' | 'control' })[]>`
      SELECT d.arm, count(*)::integer AS tasks, avg(o.cost_nano)::double precision AS "meanCostNano"
      FROM routing_decisions d JOIN routing_outcomes o ON o.task_id = d.task_id WHERE d.rollout_id = ${rolloutId} GROUP BY d.arm`;
    const of = (arm: 'canary' | 'control') => rows.find((row) => row.arm === arm) ?? { tasks: 0, meanCostNano: null };
    return { canary: of('canary'), control: of('control') };
  });
}
