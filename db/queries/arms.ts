/**
 * What the arms of a rollout show, counted from the ledger by the database's clock: every task once, by what it was decided for, and
 * whatever became of it.
 */

import { failuresBlamedOn } from '../../routing/review/replay/failure-blame';
import type { ArmCounts, ArmFigures, CallCounts, CostMoments, StepCounts } from '../../routing/review/rollout/arms';
import { quantileCiRanks } from '../../routing/statistics/quantiles';
import { type Database, guarded } from '../connect';

/** What is counted, and from when; instants in milliseconds since the epoch. */
export interface ArmsQuery {
  readonly rolloutId: string;
  readonly candidate: string;
  readonly scale: 'binary' | 'score';
  readonly labelWindowMs: number;
  /** Tasks that were decided before are not counted. */
  readonly countedFromMs: number;
  readonly stepFromMs: number;
  /** Start of the soak; undefined before it. */
  readonly soakFromMs: number | undefined;
}

interface ArmRow extends ArmCounts {
  readonly arm: 'canary' | 'control';
  readonly isSoak: boolean;
  readonly stepClosed: number;
  readonly stepLabelled: number;
  readonly costMean: number | null;
  readonly costSd: number | null;
  readonly timed: number;
  readonly lastEntryMs: number;
}

const NOTHING: ArmCounts = {
  units: 0,
  closed: 0,
  labelled: 0,
  sum: 0,
  squareSum: 0,
  clusters: 0,
  clusterSquares: 0,
  clusterProducts: 0,
  clusterSizes: 0,
};

/** Two-sided confidence of the interval of a p95. */
const LATENCY_CONFIDENCE = 0.99;

/**
 * The figures of a rollout's arms now.
 *
 * The label of a task is its grader's score, else the last rating by a person; a task that failed and would have been graded has 0.
 * One that was cancelled or refused says nothing of a model.
 */
export function loadArmFigures(db: Database, query: ArmsQuery): Promise<ArmFigures> {
  return guarded('count what a rollout shows', async () => {
    const [rows, calls, health] = await Promise.all([loadArms(db, query), loadCalls(db, query), isCoolingDown(db, query.candidate)]);
    const row = (arm: 'canary' | 'control', isSoak: boolean) => rows.find((each) => each.arm === arm && each.isSoak === isSoak);
    const entries = rows.map(({ lastEntryMs }) => lastEntryMs);
    const [canary, control] = [row('canary', false), row('control', false)];
    return {
      even: { canary: countsOf(canary), control: countsOf(control) },
      soak: { canary: countsOf(row('canary', true)), control: countsOf(row('control', true)) },
      step: { canary: stepOf(rows, 'canary'), control: stepOf(rows, 'control') },
      calls,
      breaches: await countBreaches(db, query.rolloutId),
      isCandidateCoolingDown: health,
      cost: { canary: costOf(canary), control: costOf(control) },
      latency: {
        canaryP95LowMs: await p95EndOf(db, query, 'canary', canary?.timed ?? 0),
        controlP95HighMs: await p95EndOf(db, query, 'control', control?.timed ?? 0),
      },
      lastEntryMs: entries.length === 0 ? null : Math.max(...entries),
    };
  });
}

