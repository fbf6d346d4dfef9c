/**
 * Replays and judgements of them: the moves of their rows, and what all of them together say. The moves are those of
 * db/migrations/0015_cascade_replays.sql, and may be made twice.
 */

import type { Judgement, JudgeRole } from '../../routing/judging/judgement';
import type { Pair, PairedAnswer } from '../../routing/review/prove/evidence';
import type { ReplayResult } from '../../routing/review/replay/replay-step';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import type { ReplayRole } from './replay-inputs';

/** A replay that is to be begun: its task, its decision, and the most that its calls may cost together. */
export interface ReplayToOpen {
  readonly proposalId: string;
  readonly reviewId: string;
  readonly pass: 1 | 2;
  readonly taskId: string;
  readonly role: ReplayRole | JudgeRole;
  /** Catalogue id, or the name of a cascade. */
  readonly model: string;
  /** The first model of a cascade, which its decision is for. */
  readonly decidedModel?: string;
  readonly replayTaskId: string;
  readonly decisionId: string;
  readonly amountNano: NanoUsd;
  readonly taskClass: string;
  readonly tier: string;
  readonly policyVersion: number;
  readonly catalogueVersion: string;
  readonly record: unknown;
  readonly inputs: unknown;
  /** Whose budgets its calls are counted in. */
  readonly scope: unknown;
  readonly bodySha256: string;
  /** Of a judgement: what the judge reads, as content of its own, and the version of the rubric. */
  readonly judging?: {
    readonly rubric: string;
    readonly facts: unknown;
    /** JSON. */
    readonly prompt: string;
    readonly promptBytes: number;
    readonly promptSha256: string;
  };
}

/**
 * `capped`: the review's cap has no room for it, or with `mayFree`, not until open replays have given back what they do not spend.
 * `closed`: the review has ended or the proposal is not being replayed. `gone`: the sampled task does not exist any more.
 */
export type ReplayOpening =
  | { readonly kind: 'opened' | 'exists'; readonly replayTaskId: string; readonly decisionId: string; readonly state: 'open' | 'done' }
  | { readonly kind: 'capped'; readonly leftNano: NanoUsd; readonly mayFree: boolean }
  | { readonly kind: 'closed' | 'gone' };

/** Takes the money of a replay from the review's cap, and commits its task and decision; or finds it begun. */
export function openReplay(db: Database, replay: ReplayToOpen): Promise<ReplayOpening> {
  return guarded('open a replay', async () => {
    const [row] = await db.sql<[{ result: ReplayOpening }]>`SELECT open_replay(${JSON.stringify(replay)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Closes a replay with what it says of its model. False: it was closed already. Its task must have ended. */
export function closeReplay(db: Database, replayTaskId: string, result: ReplayResult): Promise<boolean> {
  return guarded('close a replay', async () => {
    const argument = JSON.stringify({ replayTaskId, ...result });
    const [row] = await db.sql<[{ result: boolean }]>`SELECT close_replay(${argument}::text::jsonb) AS result`;
    return row.result;
  });
}

/**
 * Keeps the result of a replay that needs no call: a sentinel, or one that may not be made. Costs nothing, and has no task.
 *
 * @returns false when the review has ended or the proposal is not being replayed any more, and nothing was kept before
 */
export function recordUncalled(
  db: Database,
  replay: Pick<ReplayToOpen, 'proposalId' | 'reviewId' | 'pass' | 'taskId' | 'role' | 'model' | 'replayTaskId'>,
  { outcome, score, why }: ReplayResult,
): Promise<boolean> {
  return guarded('record a replay', async () => {
    await db.sql`
      INSERT INTO replay_results (proposal_id, task_id, role, model, review_id, pass, replay_task_id, state, reserved_nano, outcome, score, why, cost_nano, done_at)
      SELECT p.id, ${replay.taskId}, ${replay.role}, ${replay.model}, v.id, ${replay.pass}, ${replay.replayTaskId}, 'done', 0,
          ${outcome}, ${score ?? null}, ${why ?? null}, 0, clock_timestamp()
        FROM proposals p JOIN reviews v ON v.id = p.review_id
        WHERE p.id = ${replay.proposalId} AND p.state = 'REPLAYING' AND p.pass = ${replay.pass} AND v.ended_at IS NULL
      ON CONFLICT DO NOTHING`;
    const [row] = await db.sql<[{ kept: boolean }]>`
      SELECT EXISTS (SELECT FROM replay_results WHERE proposal_id = ${replay.proposalId} AND task_id = ${replay.taskId}
        AND role = ${replay.role} AND model = ${replay.model}) AS kept`;
    return row.kept;
  });
}

/** Part of a review's replays: all of them, those of a proposal, or those of some positions of a pass. */
export interface ReplayScope {
  readonly reviewId: string;
  readonly proposalId?: string;
  readonly pass?: 1 | 2;
  /** Positions [from, to). */
  readonly from?: number;
  readonly to?: number;
}

/** Tasks of the replays that are open in a scope. */
export function openReplays(db: Database, scope: ReplayScope, limit: number): Promise<readonly string[]> {
  return guarded('look for open replays', async () => {
    const { reviewId, proposalId = null, pass = null, from = 0, to = null } = scope;
    const rows = await db.sql<{ id: string }[]>`
      SELECT r.replay_task_id AS id FROM replay_results r JOIN replay_samples s ON s.proposal_id = r.proposal_id AND s.task_id = r.task_id
      WHERE r.review_id = ${reviewId} AND r.state = 'open' AND (${proposalId}::uuid IS NULL OR r.proposal_id = ${proposalId}::uuid)
        AND (${pass}::smallint IS NULL OR r.pass = ${pass}::smallint) AND s.position >= ${from} AND (${to}::integer IS NULL OR s.position < ${to}::integer)
      LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  });
}

