/** Slots for people: accounts, who waits, which models did what for whom, and what slots would have changed. */

import type { ValueSource } from '../../routing/slots/expected-value';
import type { ValueBasis } from '../../routing/slots/learned-value';
import { type Database, guarded } from '../connect';

export interface WindowFigures {
  readonly per: string;
  /** Share of the tightest limit, over the share that may be used; from 1 on nobody gets a slot. */
  readonly usedRate: number;
  readonly requests: number;
  readonly requestLimit: number | null;
  readonly tokens: number;
  readonly tokenLimit: number | null;
  readonly spentNano: number;
  readonly spendLimitNano: number | null;
  readonly safetyRate: number;
  /** Null: nothing was used lately. */
  readonly endsAt: string | null;
}

export interface AccountFigures {
  readonly account: string;
  readonly models: readonly string[];
  readonly concurrency: number;
  readonly taken: number;
  /** Waiting tasks that could use it. */
  readonly waiting: number;
  readonly timeZone: string;
  readonly usedRate: number;
  readonly windows: readonly WindowFigures[];
}

/** Every account, in the order of the configuration. */
export function listAccounts(db: Database): Promise<readonly AccountFigures[]> {
  return guarded(
    'list the slots',
    () =>
      db.sql<AccountFigures[]>`
      WITH rates AS MATERIALIZED (SELECT * FROM slot_rates(clock_timestamp()))
      SELECT s.account, s.models, s.concurrency, s.time_zone AS "timeZone",
        (SELECT count(*)::integer FROM slot_leases l WHERE l.account = s.account AND l.expires_at > clock_timestamp()) AS taken,
        (SELECT count(*)::integer FROM slot_queue q WHERE q.models && s.models
          AND NOT EXISTS (SELECT FROM slot_leases l WHERE l.task_id = q.task_id AND l.expires_at > clock_timestamp())) AS waiting,
        coalesce((SELECT max(used_rate) FROM rates r WHERE r.account = s.account), 0) AS "usedRate",
        (SELECT coalesce(jsonb_agg(jsonb_build_object('per', w.per, 'usedRate', r.used_rate, 'requests', live.n * w.requests,
            'requestLimit', w.request_limit, 'tokens', live.n * w.tokens, 'tokenLimit', w.token_limit, 'spentNano', live.n * w.spent_nano,
            'spendLimitNano', w.spend_limit_nano, 'safetyRate', w.safety_rate, 'endsAt', r.ends_at)
            ORDER BY array_position(ARRAY['minute', 'five_hours', 'day', 'week'], w.per)), '[]')
          FROM slot_windows w JOIN rates r USING (account, per)
            CROSS JOIN LATERAL (SELECT (w.ends_at > clock_timestamp())::integer AS n) live WHERE w.account = s.account) AS windows
      FROM slots s ORDER BY s.position`,
  );
}

export interface QueueEntry {
  readonly position: number;
  readonly taskId: string;
  readonly taskClass: string | null;
  readonly expectedValue: number;
  readonly valueSource: ValueSource;
  readonly valueBasis: ValueBasis | null;
  readonly priority: number;
  readonly group: string | null;
  readonly waitedMs: number;
  readonly models: readonly string[];
  /** The account that it was given a slot of and has not begun to use; null: it waits. */
  readonly granted: string | null;
}

/** Tasks that wait, in the order in which they choose, and how many there are. */
export function listQueue(db: Database, limit: number): Promise<{ readonly total: number; readonly entries: readonly QueueEntry[] }> {
  return guarded('list who waits for a slot', async () => {
    const [count] = await db.sql<[{ total: number }]>`SELECT count(*)::integer AS total FROM slot_queue`;
    const entries = await db.sql<QueueEntry[]>`
      SELECT row_number() OVER (ORDER BY q.place, q.task_id)::integer AS position, q.task_id AS "taskId", t.task_class AS "taskClass",
        q.expected_value AS "expectedValue", a.value_source AS "valueSource", a.value_basis AS "valueBasis", q.priority, q.group_name AS "group",
        (extract(epoch FROM clock_timestamp() - q.since) * 1000)::float8 AS "waitedMs", q.models,
        (SELECT l.account FROM slot_leases l WHERE l.task_id = q.task_id AND l.expires_at > clock_timestamp()) AS granted
      FROM slot_queue q JOIN tasks t ON t.id = q.task_id JOIN slot_assignments a ON a.task_id = q.task_id ORDER BY q.place, q.task_id LIMIT ${limit}`;
    return { total: count.total, entries };
  });
}