/** Tasks of the arms with their labels: a query of columns task_id, arm, model, unit, is_soak, decided_at, is_closed, is_new, cost, time, label. */
function countedTasks({ sql }: Database, query: ArmsQuery) {
  return sql`
    SELECT d.task_id, d.arm, d.model, coalesce(t.facts->>'affinityKey', d.task_id::text) AS unit, d.decided_at,
      d.decided_at >= ${at({ sql }, query.soakFromMs ?? null)} IS TRUE AS is_soak, d.decided_at >= ${at({ sql }, query.stepFromMs)} AS is_new,
      c.is_closed, o.cost_nano::float8 AS cost,
      CASE WHEN o.kind = 'completed' THEN extract(epoch FROM o.ended_at - d.decided_at)::float8 * 1000 END AS time_ms,
      CASE WHEN c.is_closed THEN
        CASE WHEN ${query.scale} = 'binary' THEN (l.label >= 0.5)::integer::float8 ELSE l.label END
      END AS label
    FROM routing_decisions d JOIN tasks t ON t.id = d.task_id
      LEFT JOIN routing_outcomes o ON o.task_id = d.task_id LEFT JOIN task_payloads p ON p.task_id = d.task_id
      CROSS JOIN LATERAL (SELECT coalesce(o.kind IN ('completed', 'failed')
        AND o.ended_at <= clock_timestamp() - ${query.labelWindowMs} * interval '1 millisecond', false) AS is_closed) c
      CROSS JOIN LATERAL (SELECT ${taskLabel({ sql })} AS label) l
    WHERE d.rollout_id = ${query.rolloutId} AND NOT t.dry_run AND d.decided_at >= ${at({ sql }, query.countedFromMs)}`;
}

/** The label of the task of `o` and `p`, in [0, 1]; null: it has none. */
export function taskLabel({ sql }: Pick<Database, 'sql'>) {
  return sql`coalesce(o.score,
    (SELECT (r.score - 1) / 4 FROM ratings r WHERE r.task_id = o.task_id AND r.source = 'person' ORDER BY r.rated_at DESC LIMIT 1),
    CASE WHEN o.kind = 'failed' AND p.grader IS NOT NULL THEN 0 END)`;
}

function at({ sql }: Pick<Database, 'sql'>, instantMs: number | null) {
  return sql`to_timestamp(${instantMs}::float8 / 1000)`;
}

function loadArms(db: Database, query: ArmsQuery): Promise<readonly ArmRow[]> {
  return db.sql<ArmRow[]>`
    WITH counted AS (${countedTasks(db, query)}),
    units AS (SELECT arm, is_soak, unit, count(label)::float8 AS n, coalesce(sum(label), 0) AS s FROM counted GROUP BY arm, is_soak, unit),
    clustered AS (SELECT arm, is_soak, count(*)::integer AS units, count(*) FILTER (WHERE n > 0)::integer AS clusters, sum(s * s) AS squares,
      sum(s * n) AS products, sum(n * n) AS sizes FROM units GROUP BY arm, is_soak)
    SELECT arm, is_soak AS "isSoak", u.units, u.clusters, u.squares AS "clusterSquares", u.products AS "clusterProducts",
      u.sizes AS "clusterSizes", count(*) FILTER (WHERE is_closed)::integer AS closed, count(label)::integer AS labelled,
      coalesce(sum(label), 0) AS sum, coalesce(sum(label * label), 0) AS "squareSum",
      count(*) FILTER (WHERE is_closed AND is_new)::integer AS "stepClosed", count(label) FILTER (WHERE is_new)::integer AS "stepLabelled",
      avg(cost) FILTER (WHERE is_closed) AS "costMean", stddev_samp(cost) FILTER (WHERE is_closed) AS "costSd", count(time_ms)::integer AS timed,
      extract(epoch FROM max(decided_at))::float8 * 1000 AS "lastEntryMs"
    FROM counted JOIN clustered u USING (arm, is_soak) GROUP BY arm, is_soak, u.units, u.clusters, u.squares, u.products, u.sizes`;
}

function countsOf(row: ArmRow | undefined): ArmCounts {
  if (row === undefined) return NOTHING;
  const { units, closed, labelled, sum, squareSum, clusters, clusterSquares, clusterProducts, clusterSizes } = row;
  return { units, closed, labelled, sum, squareSum, clusters, clusterSquares, clusterProducts, clusterSizes };
}

