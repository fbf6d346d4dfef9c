/**
 * What replays rest on: the sampled task, the model under test, the rules in force, and what earlier runs have done.
 */

import type { CascadeRoute } from '../../routing/decision/policy';
import type { JudgeRole } from '../../routing/judging/judgement';
import type { JudgeSettings } from '../../routing/judging/settings';
import type { ReplayEnd } from '../../routing/review/replay/replay-step';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import type { RecordedAttempt } from './ledger';

export type ReplayRole = 'baseline' | 'candidate';

/** Which sampled task, on which of the two models, or judged in which order. */
export interface ReplayPlace {
  readonly proposalId: string;
  readonly pass: 1 | 2;
  readonly position: number;
  readonly role: ReplayRole | JudgeRole;
}

/** What a replay rests on. JSON columns are as stored: parse before use. */
export interface ReplayToMake {
  readonly taskId: string;
  readonly isSentinel: boolean;
  /** The review goes on, and its proposal is in this pass. */
  readonly isWanted: boolean;
  /** Of the role in this pass: one of the two that are compared, or the judge. Null: there is none. */
  readonly model: string | null;
  /** Class or group that the proposal is of, and the models that are compared: the baseline, and the candidate's. */
  readonly name: string;
  readonly compared: readonly (string | null)[];
  /** What the candidate is, where it is a cascade; null: a model, or this is not the candidate's replay. */
  readonly cascade: CascadeRoute | null;
  /** Null: the policy names no judge. */
  readonly judge: JudgeSettings | null;
  readonly policyVersion: number;
  /** In force now. */
  readonly catalogueVersion: string;
  /** The sampled task; null: it is gone. */
  readonly original: {
    readonly facts: unknown;
    readonly privacyTier: string;
    readonly residency: string | null;
    /** That it was counted in; null: it was never decided. */
    readonly taskClass: string | null;
    readonly prompt: unknown;
    readonly promptBytes: number;
    readonly grader: unknown;
    /** Tokens that its answer was allowed; null: it was never decided. */
    readonly maxOutputTokens: number | null;
    readonly score: number | null;
  } | null;
  /** Null: not begun. */
  readonly row: OpenedReplay | null;
}

/** A replay whose money is reserved, as far as it has come. */
export interface OpenedReplay {
  readonly replayTaskId: string;
  readonly decisionId: string;
  readonly state: 'open' | 'done';
  readonly reservedNano: NanoUsd;
  /** What a judge reads; null: the original's own prompt is sent. */
  readonly request: { readonly prompt: unknown; readonly promptBytes: number } | null;
  /** What its calls have cost so far. */
  readonly spentNano: NanoUsd;
  /** Calls so far, the last one with the time since it ended. */
  readonly calls: number;
  readonly last: RecordedAttempt | null;
  readonly sinceLastMs: number;
  /** Since its money was reserved, in milliseconds. */
  readonly elapsedMs: number;
}

