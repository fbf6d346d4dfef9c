/** What the steps of cascades read and write: answers of steps, results of checks, and what stated confidences were worth. */

import type { StatedAnswer } from '../../routing/cascade/calibration';
import type { CheckResult } from '../../routing/cascade/check';
import type { CheckCounts } from '../../routing/cascade/check-figures';
import { type Database, guarded } from '../connect';
import { argumentOf, type RecordedAttempt } from './ledger';

/** A step whose answer is to be checked, as far as it is known. JSON as stored. */
export interface StepToCheck {
  readonly decision: unknown;
  readonly policyVersion: number;
  readonly catalogueVersion: string;
  readonly grader: unknown;
  readonly answer: { readonly attemptId: string; readonly model: string; readonly body: unknown } | null;
  /** The answer of the check's own model. */
  readonly asked: { readonly attemptId: string; readonly body: unknown } | null;
  /** What an earlier run recorded. */
  readonly recorded: RecordedStep | null;
}

export interface RecordedStep {
  readonly result: CheckResult | 'unchecked';
  readonly why: string;
  readonly score: number | null;
}

export interface StepRecord {
  readonly taskId: string;
  readonly decisionId: string;
  /** Place of the step. */
  readonly step: number;
  readonly attemptId: string;
  readonly checkKind?: string | undefined;
  readonly result: CheckResult | 'unchecked';
  readonly why: string;
  readonly checkAttemptId?: string | undefined;
  readonly stated?: number | undefined;
  readonly calibrated?: number | undefined;
  readonly score?: number | undefined;
}

/** Newest graded answers that a stated confidence is corrected by. */
const MOST_STATED = 1_000;

/** Everything that a step's check needs. Attempts by their numbers. Undefined: no such task, or it has no such decision. */
export function loadStepToCheck(
  db: Database,
  {
    taskId,
    decisionId,
    step,
    answer,
    asked,
  }: {
    readonly taskId: string;
    readonly decisionId: string;
    readonly step: number;
    readonly answer: number;
    readonly asked?: number | undefined;
  },
): Promise<StepToCheck | undefined> {
  return guarded('load the step of a cascade', async () => {
    const answered = (number: number | null) => db.sql`
      SELECT jsonb_build_object('attemptId', a.id, 'model', a.model, 'body', w.body) FROM attempts a
        LEFT JOIN answers w ON w.task_id = a.task_id AND w.attempt_id = a.id
      WHERE a.task_id = d.task_id AND a.decision_id = d.id AND a.number = ${number}::smallint AND a.state = 'answered'`;
    const [row] = await db.sql<StepToCheck[]>`
      SELECT d.record AS decision, d.policy_version AS "policyVersion", d.catalogue_version AS "catalogueVersion", p.grader,
        (${answered(answer)}) AS answer, (${answered(asked ?? null)}) AS asked,
        (SELECT jsonb_build_object('result', s.result, 'why', s.why, 'score', s.score) FROM cascade_steps s
          WHERE s.task_id = t.id AND s.step = ${step}) AS recorded
      FROM tasks t JOIN routing_decisions d ON d.task_id = t.id AND d.id = ${decisionId}
        LEFT JOIN task_payloads p ON p.task_id = coalesce(t.replay_of, t.id)
      WHERE t.id = ${taskId}`;
    return row;
  });
}

