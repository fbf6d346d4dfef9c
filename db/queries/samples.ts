/** The frame of a replay, read in the order of a seeded draw, and the sample that was drawn from it. */

import type { Frame, SampledTask } from '../../routing/review/sample/sample-plan';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import type { MovedProposal, ProposalMove } from './proposals';

export interface FrameRequest {
  readonly proposalId: string;
  /** Tasks that an earlier pass drew are left out. */
  readonly pass: 1 | 2;
  readonly seed: string;
  /** Models of the replay: a task that excludes one of them cannot be replayed on it. */
  readonly models: readonly string[];
  /** Tasks of each cell that are read: no stratum of the sample may need more. */
  readonly perCell: number;
  /** Who compares answers that no grader scores; null: nobody does. */
  readonly judge: FrameJudge | null;
  /** Tasks of one tenant that come before others of its own in a cell. */
  readonly tenantCap: number;
}

/** A judge as far as it decides which tasks can be replayed. */
export interface FrameJudge {
  /** Catalogue id; a task that excludes it is not shown to it. */
  readonly model: string;
  /** Tiers and regions that it is approved for. */
  readonly privacyTiers: readonly string[];
  readonly regions: readonly string[];
  /** Why it may not judge this class at all; null: it may. */
  readonly obstacle: string | null;
}

/**
 * The tasks of a proposal's classes in its review's window that could be replayed; imported ones too, where their prompt was.
 *
 * Quarters are of the class, and what counts as a duplicate is settled, before earlier draws are taken out: a second pass sees the
 * strata of the first. MD5 gives the same order on every version of Postgres, in which its own hash functions may differ.
 */
export function loadFrame(db: Database, request: FrameRequest): Promise<Frame> {
  const { proposalId, pass, seed, models, perCell, tenantCap, judge } = request;
  return guarded('read the tasks that could be replayed', () =>
    db.sql.begin('READ ONLY', async (sql) => {
      // Every task of the class is looked at, some 20 s for a million: a class of several millions must not end at the usual limit.
      await sql`SET LOCAL statement_timeout = '10min'`;
      const [row] = await sql<[{ frame: Frame }]>`
      WITH scope AS MATERIALIZED (
        SELECT p.classes, v.window_from, v.window_to FROM proposals p JOIN reviews v ON v.id = p.review_id WHERE p.id = ${proposalId}
      ), ended AS MATERIALIZED (
        SELECT t.id, t.task_class, w.prompt_bytes, w.prompt_sha256, w.grader IS NOT NULL AS has_grader,
          CASE WHEN w.task_id IS NULL THEN 'erased'
            WHEN t.facts->'constraints' ?| ARRAY['model', 'provider'] THEN 'pinned'
            WHEN t.facts->'constraints'->'excludeModels' ?| ${[...models]}::text[] THEN 'excludes-model'
            WHEN w.grader IS NOT NULL OR o.score IS NOT NULL THEN NULL
            WHEN ${judge === null}::boolean THEN 'not-scorable'
            WHEN ${judge?.obstacle ?? null}::text IS NOT NULL THEN ${judge?.obstacle ?? null}::text
            WHEN NOT t.privacy_tier = ANY (${[...(judge?.privacyTiers ?? [])]}::text[]) OR NOT coalesce(t.residency = ANY (${[...(judge?.regions ?? [])]}::text[]), true)
              OR t.facts->'constraints'->'excludeModels' ? ${judge?.model ?? ''}::text THEN 'judge-not-admissible' END AS obstacle,
          CASE WHEN t.status = 'failed' THEN 'failed' WHEN o.attempts > 1 THEN 'retried' ELSE 'ok' END AS outcome,
          coalesce(t.facts #>> '{scope,team}', t.owner) AS tenant,
          coalesce(t.facts->>'affinityKey', t.facts #>> '{scope,team}') AS cluster,
          w.grader IS NULL AND ${judge !== null && judge.obstacle === null}::boolean
            AND EXISTS (SELECT FROM answers a WHERE a.task_id = t.id) AS is_judged,
          md5(${seed}::text || t.id::text)::uuid AS draw
        FROM (
            SELECT t.* FROM scope s JOIN tasks t ON t.task_class = ANY (s.classes) AND t.ended_at >= s.window_from AND t.ended_at < s.window_to
            WHERE t.purpose = 'work'
            UNION ALL
            SELECT t.* FROM scope s JOIN tasks t ON t.task_class = ANY (s.classes) AND t.ended_at >= s.window_from AND t.ended_at < s.window_to
            WHERE t.purpose = 'imported') AS t
          JOIN routing_outcomes o ON o.task_id = t.id LEFT JOIN task_payloads w ON w.task_id = t.id
        WHERE NOT t.dry_run AND t.status IN ('completed', 'failed')
      ), single AS (
        SELECT DISTINCT ON (prompt_sha256) id, task_class, prompt_bytes, has_grader OR is_judged AS can_be_sentinel, outcome, tenant, cluster, draw
        FROM ended WHERE obstacle IS NULL ORDER BY prompt_sha256, draw
      ), quartered AS (
        SELECT *, ntile(4) OVER (PARTITION BY task_class ORDER BY prompt_bytes, draw) AS quarter FROM single
      ), left_over AS (
        SELECT * FROM quartered q
        WHERE NOT EXISTS (SELECT FROM replay_samples s WHERE s.proposal_id = ${proposalId} AND s.pass < ${pass} AND s.task_id = q.id)
      ), by_tenant AS (
        SELECT *, row_number() OVER (PARTITION BY quarter, outcome, tenant ORDER BY draw) > ${tenantCap} AS is_crowded FROM left_over
      ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY quarter, outcome ORDER BY is_crowded, draw) AS place FROM by_tenant
      ), without_content AS (
        SELECT count(*) AS count FROM scope s JOIN imported_tasks i
          ON i.task_class = ANY (s.classes) AND i.ended_at >= s.window_from AND i.ended_at < s.window_to
        WHERE i.task_id IS NULL AND i.outcome IN ('completed', 'failed')
      ), counts AS (
        SELECT (SELECT count(*) FROM ended) + (SELECT count FROM without_content) AS tasks, (SELECT count(*) FROM ended WHERE obstacle IS NULL) AS replayable,
          (SELECT count(*) FROM single) AS singles, (SELECT count(*) FROM left_over) AS left_over
      )
      SELECT jsonb_build_object('tasks', tasks, 'replayable', replayable, 'duplicates', replayable - singles,
        'tenants', (SELECT count(DISTINCT tenant) FROM left_over),
        'excluded', (SELECT coalesce(jsonb_object_agg(reason, count), '{}') FROM (
          SELECT obstacle AS reason, count(*) FROM ended WHERE obstacle IS NOT NULL GROUP BY obstacle
          UNION ALL SELECT 'imported-without-content', count FROM without_content WHERE count > 0
          UNION ALL SELECT 'drawn-before', singles - left_over WHERE singles > left_over) AS reasons),
        'cells', (SELECT coalesce(jsonb_agg(jsonb_build_object('quarter', quarter, 'outcome', outcome, 'size', size) ORDER BY quarter, outcome), '[]')
          FROM (SELECT quarter, outcome, count(*) AS size FROM left_over GROUP BY quarter, outcome) AS cells),
        'drawable', (SELECT coalesce(jsonb_agg(jsonb_build_object('taskId', id, 'quarter', quarter, 'outcome', outcome, 'tenant', tenant,
            'cluster', coalesce(cluster, id::text), 'canBeSentinel', can_be_sentinel) ORDER BY draw), '[]')
          FROM placed WHERE place <= ${perCell})) AS frame
      FROM counts`;
      return row.frame;
    }),
  );
}

