/** Past tasks by the hundred thousand, written straight into the tables as four weeks of work would have left them, without content. */

import type { Database } from '../../db/connect';
import { decide } from '../../routing/decision/decide';
import { NO_KNOWLEDGE } from '../../routing/decision/knowledge';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { describePrompt } from '../../routing/task/describe-prompt';
import type { Prompt } from '../../routing/task/prompt';
import type { TaskFacts } from '../../routing/task/task';
import { instantCatalogue } from './instant-rules';

export const CLASSES = 12;
export const MODELS = 5;
export const DAYS = 28;

/** Tasks of one transaction. */
const CHUNK = 50_000;

/**
 * Adds tasks that ended in the last 28 days, at any time alike: most on the first of the models, all kinds of outcomes, some with a
 * second call, most of them graded, one in a hundred rated by a person.
 *
 * @param from number of the first task, so that further ones can be added to earlier ones
 */
export async function addPastTasks({ sql }: Database, from: number, to: number): Promise<void> {
  await sql`SELECT ensure_partitions(now() - ${DAYS} * interval '1 day', 4)`;
  // The guard of attempts looks each of them up, which is what takes longest here and is not what is measured.
  await sql`ALTER TABLE attempts DISABLE TRIGGER attempts_admissible`;
  try {
    await insertChunks(sql, from, to);
  } finally {
    await sql`ALTER TABLE attempts ENABLE TRIGGER attempts_admissible`;
  }
  // As the server's own upkeep would within minutes.
  await sql`ANALYZE`;
}

async function insertChunks(sql: Database['sql'], from: number, to: number): Promise<void> {
  const { record, models, version } = recordedDecision();
  for (let first = from; first < to; first += CHUNK) {
    const last = Math.min(to, first + CHUNK) - 1;
    await sql.begin(async (tx) => {
      await tx`SELECT setseed(${(first % 999_983) / 999_983})`;
      await tx`
        CREATE TEMPORARY TABLE past ON COMMIT DROP AS
          SELECT n, ended_at, (lpad(to_hex((extract(epoch FROM ended_at) * 1000)::bigint - 5000), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
              || '8' || substr(md5(n::text), 1, 15))::uuid AS id,
            gen_random_uuid() AS decision, gen_random_uuid() AS attempt, 'bench/class-' || class AS task_class, class,
            (${models as string[]}::text[])[1 + floor(${MODELS} * power(chance, 3))::integer] AS model,
            CASE WHEN luck < 0.95 THEN 'completed' WHEN luck < 0.98 THEN 'failed' WHEN luck < 0.99 THEN 'cancelled' ELSE 'refused' END AS kind,
            CASE WHEN luck >= 0.98 THEN 0 WHEN random() < 0.04 THEN 2 ELSE 1 END AS attempts,
            CASE WHEN luck < 0.95 AND random() < 0.7 THEN (random() < 0.7 + 0.02 * class)::integer END AS score,
            round(exp(14 + 0.2 * class + random_normal(0, 0.8)))::bigint AS cost,
            round(exp(7 + 0.1 * class + random_normal(0, 0.6)))::integer AS latency,
            CASE WHEN random() < 0.1 THEN 'public' ELSE 'internal' END AS tier,
            round(exp(6 + random_normal(0, 1)))::integer AS input, round(exp(5 + random_normal(0, 1)))::integer AS output
          FROM (SELECT n, random() AS luck, random() AS chance, floor(${CLASSES} * power(random(), 1.5))::integer AS class,
              now() - ${DAYS} * random() * interval '1 day' AS ended_at
            FROM generate_series(${first}::integer, ${last}::integer) AS n) AS drawn`;
      await tx`
        INSERT INTO idempotency_keys (owner, key, task_id, body_sha256) SELECT 'bench', id::text, id, '' FROM past`;
      await tx`
        INSERT INTO tasks (id, owner, facts, privacy_tier, priority, task_class, status, accepted_at, started_at, ended_at)
          SELECT id, 'bench', '{"scope": {}, "requires": {}, "priority": 50, "constraints": {}, "maxOutputTokens": 4096}', tier, 50,
            task_class, kind, ended_at - interval '5 seconds', ended_at - interval '5 seconds', ended_at FROM past`;
      await tx`
        INSERT INTO routing_decisions (task_id, id, kind, task_class, tier, model, chosen_by, propensity, policy_version, catalogue_version,
            record, inputs, decided_at)
          SELECT id, decision, CASE kind WHEN 'refused' THEN 'refused' ELSE 'routed' END, task_class, 'STANDARD',
            CASE WHEN kind <> 'refused' THEN model END, 'score', 1, p.version, ${version},
            record || jsonb_build_object('descriptor', record->'descriptor'
              || jsonb_build_object('estimatedInputTokens', input, 'estimatedOutputTokens', output)), '{}', ended_at - interval '4 seconds'
          FROM past, policy_versions p, (SELECT ${JSON.stringify(record)}::text::jsonb AS record) AS r WHERE p.active`;
      await tx`
        INSERT INTO attempts (task_id, decision_id, number, id, model, catalogue_version, state, failure_class, cost_nano, cost_basis, latency_ms,
            worker, started_at, ended_at)
          SELECT past.id, decision, number, CASE WHEN number = attempts THEN attempt ELSE gen_random_uuid() END, past.model, ${version},
            CASE WHEN number = attempts AND kind = 'completed' THEN 'answered' ELSE 'failed' END,
            CASE WHEN number = attempts AND kind = 'completed' THEN NULL ELSE 'server-error' END, cost, 'usage', latency,
            'bench', ended_at - interval '3 seconds', ended_at
          FROM past, generate_series(1, attempts) AS number`;
      await tx`
        INSERT INTO routing_outcomes (task_id, decision_id, kind, reason, code, model, attempt_id, attempts, cost_nano, score, ended_at)
          SELECT id, decision, kind, 'Ended.', kind, CASE kind WHEN 'completed' THEN model END, CASE kind WHEN 'completed' THEN attempt END,
            attempts, cost * attempts, score, ended_at FROM past`;
      await tx`
        INSERT INTO ratings (id, task_id, provider, model, score, tier, task_class, source, rated_by, rated_at)
          SELECT gen_random_uuid(), id, 'instant', model, 1 + floor(5 * random()), 'STANDARD', task_class, 'person', 'bench', ended_at
          FROM past WHERE kind = 'completed' AND random() < 0.01`;
    });
  }
}

/** A decision among the five models, as it is stored. */
function recordedDecision() {
  const { catalogue } = instantCatalogue();
  const models = new Map([...catalogue.models].slice(0, MODELS));
  const prompt: Prompt = {
    messages: [{ role: 'user', content: 'Explain why the deployment of the billing service failed tonight, and how to repair it.' }],
  };
  const task: TaskFacts = {
    id: 'past',
    priority: 50,
    privacyTier: 'internal',
    requires: {},
    constraints: {},
    scope: {},
    maxOutputTokens: 4_096,
  };
  const record = decide({
    task,
    descriptor: describePrompt(prompt, task),
    promptBytes: 100,
    messageCount: 1,
    catalogue: { ...catalogue, models },
    policy: DEFAULT_POLICY,
    knowledge: NO_KNOWLEDGE,
    now: Date.now(),
    seed: 'past',
  });
  return { record, models: [...models.keys()], version: catalogue.version };
}