/** Keeps the result of a step's check, or finds the one there is. */
export function recordStep(db: Database, record: StepRecord): Promise<RecordedStep> {
  return guarded('record the step of a cascade', async () => {
    const [row] = await db.sql<[{ result: RecordedStep }]>`SELECT record_cascade_step(${argumentOf(record)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** What was recorded of a step. Undefined: nothing yet. */
export function loadRecordedStep(db: Database, taskId: string, step: number): Promise<RecordedStep | undefined> {
  return guarded('load the step of a cascade', async () => {
    const [row] = await db.sql<[RecordedStep?]>`SELECT result, why, score FROM cascade_steps WHERE task_id = ${taskId} AND step = ${step}`;
    return row;
  });
}

/** The answer that a step's model gave. Undefined: it gave none, or its content is erased. */
export function loadStepAnswer(db: Database, taskId: string, decisionId: string, step: number): Promise<unknown> {
  return guarded('load the answer of a step', async () => {
    const [row] = await db.sql<[{ body: unknown }?]>`
      SELECT w.body FROM attempts a JOIN answers w ON w.task_id = a.task_id AND w.attempt_id = a.id
      WHERE a.task_id = ${taskId} AND a.decision_id = ${decisionId} AND a.step = ${step} AND a.part = 'answer' AND a.state = 'answered'`;
    return row?.body;
  });
}

/** The newest graded answers of a model on a class with the confidence that it stated. */
export function loadStatedAnswers(db: Database, taskClass: string, model: string): Promise<readonly StatedAnswer[]> {
  return guarded('load stated confidences', async () => {
    const rows = await db.sql<StatedAnswer[]>`
      SELECT stated, score >= 0.5 AS "isGood" FROM cascade_steps
      WHERE task_class = ${taskClass} AND model = ${model} AND stated IS NOT NULL AND score IS NOT NULL
      ORDER BY recorded_at DESC LIMIT ${MOST_STATED}`;
    return rows;
  });
}

/** What was counted of every check in the last days of UTC, today included; replays and what is golden are no part of it. */
export function countChecks(db: Database, days: number): Promise<readonly CheckCounts[]> {
  return guarded('count the results of checks', async () => {
    const rows = await db.sql<CheckCounts[]>`
      SELECT s.task_class AS "taskClass", s.model, s.check_kind AS check,
        count(*) FILTER (WHERE s.result = 'passed')::integer AS passed, count(*) FILTER (WHERE s.result = 'failed')::integer AS failed,
        count(*) FILTER (WHERE s.result = 'crashed')::integer AS crashed,
        count(*) FILTER (WHERE s.result = 'passed' AND s.score >= 0.5)::integer AS "goodPassed",
        count(*) FILTER (WHERE s.result = 'failed' AND s.score >= 0.5)::integer AS "goodFailed",
        count(*) FILTER (WHERE s.result = 'passed' AND s.score < 0.5)::integer AS "badPassed",
        count(*) FILTER (WHERE s.result = 'failed' AND s.score < 0.5)::integer AS "badFailed",
        sum(check_cost_nano)::double precision AS "costNanoUsd", sum(check_ms)::double precision AS "delayMs",
        count(*) FILTER (WHERE later.answered)::integer AS escalated,
        jsonb_build_object('costNanoUsd', avg(own.cost_nano) FILTER (WHERE s.score IS NOT NULL),
          'goodScore', avg(s.score) FILTER (WHERE s.score >= 0.5), 'badScore', avg(s.score) FILTER (WHERE s.score < 0.5),
          'givenAfterGood', avg(later.score) FILTER (WHERE s.result = 'failed' AND s.score >= 0.5),
          'givenAfterBad', avg(later.score) FILTER (WHERE s.result = 'failed' AND s.score < 0.5),
          'laterCostAfterGood', avg(later.cost_nano) FILTER (WHERE s.result = 'failed' AND s.score >= 0.5),
          'laterCostAfterBad', avg(later.cost_nano) FILTER (WHERE s.result = 'failed' AND s.score < 0.5)) AS graded
      FROM cascade_steps s
        CROSS JOIN LATERAL (SELECT sum(cost_nano) AS cost_nano FROM attempts WHERE task_id = s.task_id AND decision_id = s.decision_id
          AND step = s.step AND part = 'answer') AS own
        CROSS JOIN LATERAL (SELECT bool_or(l.step IS NOT NULL) AS answered, (array_agg(l.score ORDER BY l.step DESC))[1] AS score,
            (SELECT sum(cost_nano) FROM attempts WHERE task_id = s.task_id AND decision_id = s.decision_id AND step > s.step) AS cost_nano
          FROM cascade_steps l WHERE l.task_id = s.task_id AND l.step > s.step) AS later
      WHERE check_kind IS NOT NULL AND purpose = 'work' AND recorded_at >= date_trunc('day', now(), 'UTC') - make_interval(days => ${days - 1})
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
    return rows;
  });
}

/** How far a cascade has come, from its rows. Times in milliseconds since its decision. */
export interface CascadeRows {
  readonly decision: unknown;
  /** In the order of their numbers. */
  readonly attempts: readonly CascadeAttempt[];
  readonly checked: readonly { readonly place: number; readonly result: CheckResult | 'unchecked' }[];
  readonly elapsedMs: number;
}

export interface CascadeAttempt extends RecordedAttempt {
  /** Of the step. */
  readonly place: number;
  readonly part: 'answer' | 'check';
  /** Null: it has not ended. */
  readonly endedMs: number | null;
}

/** Undefined: no such task, or it has no such decision. */
export function loadCascadeRows(db: Database, taskId: string, decisionId: string): Promise<CascadeRows | undefined> {
  return guarded('load how far a cascade has come', async () => {
    const [row] = await db.sql<CascadeRows[]>`
      SELECT d.record AS decision, extract(epoch FROM clock_timestamp() - d.decided_at)::double precision * 1000 AS "elapsedMs",
        (SELECT coalesce(jsonb_agg(attempt_json(a) || jsonb_build_object('place', a.step, 'part', a.part,
            'endedMs', extract(epoch FROM a.ended_at - d.decided_at) * 1000) ORDER BY a.number), '[]')
          FROM attempts a WHERE a.task_id = d.task_id AND a.decision_id = d.id) AS attempts,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('place', s.step, 'result', s.result) ORDER BY s.step), '[]')
          FROM cascade_steps s WHERE s.task_id = d.task_id) AS checked
      FROM routing_decisions d WHERE d.task_id = ${taskId} AND d.id = ${decisionId}`;
    return row;
  });
}
