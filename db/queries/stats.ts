/**
 * What was done over some days, from the roll-ups of calls and, for what is younger than they are, from the calls themselves: see
 * db/migrations/0008_upkeep.sql. Days are of UTC, the present one included. Averages of ratings are of all time.
 */

import { asc } from 'drizzle-orm';
import { type Database, guarded } from '../connect';
import { modelPerformance, type TaskStatus } from '../schema';

/** Days that are shown unless somebody asks for more or fewer. */
const STATS_DAYS = 30;

export interface ModelStats {
  readonly model: string;
  readonly calls: number;
  readonly answered: number;
  readonly failed: number;
  readonly inDoubt: number;
  readonly costNano: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  /** EWMA over all its ratings, 1 to 5; null: never rated. */
  readonly ewma: number | null;
  readonly ratings: number;
  /** EWMA by tier. */
  readonly tiers: readonly { readonly tier: string; readonly ewma: number; readonly ratings: number }[];
}

/** Calls of one model by programs that route by themselves. */
export type EmbeddedStats = Omit<ModelStats, 'ewma' | 'ratings' | 'tiers'>;

export interface CallStats {
  /** Every model that did work of tasks in these days or was rated ever, best EWMA first. */
  readonly models: readonly ModelStats[];
  /** Models that programs called in these days, most called first: in no figure of `models`, but for ratings. */
  readonly embedded: readonly EmbeddedStats[];
}

interface Summary extends Omit<EmbeddedStats, 'costNano'> {
  readonly purpose: 'work' | 'embedded';
  readonly costNano: string;
}

/** Quantiles of latencies are right within 1 %. */
export function callStats(db: Database, days = STATS_DAYS): Promise<CallStats> {
  return guarded('gather the statistics of models', async () => {
    const [summaries, performance] = await Promise.all([
      db.sql<Summary[]>`
        SELECT purpose, model, calls::integer, answered::integer, failed::integer, in_doubt::integer AS "inDoubt", cost_nano AS "costNano",
          round(latency_p50_ms) AS "latencyP50Ms", round(latency_p95_ms) AS "latencyP95Ms"
        FROM call_summary(first_of_days(${days}), '{work,embedded}')`,
      db.drizzle.select().from(modelPerformance).orderBy(asc(modelPerformance.cell)),
    ]);
    const [worked, embedded] = (['work', 'embedded'] as const).map((wanted) =>
      summaries.filter(({ purpose }) => purpose === wanted).map(({ purpose: _, ...row }) => ({ ...row, costNano: Number(row.costNano) })),
    ) as [EmbeddedStats[], EmbeddedStats[]];
    return {
      models: withRatings(worked, performance),
      embedded: embedded.sort((a, b) => b.calls - a.calls || a.model.localeCompare(b.model)),
    };
  });
}

/** See `CallStats.models`. */
export async function modelStats(db: Database, days = STATS_DAYS): Promise<readonly ModelStats[]> {
  return (await callStats(db, days)).models;
}

const NO_CALLS = { calls: 0, answered: 0, failed: 0, inDoubt: 0, costNano: 0, latencyP50Ms: null, latencyP95Ms: null } as const;

function withRatings(
  worked: readonly EmbeddedStats[],
  performance: readonly (typeof modelPerformance.$inferSelect)[],
): readonly ModelStats[] {
  const names = new Set([
    ...worked.map(({ model }) => model),
    ...performance.filter(({ ewma }) => ewma !== null).map(({ model }) => model),
  ]);
  const all = [...names].map((model): ModelStats => {
    const overall = performance.find((row) => row.model === model && row.grain === 'all');
    const tiers = performance.flatMap(({ model: of, grain, cell, ewma, ratings }) =>
      of === model && grain === 'tier' && ewma !== null ? [{ tier: cell, ewma, ratings }] : [],
    );
    const calls = worked.find((row) => row.model === model) ?? NO_CALLS;
    return { ...calls, model, ewma: overall?.ewma ?? null, ratings: overall?.ratings ?? 0, tiers };
  });
  return all.sort((a, b) => (b.ewma ?? 0) - (a.ewma ?? 0) || b.calls - a.calls || a.model.localeCompare(b.model));
}

/** Tasks that ended in these days by how they ended, and all that are open, without replays. */
export function countTasks(db: Database, days = STATS_DAYS): Promise<Readonly<Record<TaskStatus, number>>> {
  return guarded('count tasks', async () => {
    const rows = await db.sql<{ status: TaskStatus; tasks: number }[]>`
      SELECT kind AS status, sum(tasks)::integer AS tasks FROM outcomes_since(first_of_days(${days})) WHERE purpose = 'work' GROUP BY kind
      UNION ALL
      SELECT status, count(*)::integer FROM tasks WHERE ended_at IS NULL AND purpose = 'work' GROUP BY status`;
    const none = { accepted: 0, running: 0, await_slot: 0, completed: 0, failed: 0, refused: 0, cancelled: 0 };
    return { ...none, ...Object.fromEntries(rows.map((row) => [row.status, row.tasks])) };
  });
}

/** What the calls cost that ended in these days, those of replays and of programs that route by themselves among them. */
export function totalCost(db: Database, days = STATS_DAYS): Promise<number> {
  return guarded('add up the costs', async () => {
    const [row] = await db.sql<[{ total: string }]>`
      SELECT coalesce(sum(cost_nano), 0) AS total FROM calls_since(first_of_days(${days}))`;
    return Number(row.total);
  });
}
