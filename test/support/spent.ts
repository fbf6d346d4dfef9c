/** Calls that were paid for, written straight into the tables as the ledger would have left them: what reports of money read. */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';
import type { BudgetScope } from '../../routing/task/task';

export interface SpentCall {
  /** When it was settled. */
  readonly at: Date;
  /** Must be in the catalogue in force. */
  readonly model?: string;
  readonly taskClass?: string;
  readonly taskType?: string;
  readonly scope?: BudgetScope;
  readonly costNano?: number;
  readonly costBasis?: 'usage' | 'reported' | 'reserved' | 'unknown';
  /** What the decision expected; absent: nothing. */
  readonly estimatedNano?: number;
  readonly inputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly outputTokens?: number;
  readonly purpose?: 'work' | 'replay';
  readonly facts?: object;
  /** Of the grader; absent: not graded. */
  readonly score?: number;
}

/** What classification saw in each of them. */
const DESCRIPTOR = {
  pattern: 'single-shot',
  estimatedInputTokens: 20,
  estimatedOutputTokens: 50,
  extendedThinking: false,
  involvesCode: false,
  urgency: 3,
  signals: [],
};

/** What a class of the form `type/complexity` says of its tasks. */
function describedBy(taskClass: string) {
  const [type, complexity = 'simple'] = taskClass.split('/');
  return { type, complexity };
}

/** Adds them in one statement per table. Returns the ids of their tasks. */
export async function insertSpent({ sql }: Database, calls: readonly SpentCall[]): Promise<readonly string[]> {
  const rows = calls.map((call) => {
    const { model = 'north/small', taskClass = 'factual/simple', scope = {} } = call;
    return {
      id: newId({ msecs: call.at.getTime() }),
      decision: newId(),
      attempt: newId(),
      model,
      provider: model.slice(0, model.indexOf('/')),
      task_class: taskClass,
      record: { descriptor: { ...DESCRIPTOR, ...describedBy(taskClass), ...(call.taskType === undefined ? {} : { type: call.taskType }) } },
      facts: { requires: {}, constraints: {}, priority: 50, scope, ...call.facts },
      team: scope.team ?? null,
      project: scope.project ?? null,
      tag: scope.tag ?? null,
      key: scope.key ?? null,
      cost: call.costNano ?? 1_000,
      basis: call.costBasis ?? 'usage',
      estimated: call.estimatedNano ?? null,
      input: call.inputTokens ?? 100,
      cached: call.cacheReadTokens ?? 0,
      output: call.outputTokens ?? 50,
      purpose: call.purpose ?? 'work',
      score: call.score ?? null,
      at: call.at,
    };
  });
  await sql.begin(async (tx) => {
    await tx`CREATE TEMPORARY TABLE spent (id uuid, decision uuid, attempt uuid, model text, provider text, task_class text, record jsonb, facts jsonb,
      team text, project text, tag text, key text, cost bigint, basis text, estimated bigint, input integer, cached integer, output integer,
      purpose text, score float8, at timestamptz) ON COMMIT DROP`;
    await tx`INSERT INTO spent SELECT * FROM jsonb_populate_recordset(NULL::spent, ${JSON.stringify(rows)}::text::jsonb)`;
    await tx`
      INSERT INTO tasks (id, owner, facts, privacy_tier, priority, task_class, status, accepted_at, ended_at, purpose, replay_of)
        SELECT id, 'tester', facts, 'internal', 50, task_class, 'completed', at, at, purpose, CASE purpose WHEN 'replay' THEN gen_random_uuid() END
        FROM spent`;
    await tx`
      INSERT INTO routing_decisions (task_id, id, kind, task_class, tier, model, estimated_cost_nano, policy_version, catalogue_version, record,
          inputs, decided_at)
        SELECT s.id, decision, 'routed', task_class, 'SIMPLE', s.model, estimated, p.version, c.version, record, '{}', at
        FROM spent s, policy_versions p, catalogue_versions c WHERE p.active AND c.active`;
    await tx`
      INSERT INTO attempts (task_id, decision_id, number, id, model, catalogue_version, state, cost_nano, cost_basis, worker, ended_at)
        SELECT s.id, decision, 1, attempt, s.model, c.version, 'answered', cost, basis, 'test', at
        FROM spent s, catalogue_versions c WHERE c.active`;
    await tx`
      INSERT INTO routing_outcomes (task_id, decision_id, kind, reason, code, model, attempt_id, attempts, cost_nano, score, ended_at)
        SELECT id, decision, 'completed', 'Ended.', 'ended', model, attempt, 1, cost, score, at FROM spent`;
    await tx`
      INSERT INTO task_payloads (task_id, prompt, prompt_bytes, prompt_sha256)
        SELECT id, '{"messages": [{"role": "user", "content": "Say what a signal box is."}]}', 60, '' FROM spent`;
    await tx`
      INSERT INTO cost_tracking (task_id, attempt_id, decision_id, model, provider, task_class, team, project, tag, key, input_tokens,
          cache_read_tokens, output_tokens, cost_nano, cost_basis, at)
        SELECT id, attempt, decision, model, provider, task_class, team, project, tag, key, input, cached, output, cost, basis, at FROM spent`;
  });
  return rows.map(({ id }) => id);
}