export interface MatrixCell {
  readonly model: string;
  /** Empty: the submitter named none. */
  readonly layer: string;
  readonly decisions: number;
  /** Of tasks that have ended. */
  readonly costNano: number;
}

/** Decisions of the last hours by model and layer, with what their tasks cost so far. Replays are left out. */
export function decisionMatrix(db: Database, hours: number): Promise<readonly MatrixCell[]> {
  return guarded(
    'count decisions by model and layer',
    () =>
      db.sql<MatrixCell[]>`
      SELECT coalesce(s.model, d.model) AS model, coalesce(t.facts->>'layer', '') AS layer, count(*)::integer AS decisions,
        coalesce(sum(o.cost_nano), 0)::float8 AS "costNano"
      FROM routing_decisions d JOIN tasks t ON t.id = d.task_id
        LEFT JOIN slot_assignments s ON s.task_id = d.task_id AND s.mode = 'act' LEFT JOIN routing_outcomes o ON o.task_id = d.task_id
      WHERE d.kind = 'routed' AND d.decided_at > now() - make_interval(hours => ${hours}) AND t.purpose = 'work' AND NOT t.dry_run
      GROUP BY 1, 2 ORDER BY 1, 2`,
  );
}

export interface ObservedPair {
  /** The model that was decided on. */
  readonly decided: string;
  /** The model of the slot that the task would have got; null: it would have waited. */
  readonly observed: string | null;
  readonly tasks: number;
  /** By the estimates of the decisions; `observedNano` only of those that would have had a slot. */
  readonly decidedNano: number;
  readonly observedNano: number;
  /** What their tasks did cost. */
  readonly actualNano: number;
  readonly answered: number;
}

/** What slots would have changed in the last hours: what mode observe recorded, beside what happened. */
export function observedPairs(db: Database, hours: number): Promise<readonly ObservedPair[]> {
  return guarded(
    'compare observed slots with what happened',
    () =>
      db.sql<ObservedPair[]>`
      SELECT d.model AS decided, s.model AS observed, count(*)::integer AS tasks,
        coalesce(sum((d.record->'chosen'->>'estimatedCostNanoUsd')::float8), 0) AS "decidedNano",
        coalesce(sum(CASE WHEN s.model = d.model THEN (d.record->'chosen'->>'estimatedCostNanoUsd')::float8 ELSE (
          SELECT (c->>'estimatedCostNanoUsd')::float8 FROM jsonb_array_elements(d.record->'alternatives') AS c WHERE c->>'model' = s.model) END), 0)
          AS "observedNano",
        coalesce(sum(o.cost_nano), 0)::float8 AS "actualNano", count(*) FILTER (WHERE o.kind = 'completed')::integer AS answered
      FROM slot_assignments s JOIN routing_decisions d ON d.task_id = s.task_id JOIN tasks t ON t.id = s.task_id
        LEFT JOIN routing_outcomes o ON o.task_id = s.task_id
      WHERE s.mode = 'observe' AND s.since > now() - make_interval(hours => ${hours}) AND NOT t.dry_run
      GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`,
  );
}

/** Which slot a task got or would have got. */
export interface RecordedAssignment {
  readonly taskId: string;
  readonly mode: 'act' | 'observe';
  readonly account: string | null;
  readonly model: string | null;
  readonly reason: string;
  readonly alternatives: readonly { readonly account: string; readonly model: string; readonly why: string }[];
  readonly expectedValue: number;
  readonly valueSource: ValueSource;
  /** On what a learned value rests; null: it is not learned. */
  readonly valueBasis: ValueBasis | null;
  readonly valueRemark: string | null;
  readonly percentiles: { readonly closed: number; readonly claim: number } | null;
}

/** Undefined: the task needs no slot. */
export function loadAssignment(db: Database, taskId: string): Promise<RecordedAssignment | undefined> {
  return guarded('load the slot of a task', async () => {
    const [row] = await db.sql<RecordedAssignment[]>`
      SELECT task_id AS "taskId", mode, account, model, reason, alternatives, expected_value AS "expectedValue",
        value_source AS "valueSource", value_basis AS "valueBasis", value_remark AS "valueRemark", percentiles
      FROM slot_assignments WHERE task_id = ${taskId}`;
    return row;
  });
}
