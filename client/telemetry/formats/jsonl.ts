/** Telemetry in our own JSON Lines: one object on each line, with the fields that docs/telemetry.md lists. */

import { type Draft, type FieldNames, recordOf } from '../check-draft';
import type { Row, TelemetryFormat } from './format';

/** Every field, in the order in which the documentation has them. */
const NAMES = {
  id: 'id',
  endedAt: 'ended_at',
  model: 'model',
  taskClass: 'class',
  taskType: 'type',
  complexity: 'complexity',
  outcome: 'outcome',
  score: 'score',
  grader: 'grader',
  rating: 'rating',
  costUsd: 'cost_usd',
  latencyMs: 'latency_ms',
  inputTokens: 'input_tokens',
  cachedInputTokens: 'cached_input_tokens',
  outputTokens: 'output_tokens',
  calls: 'calls',
  privacyTier: 'privacy_tier',
  residency: 'residency',
  capabilities: 'capabilities',
  tenant: 'tenant',
  conversation: 'conversation',
  inputHash: 'input_hash',
  prompt: 'prompt',
  propensity: 'propensity',
  fingerprint: 'fingerprint',
} as const satisfies FieldNames;

export const jsonl: TelemetryFormat = {
  name: 'jsonl',
  title: 'Signalbox JSON Lines',
  isOf: (value) => 'id' in value && 'ended_at' in value && 'model' in value,
  rowsOf: (value) => [value],
  read: (row, { now, withPrompts }) => recordOf(draftOf(row, withPrompts), NAMES, now),
  expectedNames: new Set(),
  allNames: new Set<string>(Object.values(NAMES)),
};

/** Written out, because it runs for each of millions of lines. */
function draftOf(row: Row, withPrompts: boolean): Draft {
  return {
    id: row.id,
    endedAt: row.ended_at,
    model: row.model,
    taskClass: row.class,
    taskType: row.type,
    complexity: row.complexity,
    outcome: row.outcome,
    score: row.score,
    grader: row.grader,
    rating: row.rating,
    costUsd: row.cost_usd,
    latencyMs: row.latency_ms,
    inputTokens: row.input_tokens,
    cachedInputTokens: row.cached_input_tokens,
    outputTokens: row.output_tokens,
    calls: row.calls,
    privacyTier: row.privacy_tier,
    residency: row.residency,
    capabilities: row.capabilities,
    tenant: row.tenant,
    conversation: row.conversation,
    inputHash: row.input_hash,
    prompt: withPrompts && row.prompt !== '' ? row.prompt : undefined,
    propensity: row.propensity,
    fingerprint: row.fingerprint,
  };
}
