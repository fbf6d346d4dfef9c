/** Tasks that have ended, written straight into the tables as the ledger would have left them: what roll-ups are made from. */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';

export interface EndedTask {
  readonly endedAt: Date;
  readonly taskClass?: string;
  /** That was decided for and answered; null: the task was refused. */
  readonly model?: string | null;
  readonly kind?: 'completed' | 'failed' | 'refused' | 'cancelled';
  readonly score?: number | null;
  /** Of its last call. */
  readonly costNano?: number;
  readonly costBasis?: 'usage' | 'unknown';
  readonly latencyMs?: number | null;
  /** The calls before the last one failed and cost nothing. */
  readonly attempts?: number;
  readonly privacyTier?: string;
  readonly residency?: string | null;
  readonly facts?: object;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly purpose?: 'work' | 'replay';
  readonly dryRun?: boolean;
}

/** Adds them in one statement per table. The models must be in the catalogue in force. Returns their ids. */
export async function insertEndedTasks({ sql }: Database, tasks: readonly EndedTask[]): Promise<readonly string[]> {
  const rows = tasks.map((task) => {
    const { model = 'north/small', kind = model === null ? 'refused' : 'completed', attempts = model === null ? 0 : 1 } = task;
    const { inputTokens = 20, outputTokens = 50, facts = {} } = task;
    return {
      id: newId({ msecs: task.endedAt.getTime() }),
      decision: newId(),
      attempt: newId(),
      task_class: task.taskClass ?? 'work',
      model,
      kind,
      score: task.score === undefined ? 1 : task.score,
      cost: task.costNano ?? 1_000,
      basis: task.costBasis ?? 'usage',
      latency: task.latencyMs === undefined ? 100 : task.latencyMs,
      attempts,
      tier: task.privacyTier ?? 'internal',
      residency: task.residency ?? null,
      facts: { requires: {}, ...facts },
      record: { descriptor: { estimatedInputTokens: inputTokens, estimatedOutputTokens: outputTokens } },
      purpose: task.purpose ?? 'work',
      dry_run: task.dryRun ?? false,
      ended_at: task.endedAt,
    };
  });
  await sql.begin(async (tx) => {
    await tx`CREATE TEMPORARY TABLE ended (id uuid, decision uuid, attempt uuid, task_class text, model text, kind text, score float8, cost bigint,
      basis text, latency integer, attempts integer, tier text, residency text, facts jsonb, record jsonb, purpose text, dry_run boolean,
      ended_at timestamptz) ON COMMIT DROP`;
    await tx`INSERT INTO ended SELECT * FROM jsonb_populate_recordset(NULL::ended, ${JSON.stringify(rows)}::text::jsonb)`;
    await tx`
      INSERT INTO tasks (id, owner, facts, privacy_tier, residency, priority, task_class, status, dry_run, accepted_at, ended_at, purpose, replay_of)
        SELECT id, 'tester', facts, tier, residency, 50, task_class, kind, dry_run, ended_at, ended_at, purpose,
          CASE purpose WHEN 'replay' THEN gen_random_uuid() END FROM ended`;
    await tx`
      INSERT INTO routing_decisions (task_id, id, kind, task_class, tier, model, policy_version, catalogue_version, record, inputs, decided_at)
        SELECT e.id, decision, CASE WHEN e.model IS NULL THEN 'refused' ELSE 'routed' END, task_class, 'SIMPLE', e.model, p.version, c.version,
          record, '{}', ended_at
        FROM ended e, policy_versions p, catalogue_versions c WHERE p.active AND c.active`;
    await tx`
      INSERT INTO attempts (task_id, decision_id, number, id, model, catalogue_version, state, failure_class, cost_nano, cost_basis, latency_ms, worker, ended_at)
        SELECT e.id, decision, number, CASE WHEN number = attempts THEN attempt ELSE gen_random_uuid() END, e.model, c.version,
          CASE WHEN number = attempts AND e.kind = 'completed' THEN 'answered' ELSE 'failed' END,
          CASE WHEN number = attempts AND e.kind = 'completed' THEN NULL ELSE 'timeout' END,
          CASE WHEN number = attempts THEN cost ELSE 0 END, CASE WHEN number = attempts THEN basis ELSE 'none' END, latency, 'test', ended_at
        FROM ended e, generate_series(1, attempts) AS number, catalogue_versions c WHERE c.active`;
    await tx`
      INSERT INTO routing_outcomes (task_id, decision_id, kind, reason, code, model, attempt_id, attempts, cost_nano, score, ended_at)
        SELECT id, decision, kind, 'Ended.', 'ended', CASE WHEN kind = 'completed' THEN model END,
          CASE WHEN kind = 'completed' THEN attempt END, attempts, CASE WHEN attempts = 0 THEN 0 ELSE cost END,
          CASE WHEN kind = 'completed' THEN score END, ended_at FROM ended`;
  });
  return rows.map(({ id }) => id);
}