/** Everything one replay needs. Undefined: nothing is sampled there. */
export function loadReplay(db: Database, { proposalId, pass, position, role }: ReplayPlace): Promise<ReplayToMake | undefined> {
  return guarded('load a replay', async () => {
    const [row] = await db.sql<ReplayToMake[]>`
      SELECT s.task_id AS "taskId", s.is_sentinel AS "isSentinel", v.base_version AS "policyVersion",
        v.ended_at IS NULL AND p.state = 'REPLAYING' AND p.pass = s.pass AS "isWanted",
        CASE ${role}::text WHEN 'baseline' THEN p.baseline WHEN 'candidate' THEN p.candidate ELSE v.settings->'judge'->>'model' END AS model,
        p.name, jsonb_build_array(p.baseline) || coalesce(jsonb_path_query_array(route.cascade, '$.steps[*].model'), jsonb_build_array(p.candidate)) AS compared,
        CASE WHEN ${role}::text = 'candidate' THEN route.cascade END AS cascade, v.settings->'judge' AS judge,
        (SELECT version FROM catalogue_versions WHERE active) AS "catalogueVersion",
        CASE WHEN w.task_id IS NOT NULL THEN json_build_object('facts', t.facts, 'privacyTier', t.privacy_tier, 'residency', t.residency,
          'taskClass', t.task_class, 'prompt', w.prompt, 'promptBytes', w.prompt_bytes, 'grader', w.grader,
          'maxOutputTokens', (SELECT (d.record->'maxOutputTokens')::integer FROM routing_decisions d WHERE d.task_id = t.id AND d.kind = 'routed'),
          'score', (SELECT o.score FROM routing_outcomes o WHERE o.task_id = t.id)) END AS original,
        CASE WHEN r.replay_task_id IS NOT NULL THEN json_build_object('replayTaskId', r.replay_task_id, 'state', r.state,
          'reservedNano', r.reserved_nano, 'elapsedMs', extract(epoch FROM clock_timestamp() - r.opened_at) * 1000,
          'decisionId', (SELECT d.id FROM routing_decisions d WHERE d.task_id = r.replay_task_id),
          'request', (SELECT json_build_object('prompt', prompt, 'promptBytes', prompt_bytes) FROM task_payloads WHERE task_id = r.replay_task_id),
          'spentNano', calls.spent_nano, 'calls', calls.count, 'last', last.attempt, 'sinceLastMs', coalesce(last.since_ms, 0)) END AS row
      FROM replay_samples s JOIN proposals p ON p.id = s.proposal_id JOIN reviews v ON v.id = p.review_id
        CROSS JOIN LATERAL (${cascadeOfProposal(db)} AS cascade) AS route
        LEFT JOIN tasks t ON t.id = s.task_id LEFT JOIN task_payloads w ON w.task_id = t.id
        LEFT JOIN replay_results r ON r.proposal_id = s.proposal_id AND r.task_id = s.task_id AND r.role = ${role} AND r.pass = s.pass
        LEFT JOIN LATERAL (SELECT count(*), coalesce(sum(cost_nano), 0) AS spent_nano FROM attempts WHERE task_id = r.replay_task_id) AS calls ON true
        LEFT JOIN LATERAL (SELECT attempt_json(a) AS attempt, extract(epoch FROM clock_timestamp() - a.ended_at) * 1000 AS since_ms
          FROM attempts a WHERE a.task_id = r.replay_task_id ORDER BY a.number DESC LIMIT 1) AS last ON true
      WHERE s.proposal_id = ${proposalId} AND s.pass = ${pass} AND s.position = ${position}`;
    return row;
  });
}

/** The cascade that a proposal `p` would route its classes to; all of them go through the same one. Null: it is a model. */
function cascadeOfProposal(db: Database) {
  return db.sql`SELECT (SELECT value FROM jsonb_each(p.change->'after') WHERE value->>'kind' = 'cascade' LIMIT 1)`;
}

/** The two models of a proposal with the rules that hold for their replays, and what is to be judged. */
export interface ReplayModels {
  readonly name: string;
  readonly judge: JudgeSettings | null;
  /** Positions of the part whose task has no grader, ascending. */
  readonly ungraded: readonly number[];
  readonly baseline: string | null;
  /** Of a cascade the first model. */
  readonly candidate: string | null;
  readonly isCascade: boolean;
  readonly policyVersion: number;
  /** In force now. */
  readonly catalogueVersion: string;
  /** Longest time of all replays of the review, in milliseconds. */
  readonly maxMs: number;
}

/** A part of a pass: positions [from, to). */
export interface ReplayPart {
  readonly proposalId: string;
  readonly pass: 1 | 2;
  readonly from: number;
  readonly to: number;
}

/** Undefined: no such proposal. */
export function loadReplayModels(db: Database, { proposalId, pass, from, to }: ReplayPart): Promise<ReplayModels | undefined> {
  return guarded('load the models of a proposal', async () => {
    const [row] = await db.sql<ReplayModels[]>`
      SELECT p.name, p.baseline, coalesce(route.cascade #>> '{steps,0,model}', p.candidate) AS candidate,
        route.cascade IS NOT NULL AS "isCascade", v.settings->'judge' AS judge, v.base_version AS "policyVersion", (v.settings->'replay'->>'maxMs')::double precision AS "maxMs",
        (SELECT version FROM catalogue_versions WHERE active) AS "catalogueVersion",
        ARRAY(SELECT s.position FROM replay_samples s JOIN task_payloads w ON w.task_id = s.task_id
          WHERE s.proposal_id = p.id AND s.pass = ${pass} AND s.position >= ${from} AND s.position < ${to} AND w.grader IS NULL
          ORDER BY s.position) AS ungraded
      FROM proposals p JOIN reviews v ON v.id = p.review_id CROSS JOIN LATERAL (${cascadeOfProposal(db)} AS cascade) AS route
      WHERE p.id = ${proposalId}`;
    return row;
  });
}

