/**
 * Exports of Langfuse: observations as its API lists them (`traceId`, `usageDetails`; before that `usage`, `promptTokens`), as its
 * export to a blob storage writes them (`trace_id`, `usage_details`), and traces with their observations and scores inside. Only
 * generations are calls of a model.
 */

import { type FieldNames, recordOf } from '../check-draft';
import { elapsedMs, firstOf, inputOf, numberOf, objectOf, structureOf } from '../foreign-values';
import { skip } from '../skip';
import type { Row, TelemetryFormat } from './format';

const NAMES = {
  id: 'id',
  endedAt: 'endTime',
  model: 'model',
  costUsd: 'totalCost',
  latencyMs: 'latency',
  inputTokens: 'usageDetails',
  cachedInputTokens: 'usageDetails',
  outputTokens: 'usageDetails',
  tenant: 'userId',
  conversation: 'sessionId',
  score: 'scores',
} as const satisfies FieldNames;

export const langfuse: TelemetryFormat = {
  name: 'langfuse',
  title: 'Langfuse observations and traces',
  isOf: (value) =>
    isObservation(value) || isTrace(value) || (Array.isArray(value.data) && value.data.some((row) => isObservation(row) || isTrace(row))),
  rowsOf: rowsOf,
  read(row, { now, withPrompts, scoreName }) {
    if (String(firstOf(row, 'type')).toUpperCase() !== 'GENERATION') return skip('other-kind', 'type');
    const startedAt = firstOf(row, 'startTime', 'start_time');
    const endedAt = firstOf(row, 'endTime', 'end_time');
    const seconds = numberOf(firstOf(row, 'latency'));
    const input = inputOf(row.input, withPrompts);
    const { score, name } = scoreOf(row.scores, scoreName);
    return recordOf(
      {
        id: row.id,
        endedAt,
        model: firstOf(row, 'model', 'providedModelName', 'provided_model_name'),
        outcome: firstOf(row, 'level') === 'ERROR' ? 'failed' : 'completed',
        score,
        grader: name,
        costUsd: costOf(row),
        latencyMs: elapsedMs(startedAt, endedAt) ?? (typeof seconds === 'number' ? seconds * 1_000 : undefined),
        ...tokensOf(row),
        tenant: firstOf(row, 'userId', 'user_id'),
        conversation: firstOf(row, 'sessionId', 'session_id'),
        inputHash: input.hash,
        prompt: input.text,
      },
      NAMES,
      now,
    );
  },
  expectedNames: new Set(),
};

function isObservation(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    ('traceId' in value || 'trace_id' in value) &&
    ('startTime' in value || 'start_time' in value)
  );
}

function isTrace(value: unknown): boolean {
  const observations = (value as Row | null)?.observations;
  return Array.isArray(observations) && observations.some(isObservation);
}

/** Observations, with what their trace says of the session, the user and the scores. */
function* rowsOf(value: Row): Generator<Row> {
  if (Array.isArray(value.data)) {
    for (const each of value.data) yield* rowsOf(each);
  } else if (isTrace(value)) {
    const observations = (value.observations as Row[]).filter(isObservation);
    const generations = observations.filter(({ type }) => type === 'GENERATION');
    const scores = listOf(value.scores);
    for (const observation of observations) {
      const own = scores.filter((score) => firstOf(score, 'observationId', 'observation_id') === observation.id);
      // What was said of the whole is of a call only where the call is the whole.
      const ofTrace =
        generations.length === 1 ? scores.filter((score) => firstOf(score, 'observationId', 'observation_id') === undefined) : [];
      yield { sessionId: value.sessionId, userId: value.userId, scores: [...own, ...ofTrace], ...observation };
    }
  } else yield value;
}

function listOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function costOf(row: Row): unknown {
  const details = objectOf(firstOf(row, 'costDetails', 'cost_details'));
  return numberOf(firstOf(row, 'calculatedTotalCost', 'totalCost', 'total_cost') ?? firstOf(details, 'total'));
}

/**
 * Details name each kind of token, and those that were cached stand beside the other input; the older fields have sums. Only where
 * nothing is said of any, nothing is known.
 */
function tokensOf(row: Row): { readonly inputTokens?: unknown; readonly cachedInputTokens?: unknown; readonly outputTokens?: unknown } {
  const details = Object.entries(objectOf(firstOf(row, 'usageDetails', 'usage_details')));
  if (details.length > 0) {
    const sumOf = (isOf: (name: string) => boolean): number | undefined => {
      const counts = details.filter(([name]) => isOf(name)).map(([, count]) => Number(count));
      return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
    };
    return {
      inputTokens: sumOf((name) => name.includes('input')),
      cachedInputTokens: sumOf((name) => name.includes('input') && /cache_read|cached/u.test(name)),
      outputTokens: sumOf((name) => name.includes('output')),
    };
  }
  const usage = objectOf(row.usage);
  return {
    inputTokens: numberOf(firstOf(usage, 'input', 'promptTokens') ?? firstOf(row, 'inputUsage', 'promptTokens')),
    outputTokens: numberOf(firstOf(usage, 'output', 'completionTokens') ?? firstOf(row, 'outputUsage', 'completionTokens')),
  };
}

/** The only score in [0, 1], or the one of this name. Others are on scales that nobody knows here, or categories. */
function scoreOf(value: unknown, scoreName: string | undefined): { readonly score?: number; readonly name?: string } {
  const structure = structureOf(value);
  const said = Array.isArray(structure)
    ? listOf(structure).map(({ name, value: score }) => [name, score] as const)
    : Object.entries(structure ?? {}).map(([name, score]) => [name, Array.isArray(score) ? score[0] : score] as const);
  const usable = said
    .map(([name, score]) => ({ name: String(name), score: numberOf(score) }))
    .filter((each): each is { name: string; score: number } => typeof each.score === 'number' && each.score >= 0 && each.score <= 1)
    .filter(({ name }) => scoreName === undefined || name === scoreName);
  return usable.length === 1 && usable[0] !== undefined ? usable[0] : {};
}
