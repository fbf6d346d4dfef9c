/**
 * Spans of OpenTelemetry in OTLP JSON, by its conventions for generative AI: those of today (`gen_ai.provider.name`,
 * `gen_ai.usage.input_tokens`) and those before (`gen_ai.system`, `gen_ai.usage.prompt_tokens`). Files are one export request on each
 * line, as the collector's file exporter writes them, or one document. Spans of anything but a model's answer are passed over.
 */

import { type FieldNames, recordOf } from '../check-draft';
import { elapsedMs, firstOf, inputOf, modelName, numberOf, objectOf } from '../foreign-values';
import { skip } from '../skip';
import type { Row, TelemetryFormat } from './format';

/** Operations that answer a prompt; `completion` is from before there was a list of them. */
const ANSWERING = new Set<unknown>(['chat', 'text_completion', 'generate_content', 'completion']);

const NAMES = {
  id: 'spanId',
  endedAt: 'endTimeUnixNano',
  model: 'gen_ai.request.model',
  score: 'gen_ai.evaluation.score.value',
  grader: 'gen_ai.evaluation.name',
  costUsd: 'gen_ai.usage.cost',
  latencyMs: 'endTimeUnixNano',
  inputTokens: 'gen_ai.usage.input_tokens',
  cachedInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  tenant: 'user.id',
  conversation: 'gen_ai.conversation.id',
  fingerprint: 'gen_ai.response.model',
} as const satisfies FieldNames;

export const otel: TelemetryFormat = {
  name: 'otel',
  title: 'OpenTelemetry GenAI spans (OTLP JSON)',
  isOf: (value) => 'resourceSpans' in value || 'scopeSpans' in value || 'batches' in value,
  rowsOf: spansOf,
  read(row, { now, withPrompts, scoreName }) {
    const operation = firstOf(row, 'gen_ai.operation.name', 'llm.request.type');
    const model = firstOf(row, 'gen_ai.request.model', 'gen_ai.response.model');
    if (operation === undefined ? model === undefined : !ANSWERING.has(operation)) return skip('other-kind', 'gen_ai.operation.name');
    const [startedAt, endedAt] = [msOf(row.startTimeUnixNano), msOf(row.endTimeUnixNano)];
    const input = inputOf(promptOf(row), withPrompts);
    const evaluation = evaluationOf(row, scoreName);
    return recordOf(
      {
        id: typeof row.traceId === 'string' && typeof row.spanId === 'string' ? `${row.traceId}/${row.spanId}` : row.spanId,
        endedAt,
        model: modelName(firstOf(row, 'gen_ai.provider.name', 'gen_ai.system'), model),
        outcome: outcomeOf(row),
        score: evaluation.score,
        grader: evaluation.grader,
        costUsd: numberOf(firstOf(row, 'gen_ai.usage.cost', 'operation.cost')),
        latencyMs: elapsedMs(startedAt, endedAt),
        inputTokens: numberOf(firstOf(row, 'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens')),
        cachedInputTokens: numberOf(firstOf(row, 'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cached_tokens')),
        outputTokens: numberOf(firstOf(row, 'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens')),
        tenant: firstOf(row, 'user.id', 'enduser.id'),
        conversation: firstOf(row, 'gen_ai.conversation.id', 'session.id'),
        inputHash: input.hash,
        prompt: input.text,
        fingerprint: firstOf(row, 'gen_ai.response.model'),
      },
      NAMES,
      now,
    );
  },
  expectedNames: new Set(),
};

/** Spans with their attributes beside their own fields. Attributes have no say in what the span itself says. */
function* spansOf(value: Row): Generator<Row> {
  for (const key of ['resourceSpans', 'batches'] as const) {
    for (const resource of listOf(value[key])) yield* spansOf(resource);
  }
  for (const scope of [...listOf(value.scopeSpans), ...listOf(value.instrumentationLibrarySpans)]) {
    for (const span of listOf(scope.spans)) yield { ...attributesOf(span.attributes), ...span };
  }
}

function listOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function attributesOf(attributes: unknown): Row {
  // Names come from outside: without a prototype, none of them means anything.
  const values: Record<string, unknown> = Object.create(null);
  for (const { key, value } of listOf(attributes)) if (typeof key === 'string') values[key] = anyValue(objectOf(value));
  return values;
}

/** A value of OTLP: one of these, named by its type. Integers are texts, because JSON has none of 64 bits. */
function anyValue({ stringValue, intValue, doubleValue, boolValue, arrayValue, kvlistValue }: Row): unknown {
  if (stringValue !== undefined) return stringValue;
  if (intValue !== undefined) return numberOf(intValue);
  if (doubleValue !== undefined) return numberOf(doubleValue);
  if (boolValue !== undefined) return boolValue;
  if (arrayValue !== undefined) return listOf(objectOf(arrayValue).values).map(anyValue);
  return kvlistValue === undefined ? undefined : attributesOf(objectOf(kvlistValue).values);
}

/** Nanoseconds since the epoch, a text or a number, as milliseconds; anything else is handed on. */
function msOf(nanos: unknown): unknown {
  const number = numberOf(nanos);
  return typeof number === 'number' ? (number === 0 ? undefined : number / 1_000_000) : number;
}

function outcomeOf(row: Row): 'completed' | 'failed' | 'refused' {
  const { code } = objectOf(row.status);
  if (code === 2 || code === 'STATUS_CODE_ERROR' || row['error.type'] !== undefined) return 'failed';
  const reasons = row['gen_ai.response.finish_reasons'];
  return Array.isArray(reasons) && reasons.includes('content_filter') ? 'refused' : 'completed';
}

/** Where the conventions of the years have put the messages. */
function promptOf(row: Row): unknown {
  const own = firstOf(row, 'gen_ai.input.messages', 'gen_ai.prompt');
  if (own !== undefined) return own;
  for (const { attributes } of listOf(row.events)) {
    const said = firstOf(attributesOf(attributes), 'gen_ai.input.messages', 'gen_ai.prompt');
    if (said !== undefined) return said;
  }
  return firstOf(row, 'gen_ai.prompt.1.content') === undefined ? firstOf(row, 'gen_ai.prompt.0.content') : undefined;
}

/** The score of an evaluation that stands with the span as an event; one outside [0, 1] is on a scale that nobody knows here. */
function evaluationOf(row: Row, scoreName: string | undefined): { readonly score?: number; readonly grader?: unknown } {
  const found = listOf(row.events)
    .filter(({ name }) => name === 'gen_ai.evaluation.result')
    .map(({ attributes }) => attributesOf(attributes))
    .filter((said) => scoreName === undefined || said['gen_ai.evaluation.name'] === scoreName)
    .map((said) => ({ score: numberOf(said['gen_ai.evaluation.score.value']), grader: said['gen_ai.evaluation.name'] }))
    .filter((said): said is { score: number; grader: unknown } => typeof said.score === 'number' && said.score >= 0 && said.score <= 1);
  return found.length === 1 && found[0] !== undefined ? found[0] : {};
}
