/** Ratings as people give them: what is rated when nobody names a task. */

import { type Database, guarded } from '../connect';

/** A routing decision as a rating refers to it. */
export interface RatedDecision {
  readonly taskId: string;
  readonly taskClass: string;
  readonly tier: string;
  /** Who answered; before the answer, whoever was chosen. */
  readonly model: string;
  /** Null when it was erased. */
  readonly prompt: unknown;
}

/**
 * The decision on the newest task of the owner that has one, dry runs included: whoever makes the call by themselves rates it all the same.
 *
 * @param model only decisions on this model
 * @returns undefined when there is none
 */
export function lastDecision(db: Database, owner: string, model?: string): Promise<RatedDecision | undefined> {
  return guarded('find the last decision', async () => {
    const { sql } = db;
    const [row] = await sql<RatedDecision[]>`
      SELECT d.task_id AS "taskId", d.task_class AS "taskClass", d.tier, coalesce(o.model, d.model) AS model, p.prompt
      FROM routing_decisions d JOIN tasks t ON t.id = d.task_id LEFT JOIN task_payloads p ON p.task_id = d.task_id
        LEFT JOIN routing_outcomes o ON o.task_id = d.task_id
      WHERE t.owner = ${owner} AND t.purpose = 'work' AND d.kind = 'routed'
        AND ${model === undefined ? sql`true` : sql`coalesce(o.model, d.model) = ${model}`}
      ORDER BY t.id DESC LIMIT 1`;
    return row;
  });
}
