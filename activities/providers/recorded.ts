/**
 * Answers out of a recorded data set: what each model really scored and cost on each of its tasks, played back.
 *
 * The text of an answer says that it is recorded; the data sets hold scores and costs, not what the models wrote.
 *
 * Options: `file` (JSON Lines, also gzipped, see data/recorded/README.md); `faults_percent` (share of tasks, 0 to 100, whose
 * first call fails); `faults_seed` (which ones); `retry_after_ms` (what its rate limits ask for, 1000 by default); `pace` (share
 * of the real time that a call takes, 0 by default); `degraded_model` and `degraded_percent` (a model that answers this share of
 * the tasks worthlessly, as one does that its provider changed for the worse; the answer says so).
 */

import { createHash } from 'node:crypto';
import { type RecordedCall, readRecording } from '../../db/documents/recording';
import type { Model } from '../../routing/catalogue';
import { usdToNano } from '../../routing/units';
import { failed } from './failures';
import { pause } from './pause';
import type { Answer, CallResult, ModelCall, Provider, ProviderConfig } from './provider';

/** What a data set holds, by task and model. */
type Recording = ReadonlyMap<string, ReadonlyMap<string, RecordedCall>>;

/** Loads a data set without its prompts. Rejects as `readRecording` does. */
async function loadRecording(file: string): Promise<Recording> {
  const tasks = await readRecording(file);
  return new Map(tasks.map(({ id, models }) => [id, new Map(Object.entries(models))]));
}

export function recordedProvider(config: ProviderConfig): Provider {
  const { file = '', faults_percent: faultsPercent = '0', faults_seed: faultsSeed = '', pace = '0' } = config.options;
  const retryAfterMs = Number(config.options.retry_after_ms ?? 1_000);
  let loading: Promise<Recording | string> | undefined;
  const load = (): Promise<Recording | string> => {
    loading ??= loadRecording(file).catch((error: Error) => `its data set ${file} cannot be read: ${error.message}.`);
    return loading;
  };
  return {
    kind: 'recorded',
    async complete(call, signal) {
      const recording = await load();
      if (typeof recording === 'string') return failed('not-configured', `${config.name}: ${recording}`, { kind: 'none' });
      const known = recording.get(call.externalId ?? '')?.get(call.model.providerModel);
      if (known === undefined) {
        const message = `${config.name} has no recorded answer of ${call.model.providerModel} for this task. Submit it under the id of a row of its data set.`;
        return failed('not-found', message, { kind: 'none' });
      }
      const fault = call.attempt === 1 ? faultOf(`${faultsSeed}/${call.externalId}`, Number(faultsPercent)) : undefined;
      if (fault === 'rate-limited')
        return failed(fault, `${config.name} was asked too often.`, { kind: 'none' }, { status: 429, retryAfterMs });
      if (fault === 'server-error') return failed(fault, `${config.name} failed on its side.`, { kind: 'none' }, { status: 500 });

      const waited = await pause(durationMs(known, call.model) * Number(pace), call.timeouts.totalMs, signal);
      if (waited === 'cancelled') return failed('cancelled', `The call of ${config.name} was cancelled.`, { kind: 'unknown' });
      if (waited === 'timeout') return failed('timeout-total', `${config.name} reached its time limit.`, { kind: 'unknown' });
      if (fault === 'connection-lost')
        return failed(fault, `The connection to ${config.name} was cut before its answer.`, { kind: 'unknown' });
      const { degraded_model: degradedModel, degraded_percent: degradedPercent = '0' } = config.options;
      const isDegraded =
        call.model.providerModel === degradedModel && shareOf(`degraded/${call.externalId}`) < Number(degradedPercent) / 100;
      return answerOf(call, isDegraded ? { ...known, quality: 0 } : known, isDegraded ? 'deliberately degraded' : 'recorded');
    },
  };
}

const FAULTS = ['rate-limited', 'server-error', 'connection-lost'] as const;

/** The fault that a task's first call meets, if any: the same for the same key, spread evenly over keys. */
function faultOf(key: string, percent: number): (typeof FAULTS)[number] | undefined {
  return shareOf(key) < percent / 100 ? FAULTS[hashOf(key).readUInt32BE(4) % FAULTS.length] : undefined;
}

/** Where a key stands in [0, 1), the same every time. */
function shareOf(key: string): number {
  return hashOf(key).readUInt32BE(0) / 2 ** 32;
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** How long the call took, or would take by the model's profile where the data set does not say, in milliseconds. */
function durationMs({ latency_ms, output_tokens }: RecordedCall, { latency }: Model): number {
  return latency_ms ?? latency.firstTokenMs + latency.msPerOutputToken * (output_tokens ?? 0);
}

function answerOf(
  { model }: ModelCall,
  { quality, cost_usd, latency_ms, input_tokens, output_tokens }: RecordedCall,
  kind: 'recorded' | 'deliberately degraded',
): CallResult {
  const answer: Answer = {
    text: `[${kind} answer of ${model.providerModel}: quality ${quality.toFixed(2)}; the data set holds no text]`,
    toolCalls: [],
    finishReason: 'stop',
    servedModel: model.providerModel,
    recordedQuality: quality,
    ...(cost_usd !== null && { reportedCostNanoUsd: usdToNano(cost_usd) }),
    ...(latency_ms !== null && { latencyMs: latency_ms }),
    ...(input_tokens !== null &&
      output_tokens !== null && {
        usage: {
          inputTokens: input_tokens,
          cacheReadTokens: 0,
          cacheWriteTokens: 0,
          cacheWrite1hTokens: 0,
          outputTokens: output_tokens,
          reasoningTokens: 0,
        },
      }),
  };
  return { kind: 'answered', answer };
}
