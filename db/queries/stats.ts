/** How models did: figures from attempts, averages from ratings. */

import { asc } from 'drizzle-orm';
import { type Database, guarded } from '../connect';
import { modelPerformance } from '../schema';

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

/** Every model that was called or rated, best EWMA first. */
export function modelStats(db: Database): Promise<readonly ModelStats[]> {
  return guarded('gather the statistics of models', async () => {
    const [summaries, performance] = await Promise.all([
      db.sql<(Omit<ModelStats, 'tiers' | 'costNano'> & { costNano: string })[]>`
        SELECT model, calls::integer, answered::integer, failed::integer, in_doubt::integer AS "inDoubt", cost_nano AS "costNano",
          latency_p50_ms AS "latencyP50Ms", latency_p95_ms AS "latencyP95Ms", ewma, ratings
        FROM v_model_summary`,
      db.drizzle.select().from(modelPerformance).orderBy(asc(modelPerformance.cell)),
    ]);
    const names = new Set([
      ...summaries.map(({ model }) => model),
      ...performance.filter(({ ewma }) => ewma !== null).map(({ model }) => model),
    ]);
    const all = [...names].map((model): ModelStats => {
      const summary = summaries.find((row) => row.model === model);
      const overall = performance.find((row) => row.model === model && row.grain === 'all');
      const tiers = performance.flatMap(({ model: of, grain, cell, ewma, ratings }) =>
        of === model && grain === 'tier' && ewma !== null ? [{ tier: cell, ewma, ratings }] : [],
      );
      return {
        model,
        calls: summary?.calls ?? 0,
        answered: summary?.answered ?? 0,
        failed: summary?.failed ?? 0,
        inDoubt: summary?.inDoubt ?? 0,
        costNano: Number(summary?.costNano ?? 0),
        latencyP50Ms: summary?.latencyP50Ms ?? null,
        latencyP95Ms: summary?.latencyP95Ms ?? null,
        ewma: overall?.ewma ?? null,
        ratings: overall?.ratings ?? 0,
        tiers,
      };
    });
    return all.sort((a, b) => (b.ewma ?? 0) - (a.ewma ?? 0) || b.calls - a.calls || a.model.localeCompare(b.model));
  });
}
