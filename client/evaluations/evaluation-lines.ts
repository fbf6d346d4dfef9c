/** Evaluations in our own JSON Lines; docs/telemetry.md lists the fields. */

import type { Row } from '../telemetry/formats/format';
import type { EvaluationDraft } from './check-evaluation';

export function* lineEvaluations(row: Row): Generator<EvaluationDraft> {
  yield {
    run: row.run,
    item: row.item,
    model: row.model,
    grader: row.grader,
    score: row.score,
    inputHash: row.input_hash,
    fingerprint: row.fingerprint,
    evaluatedAt: row.evaluated_at,
    costUsd: row.cost_usd,
    latencyMs: row.latency_ms,
  };
}
