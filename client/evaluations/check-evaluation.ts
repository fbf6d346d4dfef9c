/** Makes an evaluation of what a format has understood, or says which field is wrong. */

import type { Evaluation } from '../../db/queries/evaluations';
import { type FieldNames, recordOf } from '../telemetry/check-draft';
import { type Skipped, skip } from '../telemetry/skip';

/** An evaluation as a format has understood it: each field as the source had it. */
export type EvaluationDraft = { readonly [Field in Exclude<keyof Evaluation, 'costNanoUsd'>]?: unknown } & { readonly costUsd?: unknown };

const NAMES: FieldNames = {
  ...{ id: 'item', endedAt: 'evaluated_at', inputHash: 'input_hash', costUsd: 'cost_usd', latencyMs: 'latency_ms', tenant: 'run' },
};

/** Values are judged as those of telemetry are. */
export function evaluationOf(draft: EvaluationDraft, now: number): Evaluation | Skipped {
  const { run, item, evaluatedAt, ...others } = draft;
  for (const field of ['run', 'grader', 'score'] as const)
    if (draft[field] === undefined || draft[field] === null) return skip('missing', field);
  const result = recordOf({ ...others, id: item, endedAt: evaluatedAt, tenant: run }, NAMES, now);
  if ('skipped' in result) return result;
  const { id, endedAt, tenant = '', model, grader = '', score = 0, inputHash, fingerprint, costNanoUsd, latencyMs } = result.record;
  return {
    ...{ run: tenant, item: id, model, grader, score, evaluatedAt: endedAt },
    ...(inputHash !== undefined && { inputHash }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(costNanoUsd !== undefined && { costNanoUsd }),
    ...(latencyMs !== undefined && { latencyMs }),
  };
}
