/** Tasks of other systems on their way into the tables: a batch in one transaction, with how far its file has come. */

import type postgres from 'postgres';
import type { PrivacyTier } from '../../routing/task/task';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import { copyRows } from './copy-lines';
import { instant, ms } from './rollup-rows';
import { forgetRollups } from './rollups';

/** A task as another system served it. What is absent is not known. */
export interface ImportedTask {
  /** In its origin. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  /** As its origin names it. */
  readonly model: string;
  readonly taskClass: string;
  readonly outcome: 'completed' | 'failed' | 'refused' | 'cancelled';
  readonly score?: number;
  readonly grader?: string;
  readonly rating?: number;
  readonly costNanoUsd?: NanoUsd;
  readonly latencyMs?: number;
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly outputTokens?: number;
  readonly calls: number;
  readonly privacyTier: PrivacyTier;
  readonly residency?: string;
  readonly capabilities?: readonly string[];
  readonly tenant?: string;
  readonly conversation?: string;
  readonly inputHash?: string;
  readonly propensity?: number;
  readonly fingerprint?: string;
  /** As a submission is kept: JSON, its bytes and its SHA-256. */
  readonly content?: { readonly json: string; readonly bytes: number; readonly sha256: string };
}

/** How far a file has come. */
export interface ImportProgress {
  /** Of its bytes and of how it is read. */
  readonly key: string;
  readonly origin: string;
  readonly format: string;
  readonly fileName: string;
  /** Who imports. */
  readonly actor: string;
  readonly rowsDone: number;
  /** What whoever reads it counts, as JSON. */
  readonly counts: object;
}

export interface ImportedBatch {
  readonly added: number;
  /** Prompts that were kept with their tasks, of this batch's or of earlier ones. */
  readonly prompts: number;
  /** Not taken: older than tasks are kept here. */
  readonly tooOld: number;
}

/** An import that was begun before. */
export interface KnownImport {
  readonly format: string;
  readonly rowsDone: number;
  /** As it was stored: parse before use. */
  readonly counts: unknown;
  /** Milliseconds since the epoch; null: it was not imported to its end. */
  readonly finishedAt: number | null;
}

/** Undefined: nothing of this file was imported. */
export function findImport({ sql }: Database, key: string): Promise<KnownImport | undefined> {
  return guarded('look for an import', async () => {
    const [row] = await sql<KnownImport[]>`
      SELECT format, rows_done::double precision AS "rowsDone", counts, ${ms(sql, sql`finished_at`)} AS "finishedAt" FROM telemetry_imports WHERE key = ${key}`;
    return row;
  });
}

/** Marks the import of a file as done, with its entry in the audit log. The second time changes nothing. */
export function finishImport({ sql }: Database, progress: ImportProgress): Promise<void> {
  return guarded('finish an import', () =>
    sql.begin(async (tx) => {
      await keepProgress(tx, progress);
      const { key, origin, format, actor, counts } = progress;
      const finished =
        await tx`UPDATE telemetry_imports SET finished_at = clock_timestamp() WHERE key = ${key} AND finished_at IS NULL RETURNING 1`;
      if (finished.length === 0) return;
      await tx`SELECT append_audit(${actor}, 'telemetry.imported', ${origin}, ${JSON.stringify({ format, ...counts })}::text::jsonb)`;
    }),
  );
}

async function keepProgress(
  sql: postgres.TransactionSql,
  { key, origin, format, fileName, actor, rowsDone, counts }: ImportProgress,
): Promise<void> {
  await sql`
    INSERT INTO telemetry_imports AS t (key, origin, format, file_name, rows_done, counts, imported_by)
      VALUES (${key}, ${origin}, ${format}, ${fileName}, ${rowsDone}, ${JSON.stringify(counts)}::text::jsonb, ${actor})
    ON CONFLICT (key) DO UPDATE SET rows_done = excluded.rows_done, counts = excluded.counts
      WHERE t.finished_at IS NULL AND t.rows_done <= excluded.rows_done`;
}

/**
 * Adds tasks that are not there, has their hours rolled up anew, and keeps how far their file has come: all or nothing. A task that is
 * there already stays as it is, but for a stricter privacy tier and a prompt that it did not have.
 *
 * @param progressAfter how far the file has come with this batch; undefined: nobody could go on, because the file is read only once
 */
