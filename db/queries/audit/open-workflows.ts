/**
 * Open workflows against open tasks: the one invariant that two systems hold together. The tables know the tasks; whoever can
 * ask Temporal brings the workflows.
 */

import { type Database, guarded } from '../../connect';
import { type InvariantCheck, NAMED_VIOLATIONS, type Violation } from './invariant';

export interface OpenTasks {
  /** Open for longer than the grace: each must have a workflow. */
  readonly settled: readonly string[];
  /** Accepted or ended within the grace: each may have one. */
  readonly fresh: readonly string[];
}

/**
 * Ids of the tasks that have not ended, or only just. Replays have no workflow of their own: a shard of their review drives them.
 *
 * @param graceMs how long the start of a workflow may come after its task, and its end after the outcome; above the time in
 *   which upkeep starts what nothing started
 */
export function openTasks(db: Database, graceMs: number): Promise<OpenTasks> {
  return guarded('list the open tasks', async () => {
    const rows = await db.sql<{ id: string; isSettled: boolean }[]>`
      SELECT id, greatest(accepted_at, started_at) < now() - ${graceMs} * interval '1 millisecond' AS "isSettled"
      FROM tasks WHERE ended_at IS NULL AND purpose NOT IN ('replay', 'judge')
      UNION ALL
      SELECT task_id, false FROM routing_outcomes WHERE ended_at >= now() - ${graceMs} * interval '1 millisecond'`;
    return {
      settled: rows.filter(({ isSettled }) => isSettled).map(({ id }) => id),
      fresh: rows.filter(({ isSettled }) => !isSettled).map(({ id }) => id),
    };
  });
}

/**
 * Invariant 19. List the workflows first and the tasks after, so that a task that ends in between is no false alarm.
 *
 * @param workflowTaskIds ids of the tasks whose dispatch workflow is open
 */
export function compareOpenWorkflows(workflowTaskIds: Iterable<string>, { settled, fresh }: OpenTasks): InvariantCheck {
  const running = new Set(workflowTaskIds);
  const known = new Set([...settled, ...fresh]);
  const violations: Violation[] = [
    ...settled.filter((id) => !running.has(id)).map((id) => ({ subject: `task ${id}`, detail: 'is open and has no workflow' })),
    ...[...running]
      .filter((id) => !known.has(id))
      .map((id) => ({ subject: `workflow of task ${id}`, detail: 'is open and its task is not' })),
  ];
  return {
    invariant: 19,
    name: 'Open workflows and open tasks are the same.',
    violations: violations.slice(0, NAMED_VIOLATIONS),
    violationCount: violations.length,
    ms: 0,
  };
}
