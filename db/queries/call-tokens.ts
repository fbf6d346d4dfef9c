/** Token counts of recent calls. */

import type { ModelTokens } from '../../routing/review/propose/call-tokens';
import { type Database, guarded } from '../connect';

/** Newest tasks of each class whose calls are read: a mean that a price is multiplied by needs no more. */
const TASKS_PER_CLASS = 200;

/**
 * Mean tokens per call and model of some classes, from the newest tasks of a window. Only calls whose provider said what it used.
 *
 * @param window ends of the tasks that count, [from, to) in milliseconds since the epoch
 */
export function loadCallTokens(
  db: Database,
  classes: readonly string[],
  window: { readonly from: number; readonly to: number },
): Promise<readonly ModelTokens[]> {
  return guarded('load the token counts of a class', async () => {
    const rows = await db.sql<ModelTokens[]>`
      SELECT c.model, count(*)::integer AS calls,
        avg(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens)::double precision AS "inputTokens",
        avg(c.output_tokens + c.reasoning_tokens)::double precision AS "outputTokens"
      FROM unnest(${[...classes]}::text[]) AS names (name)
        CROSS JOIN LATERAL (SELECT t.id FROM tasks t
          WHERE t.task_class = names.name AND t.purpose = 'work' AND t.ended_at >= to_timestamp(${window.from / 1000}) AND t.ended_at < to_timestamp(${window.to / 1000})
          ORDER BY t.ended_at DESC LIMIT ${TASKS_PER_CLASS}) AS recent
        JOIN cost_tracking c ON c.task_id = recent.id
        JOIN attempts a ON a.task_id = c.task_id AND a.decision_id = c.decision_id AND a.id = c.attempt_id
      WHERE a.part IS DISTINCT FROM 'check' AND c.cost_basis IN ('usage', 'reported') AND c.input_tokens + c.output_tokens > 0
      GROUP BY c.model`;
    return rows;
  });
}
