/**
 * What the steps of a dispatch read: one round trip each.
 */

import type { LiveCanary } from '../../routing/decision/canary';
import type { ClassPerformance, Knowledge, ModelHealth, RatingState } from '../../routing/decision/knowledge';
import type { BudgetLimit } from '../../routing/money/budget';
import type { BudgetScope } from '../../routing/task/task';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import type { TaskStatus } from '../schema/tasks';
import type { BudgetShortage, RecordedAttempt } from './ledger';

/** A task as its decision needs it. JSON columns are as stored: parse before use. */
export interface TaskToDecide {
  readonly status: TaskStatus;
  readonly purpose: 'work' | 'replay' | 'golden' | 'judge';
  readonly dryRun: boolean;
  readonly cancelRequested: boolean;
  readonly facts: unknown;
  readonly privacyTier: string;
  readonly residency: string | null;
  readonly prompt: unknown;
  readonly promptBytes: number;
  /** What kind of grader it has, and how long that may run if it is a program. */
  readonly grader: { readonly kind: string; readonly timeoutMs?: number | null } | null;
  readonly decision: { readonly id: string; readonly record: unknown } | null;
  readonly policyVersion: number | null;
  readonly catalogueVersion: string | null;
  /** What this process keeps is out of date when it moves on. */
  readonly cacheEpoch: number;
  /** Rollouts to follow, of all classes; none for what is not work, which no arm may count. */
  readonly canaries: readonly LiveCanary[];
}

/** The task with its content, the decision it may already have, and which rules are in force. Undefined: no such task. */
export function loadTaskToDecide(db: Database, taskId: string): Promise<TaskToDecide | undefined> {
  return guarded('load a task', async () => {
    const [row] = await db.sql<TaskToDecide[]>`
      SELECT t.status, t.purpose, t.dry_run AS "dryRun", t.cancel_requested_at IS NOT NULL AS "cancelRequested", t.facts,
        t.privacy_tier AS "privacyTier", t.residency, p.prompt, p.prompt_bytes AS "promptBytes",
        CASE WHEN p.grader IS NOT NULL THEN jsonb_build_object('kind', p.grader->'kind', 'timeoutMs', p.grader->'timeoutMs') END AS grader,
        (SELECT jsonb_build_object('id', d.id, 'record', d.record) FROM routing_decisions d WHERE d.task_id = t.id) AS decision,
        (SELECT version FROM policy_versions WHERE active) AS "policyVersion",
        (SELECT version FROM catalogue_versions WHERE active) AS "catalogueVersion", (SELECT epoch::integer FROM cache_epoch) AS "cacheEpoch",
        CASE t.purpose WHEN 'work' THEN live_canaries() ELSE '[]' END AS canaries
      FROM tasks t JOIN task_payloads p ON p.task_id = coalesce(t.replay_of, t.id) WHERE t.id = ${taskId}`;
    return row;
  });
}

/** Knowledge as it is read, and as it is stored with the decision: plain JSON. */
export interface StoredKnowledge {
  readonly ratings: readonly { readonly key: string; readonly ewma: number; readonly count: number }[];
  readonly performance: readonly ({ readonly model: string } & ClassPerformance)[];
  readonly health: readonly { readonly model: string; readonly health: ModelHealth }[];
  readonly budgetRoomNanoUsd: NanoUsd | null;
}