export function importBatch(
  db: Database,
  origin: string,
  tasks: readonly ImportedTask[],
  progressAfter: (batch: ImportedBatch) => ImportProgress | undefined,
): Promise<ImportedBatch> {
  return guarded('import tasks', () =>
    db.sql.begin(async (sql) => {
      // A server that dies may lose the last batches with their progress, and the import goes on before them. The end of a file waits.
      await sql`SELECT set_config('synchronous_commit', 'off', true)`;
      await sql`CREATE TEMP TABLE IF NOT EXISTS incoming_tasks (LIKE imported_tasks, line integer, prompt text, prompt_bytes integer,
        prompt_sha256 text) ON COMMIT DELETE ROWS`;
      await copyRows(
        sql`COPY incoming_tasks (line, origin, source_id, ended_at, foreign_model, task_class, outcome, score, grader, rating, cost_nano,
          latency_ms, input_tokens, cached_input_tokens, output_tokens, calls, privacy_tier, residency, capabilities, tenant, conversation,
          input_hash, propensity, fingerprint, imported_at, prompt, prompt_bytes, prompt_sha256) FROM STDIN`,
        copiesOf(origin, tasks),
      );
      const tooOld = (await sql`DELETE FROM incoming_tasks WHERE ended_at < imports_kept_since()`).count;
      const [{ added, since }] = await sql<[{ added: number; since: number | null }]>`
        WITH added AS (
          INSERT INTO imported_tasks
            SELECT DISTINCT ON (source_id) origin, source_id, ended_at, foreign_model, task_class, outcome, score, grader, rating, cost_nano,
              latency_ms, input_tokens, cached_input_tokens, output_tokens, calls, privacy_tier, residency, capabilities, tenant,
              conversation, input_hash, propensity, fingerprint, NULL::uuid, imported_at
            FROM incoming_tasks ORDER BY source_id, line
          ON CONFLICT (origin, source_id) DO UPDATE SET privacy_tier = excluded.privacy_tier
            WHERE ${isStricter(sql, sql`excluded.privacy_tier`, sql`imported_tasks.privacy_tier`)}
          RETURNING ended_at, xmax = 0 AS is_new
        )
        SELECT (count(*) FILTER (WHERE is_new))::integer AS added, ${ms(sql, sql`min(ended_at)`)} AS since FROM added`;
      if (since !== null) await forgetRollups({ sql }, since);
      if (added < tasks.length) await raiseTiers(sql, origin);
      const prompts = tasks.some(({ content }) => content !== undefined) ? await keepPrompts(sql, origin) : 0;
      const batch = { added, prompts, tooOld };
      const progress = progressAfter(batch);
      if (progress !== undefined) await keepProgress(sql, progress);
      return batch;
    }),
  );
}

function* copiesOf(origin: string, tasks: readonly ImportedTask[]) {
  const importedAt = new Date().toISOString();
  let line = 0;
  for (const task of tasks) {
    yield [
      ++line,
      origin,
      task.id,
      instant(task.endedAt),
      task.model,
      task.taskClass,
      task.outcome,
      task.score,
      task.grader,
      task.rating,
      task.costNanoUsd,
      rounded(task.latencyMs),
      task.inputTokens,
      task.cachedInputTokens,
      task.outputTokens,
      task.calls,
      task.privacyTier,
      task.residency,
      `{${(task.capabilities ?? []).join(',')}}`,
      task.tenant,
      task.conversation,
      task.inputHash,
      task.propensity,
      task.fingerprint,
      importedAt,
      task.content?.json,
      task.content?.bytes,
      task.content?.sha256,
    ];
  }
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}

function isStricter(
  sql: postgres.TransactionSql,
  tier: postgres.PendingQuery<postgres.Row[]>,
  than: postgres.PendingQuery<postgres.Row[]>,
) {
  const rank = (of: postgres.PendingQuery<postgres.Row[]>) =>
    sql`array_position(ARRAY['public', 'internal', 'confidential', 'restricted'], ${of})`;
  return sql`${rank(tier)} > ${rank(than)}`;
}

