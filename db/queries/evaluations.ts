/** Earlier evaluations: scores that other systems gave to models on the same inputs, and the pairs that they make. */

import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import { ms } from './rollup-rows';

/** One model on one item of a run, as a grader has scored it. */
export interface Evaluation {
  /** Name of the evaluation in its origin. */
  readonly run: string;
  /** The input, by a name that is the same for every model of the run. */
  readonly item: string;
  /** As its origin names it. */
  readonly model: string;
  readonly grader: string;
  /** In [0, 1]. */
  readonly score: number;
  readonly inputHash?: string;
  /** What the provider said that it served. */
  readonly fingerprint?: string;
  /** Milliseconds since the epoch. */
  readonly evaluatedAt: number;
  readonly costNanoUsd?: NanoUsd;
  readonly latencyMs?: number;
}

export interface EvaluationSource {
  readonly origin: string;
  /** The class that the evaluations speak of. */
  readonly taskClass: string | undefined;
  readonly actor: string;
}

/** Adds evaluations that are not there, with an entry in the audit log. Returns how many were new. */
export function addEvaluations(
  db: Database,
  { origin, taskClass, actor }: EvaluationSource,
  evaluations: readonly Evaluation[],
): Promise<number> {
  const rows = evaluations.map(({ evaluatedAt, latencyMs, ...each }) => ({
    ...each,
    evaluatedAt: new Date(evaluatedAt).toISOString(),
    ...(latencyMs !== undefined && { latencyMs: Math.round(latencyMs) }),
  }));
  return guarded('import evaluations', () =>
    db.sql.begin(async (sql) => {
      const added = await sql`
        INSERT INTO imported_evaluations (origin, run, item, foreign_model, grader, score, task_class, input_hash, fingerprint, evaluated_at,
            cost_nano, latency_ms, imported_by)
          SELECT ${origin}, run, item, model, grader, score, ${taskClass ?? null}::text, "inputHash", fingerprint, "evaluatedAt", "costNanoUsd",
            "latencyMs", ${actor}
          FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS r (run text, item text, model text, grader text,
            score double precision, "inputHash" text, fingerprint text, "evaluatedAt" timestamptz, "costNanoUsd" bigint, "latencyMs" integer)
        ON CONFLICT DO NOTHING`;
      if (added.count > 0) {
        await sql`SELECT append_audit(${actor}, 'evaluations.imported', ${origin}, ${JSON.stringify({ added: added.count })}::text::jsonb)`;
      }
      return added.count;
    }),
  );
}

/** Pairs of two models in a run, by one grader. */
export interface EvaluatedPairs {
  readonly origin: string;
  readonly run: string;
  readonly grader: string;
  readonly pairs: number;
  /** Mean score of each, in [0, 1]. */
  readonly baselineMean: number;
  readonly candidateMean: number;
  /** Standard deviation of the differences; null for fewer than two pairs. */
  readonly differenceSd: number | null;
  /** Milliseconds since the epoch: the latest of the pairs. */
  readonly evaluatedAt: number;
  /** What the providers said that they served. */
  readonly fingerprints: readonly string[];
}

export interface PairRequest {
  readonly baseline: string;
  readonly candidate: string;
  /** Evaluations of another class are left out; those of which nobody has said the class are not. */
  readonly classes: readonly string[];
}

/** What is known of two models from evaluations elsewhere, the latest first. */
export function loadEvaluatedPairs({ sql }: Database, { baseline, candidate, classes }: PairRequest): Promise<readonly EvaluatedPairs[]> {
  return guarded('load earlier evaluations', async () => {
    const rows = await sql<EvaluatedPairs[]>`
      WITH named AS (
        SELECT e.*, coalesce(m.model, e.foreign_model) AS model FROM imported_evaluations e LEFT JOIN model_mappings m ON m.foreign_model = e.foreign_model
        WHERE coalesce(m.model, e.foreign_model) IN (${baseline}, ${candidate}) AND (e.task_class IS NULL OR e.task_class = ANY (${[...classes]}::text[]))
      )
      SELECT b.origin, b.run, b.grader, count(*)::integer AS pairs, avg(b.score) AS "baselineMean", avg(c.score) AS "candidateMean",
        stddev_samp(c.score - b.score) AS "differenceSd", ${ms(sql, sql`max(greatest(b.evaluated_at, c.evaluated_at))`)} AS "evaluatedAt",
        coalesce(array_agg(DISTINCT c.fingerprint) FILTER (WHERE c.fingerprint IS NOT NULL), '{}')
          || coalesce(array_agg(DISTINCT b.fingerprint) FILTER (WHERE b.fingerprint IS NOT NULL), '{}') AS fingerprints
      FROM named b JOIN named c ON c.origin = b.origin AND c.run = b.run AND c.item = b.item AND c.grader = b.grader
      WHERE b.model = ${baseline} AND c.model = ${candidate}
      GROUP BY b.origin, b.run, b.grader ORDER BY 8 DESC, 1, 2, 3`;
    return [...rows];
  });
}