/** How the task of a replay or judgement ended. */
export interface EndedReplay extends ReplayEnd {
  readonly role: ReplayRole | JudgeRole;
  /** What a judge answered; null: it did not, or is none. */
  readonly answer: string | null;
}

/** Undefined: it has not. */
export function loadReplayEnd(db: Database, replayTaskId: string): Promise<EndedReplay | undefined> {
  return guarded('load the end of a replay', async () => {
    const [row] = await db.sql<EndedReplay[]>`
      SELECT r.role, CASE WHEN r.rubric IS NOT NULL
          THEN (SELECT w.body->>'text' FROM answers w WHERE w.task_id = o.task_id AND w.attempt_id = o.attempt_id) END AS answer,
        o.kind, o.code, o.score, o.score_detail IS NOT NULL AS "isGraded",
        CASE WHEN a.step IS NULL THEN a.latency_ms ELSE ${cascadeLatency(db)} END AS "latencyMs"
      FROM routing_outcomes o JOIN replay_results r ON r.replay_task_id = o.task_id
        LEFT JOIN attempts a ON a.task_id = o.task_id AND a.id = o.attempt_id WHERE o.task_id = ${replayTaskId}`;
    return row;
  });
}

/** Of all calls of the cascade of an outcome `o`, and of the checks that programs made of its answers. */
function cascadeLatency(db: Database) {
  return db.sql`
    (SELECT coalesce(sum(latency_ms), 0) FROM attempts WHERE task_id = o.task_id)::integer
    + (SELECT coalesce(sum(check_ms), 0) FROM cascade_steps WHERE task_id = o.task_id AND check_attempt_id IS NULL)::integer`;
}

/** The two answers to a sampled task as far as a judge needs them, and the original's own. */
export interface AnswersToJudge {
  /** Null: that model's replay has no end. */
  readonly baseline: AnswerToJudge | null;
  readonly candidate: AnswerToJudge | null;
  /** What the original was answered; null: it is not there. */
  readonly original: string | null;
}

/** How a replay ended, and what it was answered; no text: it was not answered, or its content is erased. */
export interface AnswerToJudge {
  readonly outcome: 'scored' | 'failed' | 'excluded';
  readonly why: string | null;
  readonly text: string | null;
}

export function loadAnswersToJudge(
  db: Database,
  { proposalId, pass, taskId }: Pick<ReplayPlace, 'proposalId' | 'pass'> & { readonly taskId: string },
): Promise<AnswersToJudge> {
  return guarded('load the answers that are to be judged', async () => {
    const [row] = await db.sql<[AnswersToJudge]>`
      WITH replays AS (
        SELECT r.role, json_build_object('outcome', r.outcome, 'why', r.why, 'text', a.body->>'text') AS answer
        FROM replay_results r LEFT JOIN routing_outcomes o ON o.task_id = r.replay_task_id
          LEFT JOIN answers a ON a.task_id = o.task_id AND a.attempt_id = o.attempt_id
        WHERE r.proposal_id = ${proposalId} AND r.task_id = ${taskId} AND r.pass = ${pass} AND r.state = 'done')
      SELECT (SELECT answer FROM replays WHERE role = 'baseline') AS baseline, (SELECT answer FROM replays WHERE role = 'candidate') AS candidate,
        (SELECT a.body->>'text' FROM routing_outcomes o JOIN answers a ON a.task_id = o.task_id AND a.attempt_id = o.attempt_id
          WHERE o.task_id = ${taskId}) AS original`;
    return row;
  });
}
