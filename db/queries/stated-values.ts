/** Values that submitters stated, as they are kept to learn from: by day and by kind of task, in db/migrations/0011_learned_value.sql. */

import type { StatedValues } from '../../routing/slots/learned-value';
import { STATED_VALUES_DAYS } from '../../routing/slots/settings';
import { type Database, guarded } from '../connect';

/** Kinds of tasks that are learned from at most, the most frequent first: as many take a quarter of a second, every two minutes. */
const MOST_CELLS = 10_000;

/** What was stated in the last days, today among them, by kind of task. */
export function loadStatedValues(db: Database, days: number): Promise<readonly StatedValues[]> {
  return guarded('load the values that were stated', async () => {
    return db.sql<StatedValues[]>`
      SELECT jsonb_build_object('taskClass', task_class, 'layer', layer, 'team', team, 'key', key) AS cell, tasks::float8 AS tasks,
        (total / tasks)::float8 AS mean, greatest(0, (tasks * squares - total * total) / tasks)::float8 AS "squaredDeviations"
      FROM (
        SELECT task_class, layer, team, key, sum(tasks) AS tasks, sum(total) AS total, sum(squares) AS squares
        FROM stated_values WHERE day > (now() AT TIME ZONE 'UTC')::date - ${days}::integer GROUP BY 1, 2, 3, 4
      ) AS cells ORDER BY tasks DESC, task_class, layer, team, key LIMIT ${MOST_CELLS}`;
  });
}

/** Forgets days from which nobody learns any more. */
export function forgetStatedValues(db: Database): Promise<void> {
  return guarded('forget old stated values', async () => {
    await db.sql`DELETE FROM stated_values WHERE day <= (now() AT TIME ZONE 'UTC')::date - ${STATED_VALUES_DAYS}::integer`;
  });
}
