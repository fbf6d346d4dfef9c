/**
 * Spend logs of LiteLLM: rows of its table LiteLLM_SpendLogs, as `/spend/logs` answers them, as `/spend/logs/v2` and the logs page
 * wrap them in `data`, or as the table is dumped to CSV. Older versions lack some columns; what is not there is not known.
 */

import { type FieldNames, recordOf } from '../check-draft';
import { elapsedMs, firstOf, inputOf, modelName, numberOf, objectOf, structureOf } from '../foreign-values';
import { skip } from '../skip';
import type { Row, TelemetryFormat } from './format';

/** Calls that answer a prompt with a text; each may begin with an `a` for asynchronous. */
const ANSWERING = /^a?(?:completion|text_completion|responses|anthropic_messages|generate_content|generate_content_stream)$/u;

const NAMES = {
  id: 'request_id',
  endedAt: 'endTime',
  model: 'model',
  costUsd: 'spend',
  inputTokens: 'prompt_tokens',
  outputTokens: 'completion_tokens',
  cachedInputTokens: 'metadata.additional_usage_values',
  calls: 'metadata.attempted_retries',
  tenant: 'team_id',
  conversation: 'session_id',
  fingerprint: 'model_id',
} as const satisfies FieldNames;

export const litellm: TelemetryFormat = {
  name: 'litellm',
  title: 'LiteLLM spend logs',
  isOf: (value) => ('request_id' in value && 'call_type' in value) || isPageOf(value),
  rowsOf: (value) => (Array.isArray(value.data) ? (value.data as Row[]) : [value]),
  read(row, { now, withPrompts }) {
    const callType = firstOf(row, 'call_type');
    if (typeof callType === 'string' && !ANSWERING.test(callType)) return skip('other-kind', 'call_type');
    // Answered by the gateway's cache: no model was called, and neither its price nor its time says anything of one.
    if (/^true$/iu.test(String(row.cache_hit))) return skip('other-kind', 'cache_hit');
    const metadata = objectOf(row.metadata);
    const retries = numberOf(metadata.attempted_retries);
    const request = objectOf(row.proxy_server_request);
    const input = inputOf(firstMessages(row.messages, request.messages, request.input), withPrompts);
    return recordOf(
      {
        id: row.request_id,
        endedAt: row.endTime,
        model: modelName(firstOf(row, 'custom_llm_provider'), firstOf(row, 'model', 'model_group')),
        outcome: (firstOf(row, 'status') ?? metadata.status) === 'failure' ? 'failed' : 'completed',
        costUsd: numberOf(firstOf(row, 'spend')),
        latencyMs: elapsedMs(row.startTime, row.endTime) ?? numberOf(firstOf(row, 'request_duration_ms')),
        inputTokens: numberOf(firstOf(row, 'prompt_tokens')),
        cachedInputTokens: cachedTokens(metadata),
        outputTokens: numberOf(firstOf(row, 'completion_tokens')),
        calls: typeof retries === 'number' ? 1 + retries : undefined,
        capabilities: Array.isArray(request.tools) && request.tools.length > 0 ? ['tools'] : undefined,
        tenant: firstOf(row, 'team_id', 'end_user', 'user'),
        conversation: firstOf(row, 'session_id'),
        inputHash: input.hash,
        prompt: input.text,
        fingerprint: firstOf(row, 'model_id'),
      },
      NAMES,
      now,
    );
  },
  // Its own keys stand there as hashes; one that does not is told by its value.
  expectedNames: new Set(['api_key']),
};

function isPageOf({ data }: Row): boolean {
  const first = Array.isArray(data) ? data[0] : undefined;
  return typeof first === 'object' && first !== null && 'request_id' in first;
}

/** An empty object stands for messages that were not kept. */
function firstMessages(...kept: readonly unknown[]): unknown {
  return kept.find((value) => {
    const structure = structureOf(value);
    return structure === undefined ? typeof value === 'string' && value !== '' && value !== '{}' : Object.keys(structure).length > 0;
  });
}

function cachedTokens(metadata: Row): unknown {
  const additional = objectOf(metadata.additional_usage_values);
  const usage = objectOf(metadata.usage_object);
  return numberOf(
    firstOf(additional, 'cache_read_input_tokens') ??
      firstOf(objectOf(additional.prompt_tokens_details), 'cached_tokens') ??
      firstOf(objectOf(usage.prompt_tokens_details), 'cached_tokens'),
  );
}