/** A task whose prompt is here is as strict as what is known of it. */
async function raiseTiers(sql: postgres.TransactionSql, origin: string): Promise<void> {
  await sql`
    UPDATE tasks t SET privacy_tier = i.privacy_tier, facts = t.facts || jsonb_build_object('privacyTier', i.privacy_tier)
    FROM incoming_tasks n JOIN imported_tasks i ON i.origin = ${origin} AND i.source_id = n.source_id
    WHERE t.id = i.task_id AND ${isStricter(sql, sql`i.privacy_tier`, sql`t.privacy_tier`)}`;
}

/**
 * Makes a task of each prompt whose task ended and has none: one that has ended, cost nothing here, and can be replayed. A prompt that
 * is older than content is kept, or whose month was archived, is not taken.
 */
async function keepPrompts(sql: postgres.TransactionSql, origin: string): Promise<number> {
  await sql`
    SELECT ensure_partitions(month, 1) FROM (SELECT DISTINCT date_trunc('month', ended_at, 'UTC') AS month FROM incoming_tasks
      WHERE prompt IS NOT NULL AND ended_at >= now() - make_interval(days => coalesce((SELECT content_days FROM retention), 3660))) AS months
    WHERE NOT EXISTS (SELECT FROM archived_months m WHERE m.month = to_char(months.month AT TIME ZONE 'UTC', 'YYYY-MM'))`;
  const [{ prompts }] = await sql<[{ prompts: number }]>`
    WITH due AS MATERIALIZED (
      SELECT DISTINCT ON (i.source_id) i.*, n.prompt, n.prompt_bytes, n.prompt_sha256, imported_task_id(i.origin, i.source_id, i.ended_at) AS id
      FROM incoming_tasks n JOIN imported_tasks i ON i.origin = ${origin} AND i.source_id = n.source_id
      WHERE n.prompt IS NOT NULL AND i.task_id IS NULL AND i.outcome IN ('completed', 'failed')
        AND i.ended_at >= now() - make_interval(days => coalesce((SELECT content_days FROM retention), 3660))
        AND NOT EXISTS (SELECT FROM archived_months m WHERE first_id_at(i.ended_at) >= m.first_id AND first_id_at(i.ended_at) < m.beyond_id)
      ORDER BY i.source_id, n.line
    ), keys AS (
      INSERT INTO idempotency_keys (owner, key, task_id, body_sha256)
        SELECT 'signalbox-import', origin || '/' || source_id, id, prompt_sha256 FROM due ON CONFLICT DO NOTHING
    ), made AS (
      INSERT INTO tasks (id, owner, external_id, facts, privacy_tier, residency, priority, task_class, status, accepted_at, started_at, ended_at, purpose)
        SELECT id, 'signalbox-import', source_id, jsonb_strip_nulls(jsonb_build_object('taskClass', task_class, 'priority', 50,
            'privacyTier', privacy_tier, 'residency', residency, 'requires', jsonb_build_object('capabilities', to_jsonb(capabilities)),
            'constraints', '{}'::jsonb, 'scope', jsonb_build_object('team', tenant), 'affinityKey', conversation)),
          privacy_tier, residency, 50, task_class, outcome, ended_at, ended_at, ended_at, 'imported'
        FROM due ON CONFLICT DO NOTHING
    ), contents AS (
      INSERT INTO task_payloads (task_id, prompt, prompt_bytes, prompt_sha256)
        SELECT id, prompt::json, prompt_bytes, prompt_sha256 FROM due ON CONFLICT DO NOTHING
    ), outcomes AS (
      INSERT INTO routing_outcomes (task_id, kind, reason, code, model, attempts, cost_nano, score, score_detail, ended_at)
        SELECT id, outcome, 'Served by another system, and imported from ' || origin || '.', 'imported', foreign_model, 0, 0, score, grader, ended_at
        FROM due ON CONFLICT DO NOTHING
    ), linked AS (
      UPDATE imported_tasks i SET task_id = due.id FROM due WHERE i.origin = due.origin AND i.source_id = due.source_id RETURNING 1
    )
    SELECT count(*)::integer AS prompts FROM linked`;
  return prompts;
}