/** What experience says about a class, and how much money is left for a scope. */
export function loadKnowledge(db: Database, taskClass: string, scope: BudgetScope): Promise<StoredKnowledge> {
  return guarded('load what is known of the models', async () => {
    const [row] = await db.sql<[{ result: StoredKnowledge }]>`
      SELECT jsonb_build_object(
        'ratings', (SELECT coalesce(jsonb_agg(jsonb_build_object('ewma', ewma, 'count', ratings,
            'key', CASE grain WHEN 'all' THEN model ELSE model || '#' || cell END)), '[]')
          FROM model_performance WHERE grain IN ('all', 'tier') AND ewma IS NOT NULL),
        'performance', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('model', model, 'attempts', attempts,
            'successes', successes, 'graded', graded, 'meanScore', score_sum / nullif(graded, 0),
            'meanLatencyMs', latency_sum_ms / nullif(latency_count, 0), 'outputRatio', exp(output_log_ratio_sum / nullif(output_count, 0))))), '[]')
          FROM model_performance WHERE grain = 'class' AND cell = ${taskClass}),
        'health', (SELECT coalesce(jsonb_agg(jsonb_build_object('model', model, 'health', health)), '[]') FROM model_health),
        'budgetRoomNanoUsd', (SELECT min(b.limit_nano - coalesce(t.spent_nano, 0))
          FROM budgets b LEFT JOIN budget_tracking t
            ON t.budget_id = b.id AND t.period_start = date_trunc(nullif(b.period, 'request'), now(), b.time_zone)
          WHERE b.hard AND (b.scope_kind = 'global' OR b.scope_id = ${JSON.stringify(scope)}::text::jsonb ->> b.scope_kind))
      ) AS result`;
    return row.result;
  });
}

/** The hard budget that leaves a scope the least room, as `budgetRoomNanoUsd` counts it. Undefined: the scope has none. */
export function loadTightestBudget(db: Database, scope: BudgetScope): Promise<Omit<BudgetShortage, 'mayFree'> | undefined> {
  return guarded('load the tightest budget', async () => {
    const [row] = await db.sql<{ limit: BudgetLimit; leftNano: number; renewsAtMs: number | null }[]>`
      SELECT budget_json(b.id) AS limit, greatest(b.limit_nano - coalesce(t.spent_nano + t.reserved_nano, 0), 0)::float8 AS "leftNano",
        (extract(epoch FROM t.period_end) * 1000)::float8 AS "renewsAtMs"
      FROM budgets b LEFT JOIN budget_tracking t
        ON t.budget_id = b.id AND t.period_start = date_trunc(nullif(b.period, 'request'), now(), b.time_zone)
      WHERE b.hard AND (b.scope_kind = 'global' OR b.scope_id = ${JSON.stringify(scope)}::text::jsonb ->> b.scope_kind)
      ORDER BY b.limit_nano - coalesce(t.spent_nano, 0) LIMIT 1`;
    if (row === undefined) return undefined;
    const { limit, leftNano, renewsAtMs } = row;
    return { limit, leftNano, ...(renewsAtMs === null ? {} : { renewsAtMs }) };
  });
}

/** Stored knowledge as the pure core takes it. */
export function knowledgeOf(stored: StoredKnowledge): Knowledge {
  const ratings = new Map<string, RatingState>(stored.ratings.map(({ key, ewma, count }) => [key, { ewma, count }]));
  const performance = new Map<string, ClassPerformance>(stored.performance.map(({ model, ...figures }) => [model, figures]));
  const health = new Map<string, ModelHealth>(stored.health.map((entry) => [entry.model, entry.health]));
  return {
    ratings,
    performance,
    health,
    ...(stored.budgetRoomNanoUsd === null ? {} : { budgetRoomNanoUsd: stored.budgetRoomNanoUsd }),
  };
}

/** Percentiles of the expected values of recent tasks; undefined when too few say what they are worth. */
export function loadValuePercentiles(
  db: Database,
  closedPercentile: number,
  claimPercentile: number,
): Promise<{ readonly closed: number; readonly claim: number } | undefined> {
  return guarded('load the values of recent tasks', async () => {
    const [row] = await db.sql<[{ tasks: number; closed: number | null; claim: number | null }]>`
      SELECT count(*)::integer AS tasks, percentile_cont(${closedPercentile / 100}) WITHIN GROUP (ORDER BY value) AS closed,
        percentile_cont(${claimPercentile / 100}) WITHIN GROUP (ORDER BY value) AS claim
      FROM (SELECT (facts->>'expectedValue')::double precision AS value FROM tasks
        WHERE accepted_at > now() - interval '1 day' AND facts ? 'expectedValue' AND purpose = 'work' ORDER BY accepted_at DESC LIMIT 1000) AS recent`;
    return row.closed === null || row.claim === null || row.tasks < 10 ? undefined : { closed: row.closed, claim: row.claim };
  });
}