function stepOf(rows: readonly ArmRow[], arm: 'canary' | 'control'): StepCounts {
  const own = rows.filter((row) => row.arm === arm);
  const sum = (count: (row: ArmRow) => number) => own.reduce((total, row) => total + count(row), 0);
  return { closed: sum(({ stepClosed }) => stepClosed), labelled: sum(({ stepLabelled }) => stepLabelled) };
}

function costOf(row: ArmRow | undefined): CostMoments {
  return { tasks: row?.closed ?? 0, mean: row?.costMean ?? 0, sd: row?.costSd ?? 0 };
}

/** Calls of each arm's own model that ended by the model's or the provider's doing. */
async function loadCalls(db: Database, { rolloutId, countedFromMs }: ArmsQuery): Promise<ArmFigures['calls']> {
  const rows = await db.sql<(CallCounts & { arm: 'canary' | 'control' })[]>`
    SELECT d.arm, count(*)::integer AS calls, count(*) FILTER (WHERE a.failure_class = ANY (${[...failuresBlamedOn('model')]}))::integer AS "ownFailures",
      count(*) FILTER (WHERE a.failure_class = ANY (${[...failuresBlamedOn('provider')]}))::integer AS outages
    FROM routing_decisions d JOIN attempts a ON a.task_id = d.task_id AND a.decision_id = d.id AND a.model = d.model
    WHERE d.rollout_id = ${rolloutId} AND d.decided_at >= ${at(db, countedFromMs)} AND a.state <> 'running'
      AND coalesce(a.failure_class <> ALL (${[...failuresBlamedOn('nobody'), ...failuresBlamedOn('breach')]}), true)
    GROUP BY d.arm`;
  const of = (arm: 'canary' | 'control'): CallCounts => {
    const { calls = 0, ownFailures = 0, outages = 0 } = rows.find((row) => row.arm === arm) ?? {};
    return { calls, ownFailures, outages };
  };
  return { canary: of('canary'), control: of('control') };
}

/** Of all moved tasks, also of those that are not counted: nothing makes a breach undone. */
async function countBreaches({ sql }: Database, rolloutId: string): Promise<number> {
  const [row] = await sql<[{ breaches: number }]>`
    SELECT count(*)::integer AS breaches
    FROM routing_decisions d JOIN tasks t ON t.id = d.task_id JOIN attempts a ON a.task_id = d.task_id AND a.decision_id = d.id
      LEFT JOIN catalogue_models m ON m.catalogue_version = a.catalogue_version AND m.model = a.model
    WHERE d.rollout_id = ${rolloutId} AND d.arm = 'canary' AND (a.failure_class = ANY (${[...failuresBlamedOn('breach')]})
      OR NOT coalesce(t.privacy_tier = ANY (m.privacy_tiers), false)
      OR t.residency IS NOT NULL AND NOT coalesce(t.residency = ANY (m.regions), false))`;
  return row.breaches;
}

async function isCoolingDown({ sql }: Database, model: string): Promise<boolean> {
  const [row] = await sql<[{ state: string }?]>`SELECT health->>'state' AS state FROM model_health WHERE model = ${model}`;
  return row !== undefined && row.state !== 'closed';
}

/** An end of the interval of an arm's p95, an order statistic. Null: the arm has too few tasks for one. */
async function p95EndOf(db: Database, query: ArmsQuery, arm: 'canary' | 'control', timed: number): Promise<number | null> {
  if (timed === 0) return null;
  const { lowerRank, upperRank } = quantileCiRanks(timed, 0.95, LATENCY_CONFIDENCE);
  const rank = arm === 'canary' ? lowerRank : upperRank;
  if (rank === 0 || rank > timed) return null;
  const [row] = await db.sql<[{ ms: number | null }]>`
    SELECT percentile_disc(${rank / timed}::float8) WITHIN GROUP (ORDER BY time_ms) AS ms
    FROM (${countedTasks(db, query)}) AS counted WHERE arm = ${arm} AND NOT is_soak`;
  return row.ms;
}