/** Tasks of open replays that nobody will go on with: the review has ended, or the proposal has left the pass. */
export function strandedReplays(db: Database, limit: number): Promise<readonly string[]> {
  return guarded('look for replays of ended reviews', async () => {
    const rows = await db.sql<{ id: string }[]>`
      SELECT r.replay_task_id AS id FROM replay_results r JOIN reviews v ON v.id = r.review_id JOIN proposals p ON p.id = r.proposal_id
      WHERE r.state = 'open' AND (v.ended_at IS NOT NULL OR p.state <> 'REPLAYING' OR p.pass <> r.pass) LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  });
}

/** An answer as `jsonb_build_object` gives it. */
type StoredAnswer = Omit<PairedAnswer, 'score' | 'why' | 'latencyMs'> & {
  readonly score: number | null;
  readonly why: string | null;
  readonly latencyMs: number | null;
};

/** A judgement as `jsonb_build_object` gives it. */
type StoredJudgement = Pick<StoredAnswer, 'end' | 'score' | 'why'>;

/** A pair as its row has it. */
type PairRow = Omit<Pair, 'baseline' | 'candidate' | 'judgements'> &
  Record<ReplayRole, StoredAnswer | null> & {
    readonly baselineFirst: StoredJudgement | null;
    readonly candidateFirst: StoredJudgement | null;
  };

/**
 * Every task that was sampled for a proposal, with both answers and the judgements of them, in the order of its passes and positions. What was not replayed,
 * or not to its end, is there too: as excluded, for `not-replayed`.
 */
export function loadPairs(db: Database, proposalId: string): Promise<readonly Pair[]> {
  return guarded('load the pairs of a proposal', async () => {
    const rows = await db.sql<PairRow[]>`
      WITH answered AS (
        SELECT task_id, pass, role, jsonb_build_object('end', outcome, 'score', score, 'why', why, 'costNanoUsd', cost_nano, 'latencyMs', latency_ms) AS answer
        FROM replay_results WHERE proposal_id = ${proposalId} AND state = 'done')
      SELECT s.task_id AS "taskId", s.stratum, s.cluster, s.block, s.pass, s.is_sentinel AS "isSentinel", b.answer AS baseline, c.answer AS candidate,
        bf.answer AS "baselineFirst", cf.answer AS "candidateFirst"
      FROM replay_samples s
        LEFT JOIN answered b ON b.task_id = s.task_id AND b.pass = s.pass AND b.role = 'baseline'
        LEFT JOIN answered c ON c.task_id = s.task_id AND c.pass = s.pass AND c.role = 'candidate'
        LEFT JOIN answered bf ON bf.task_id = s.task_id AND bf.pass = s.pass AND bf.role = 'judge-baseline-first'
        LEFT JOIN answered cf ON cf.task_id = s.task_id AND cf.pass = s.pass AND cf.role = 'judge-candidate-first'
      WHERE s.proposal_id = ${proposalId} ORDER BY s.pass, s.position`;
    return rows.map(({ baselineFirst, candidateFirst, ...row }) => ({
      ...row,
      baseline: answerOf(row.baseline),
      candidate: answerOf(row.candidate),
      ...(baselineFirst === null && candidateFirst === null
        ? {}
        : { judgements: { baselineFirst: judgementOf(baselineFirst), candidateFirst: judgementOf(candidateFirst) } }),
    }));
  });
}

function judgementOf(stored: StoredJudgement | null): Judgement | null {
  if (stored === null) return null;
  const { end, score, why } = stored;
  return { end, ...(score === null ? {} : { score }), ...(why === null ? {} : { why }) };
}

function answerOf(stored: StoredAnswer | null): PairedAnswer {
  if (stored === null) return { end: 'excluded', why: 'not-replayed', costNanoUsd: 0 };
  const { end, score, why, costNanoUsd, latencyMs } = stored;
  return {
    end,
    costNanoUsd,
    ...(score === null ? {} : { score }),
    ...(why === null ? {} : { why }),
    ...(latencyMs === null ? {} : { latencyMs }),
  };
}