/** A task as one of its calls needs it. */
export interface TaskToCall {
  readonly status: TaskStatus;
  readonly externalId: string | null;
  readonly facts: unknown;
  readonly privacyTier: string;
  readonly residency: string | null;
  readonly prompt: unknown;
  readonly promptBytes: number;
  readonly grader: unknown;
  readonly decision: unknown;
  readonly catalogueVersion: string;
  /** The catalogue in force now; the decision's own when the models have not changed since. */
  readonly activeCatalogueVersion: string;
  readonly policyVersion: number;
  readonly health: ModelHealth | null;
  /** The attempt of this number, when an earlier run of the call opened it. */
  readonly attempt: RecordedAttempt | null;
}

/** Everything one call of one model needs. Undefined: no such task, or it has no such decision. */
export function loadTaskToCall(
  db: Database,
  {
    taskId,
    decisionId,
    number,
    model,
  }: { readonly taskId: string; readonly decisionId: string; readonly number: number; readonly model: string },
): Promise<TaskToCall | undefined> {
  return guarded('load a task for its call', async () => {
    const [row] = await db.sql<TaskToCall[]>`
      SELECT t.status, t.external_id AS "externalId", t.facts, t.privacy_tier AS "privacyTier", t.residency, p.prompt,
        p.prompt_bytes AS "promptBytes", p.grader,
        d.record AS decision, d.catalogue_version AS "catalogueVersion", d.policy_version AS "policyVersion",
        (SELECT version FROM catalogue_versions WHERE active) AS "activeCatalogueVersion",
        (SELECT health FROM model_health WHERE model = ${model}) AS health,
        (SELECT attempt_json(a) FROM attempts a WHERE a.task_id = t.id AND a.decision_id = d.id AND a.number = ${number}) AS attempt
      FROM tasks t JOIN task_payloads p ON p.task_id = CASE t.purpose WHEN 'judge' THEN t.id ELSE coalesce(t.replay_of, t.id) END
        JOIN routing_decisions d ON d.task_id = t.id AND d.id = ${decisionId}
      WHERE t.id = ${taskId}`;
    return row;
  });
}

/** The answer of an attempt, as stored. Undefined: it has none. */
export function loadAnswer(db: Database, taskId: string, attemptId: string): Promise<unknown> {
  return guarded('load an answer', async () => {
    const [row] = await db.sql<[{ body: unknown }?]>`SELECT body FROM answers WHERE task_id = ${taskId} AND attempt_id = ${attemptId}`;
    return row?.body;
  });
}

/**
 * Moves the circuit breaker of a model by a pure function, under the row's lock.
 *
 * @param next what follows from the present health; returning the same object writes nothing
 * @returns the health after the move
 */
export function moveHealth(db: Database, model: string, next: (health: ModelHealth) => ModelHealth): Promise<ModelHealth> {
  return guarded('record the health of a model', () =>
    db.sql.begin(async (sql) => {
      await sql`INSERT INTO model_health (model, health) VALUES (${model}, '{"state": "closed", "consecutiveFailures": 0}') ON CONFLICT (model) DO NOTHING`;
      const [row] = await sql<[{ health: ModelHealth }]>`SELECT health FROM model_health WHERE model = ${model} FOR UPDATE`;
      const moved = next(row.health);
      if (moved !== row.health) {
        await sql`UPDATE model_health SET health = ${JSON.stringify(moved)}::text::jsonb, changed_at = now() WHERE model = ${model}`;
      }
      return moved;
    }),
  );
}