/** A pass that begins: its tasks, and the moves of its proposal into REPLAYING. */
export interface NewPass {
  readonly proposalId: string;
  readonly pass: 1 | 2;
  readonly tasks: readonly SampledTask[];
  readonly moves: readonly ProposalMove[];
}

/**
 * Keeps the sample of a pass and moves its proposal, all or nothing.
 *
 * @returns how the moves went; a refused one keeps nothing
 */
export function beginPass(db: Database, { proposalId, pass, tasks, moves }: NewPass): Promise<MovedProposal['kind']> {
  const rows = tasks.map(({ taskId, position, stratum, cluster, block, isSentinel }) => ({
    ...{ proposal_id: proposalId, pass, position, task_id: taskId, stratum, cluster, block },
    is_sentinel: isSentinel,
  }));
  return guarded('begin a pass of replays', () =>
    db.sql.begin(async (sql) => {
      for (const move of moves) {
        const [row] = await sql<[{ result: MovedProposal }]>`SELECT move_proposal(${JSON.stringify(move)}::text::jsonb) AS result`;
        // The first one locks the proposal: if it was made before, all of this was.
        if (row.result.kind !== 'moved') return row.result.kind;
      }
      await sql`INSERT INTO replay_samples SELECT * FROM jsonb_populate_recordset(NULL::replay_samples, ${JSON.stringify(rows)}::text::jsonb)`;
      return 'moved';
    }),
  );
}

/** What the replays of a proposal have cost so far. */
export function replaysCostSoFar(db: Database, proposalId: string): Promise<NanoUsd> {
  return guarded('add up what replays have cost', async () => {
    const [row] = await db.sql<[{ cost: string }]>`
      SELECT coalesce(sum(CASE state WHEN 'done' THEN cost_nano ELSE reserved_nano END), 0) AS cost FROM replay_results WHERE proposal_id = ${proposalId}`;
    return Number(row.cost);
  });
}

/** Tasks of a pass, sentinels among them; 0 when it was not drawn. */
export function countSample(db: Database, proposalId: string, pass: 1 | 2): Promise<number> {
  return guarded('count a sample', async () => {
    const [row] = await db.sql<[{ count: number }]>`
      SELECT count(*)::integer AS count FROM replay_samples WHERE proposal_id = ${proposalId} AND pass = ${pass}`;
    return row.count;
  });
}
