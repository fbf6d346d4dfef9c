/** Past tasks with content, so that a replay could be drawn from them: each with a prompt of its own unless it says otherwise. */

import type { Database } from '../../db/connect';
import { DAY_MS, HOUR_MS } from '../../routing/review/settings';
import { type EndedTask, insertEndedTasks } from './ended-tasks';

export interface ReplayableTasks extends Omit<EndedTask, 'endedAt'> {
  readonly count: number;
  /** Different prompts among them; as many as tasks unless said otherwise. */
  readonly prompts?: number;
  readonly hasGrader?: boolean;
  /** Their content was erased. */
  readonly isErased?: boolean;
  readonly team?: (index: number) => string;
  readonly constraints?: object;
  readonly affinityKey?: string;
}

const GRADER = { kind: 'exact', expected: 'yes' };

/** Adds tasks that ended within ten hours of the day before yesterday: few hours are quickly rolled up. Returns their ids. */
export async function insertReplayableTasks(db: Database, tasks: ReplayableTasks): Promise<readonly string[]> {
  const { count, prompts = count, hasGrader = true, isErased = false, team, constraints = {}, affinityKey, facts, ...task } = tasks;
  const now = Date.now();
  const rows = Array.from({ length: count }, (_, index) => ({
    ...task,
    endedAt: new Date(now - DAY_MS - (10 * HOUR_MS * (count - index)) / count),
    facts: {
      constraints,
      scope: team === undefined ? {} : { team: team(index) },
      ...(affinityKey === undefined ? {} : { affinityKey }),
      ...facts,
    },
  }));
  const ids = await insertEndedTasks(db, rows);
  if (isErased) return ids;
  const name = `${task.taskClass ?? 'work'} ${JSON.stringify(constraints)} ${task.kind ?? ''} ${task.attempts ?? ''} ${hasGrader}`;
  await db.sql`
    INSERT INTO task_payloads (task_id, prompt, grader, prompt_bytes, prompt_sha256)
      SELECT id, '{"messages": []}', ${hasGrader ? JSON.stringify(GRADER) : null}::text::jsonb, 100 + (place % ${prompts})::integer,
        md5(${name} || place % ${prompts})
      FROM unnest(${[...ids]}::uuid[]) WITH ORDINALITY AS t (id, place)`;
  await db.sql`
    INSERT INTO cost_tracking (task_id, attempt_id, decision_id, model, provider, task_class, input_tokens, output_tokens, cost_nano, cost_basis)
      SELECT a.task_id, a.id, a.decision_id, a.model, split_part(a.model, '/', 1), t.task_class, 1000, 500, a.cost_nano, a.cost_basis
      FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE a.task_id = ANY (${[...ids]}::uuid[]) AND a.cost_basis = 'usage'`;
  return ids;
}
