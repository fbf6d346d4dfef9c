/**
 * Calls of models through the Vercel AI SDK's provider packages: everything that is the same for all of them.
 *
 * The packages' own interface (`doGenerate`, `doStream`) is called, not `generateText` above it. That one retries, downloads
 * files that a prompt names from wherever they are, and reads usage into a form that has lost parts of it; none of what it
 * adds is wanted here. The packages do what they are good at: writing each provider's request and reading its answer.
 */

import type { FailureClass } from '../../routing/decision/failure';
import type { Usage } from '../../routing/money/price';
import { type CallOptions, callOptions, type LanguageModel } from './ai-sdk-prompt';
import { billOf, type FailedCall, failed, failureOf } from './failures';
import { type Exchange, openWire, type WireFetch } from './http';
import type { Answer, CallResult, Delta, ModelCall, Provider, ProviderConfig, ProviderKind, ToolCall } from './provider';
import { rateLimitsUsed } from './rate-limits-used';
import { at, countAt, parseJson, stringAt } from './wire-json';

/** What differs between wire formats. */
export interface WireFormat {
  readonly kind: ProviderKind;
  /** Makes the package's model for one call, to be called through `fetch`. Loads the package on first use. */
  model(call: ModelCall, fetch: WireFetch): Promise<LanguageModel>;
  /** Reads the provider's own usage object; undefined when it does not state what was used. */
  usage(usage: unknown): Usage | undefined;
  /** Where the usage object is in the body of an answer. */
  readonly usageKey: 'usage' | 'usageMetadata';
  /** Paths at which a request may state the most tokens that the answer may have. */
  readonly maxTokensPaths: readonly (readonly string[])[];
  /** Options of this provider's own, over the common ones. */
  options?(call: ModelCall): Partial<CallOptions>;
}

type GenerateResult = Awaited<ReturnType<LanguageModel['doGenerate']>>;

/** A provider that speaks one wire format. */
export function aiSdkProvider(config: ProviderConfig, format: WireFormat): Provider {
  const open = (call: ModelCall, signal: AbortSignal, keepBody: boolean) =>
    openWire(
      {
        timeouts: call.timeouts,
        allowPrivateNetwork: config.allowPrivateNetwork,
        keepBody,
        holdBack: (body) => unboundedReason(body, format, call.maxOutputTokens),
      },
      signal,
    );
  const options = (call: ModelCall, signal: AbortSignal): CallOptions => ({
    ...callOptions(call),
    ...format.options?.(call),
    abortSignal: signal,
  });

  return {
    kind: format.kind,

    async complete(call, signal) {
      const { exchange, fetch } = open(call, signal, true);
      try {
        const model = await format.model(call, fetch);
        const result = await model.doGenerate(options(call, signal));
        const usage = format.usage(at(parseJson(exchange.body), format.usageKey));
        return resultOf(config.name, exchange, assembled(result), usage);
      } catch (error) {
        const usage = format.usage(at(parseJson(exchange.body), format.usageKey));
        return failureOrMistake(error, exchange, { provider: config.name, now: Date.now(), usage });
      }
    },

    async stream(call, signal, onDelta) {
      const { exchange, fetch } = open(call, signal, false);
      const gathered: Gathered = { text: '', toolCalls: [], finish: 'interrupted' };
      const startedAt = performance.now();
      const hand = (delta: Delta): void => {
        gathered.firstTokenMs ??= Math.round(performance.now() - startedAt);
        onDelta(delta);
      };
      try {
        const model = await format.model(call, fetch);
        const { stream } = await model.doStream(options(call, signal));
        for await (const part of stream) {
          if (part.type === 'text-delta') {
            gathered.text += part.delta;
            if (part.delta !== '') hand({ type: 'text', text: part.delta });
          } else if (part.type === 'tool-call') {
            const toolCall = toolCallOf(part);
            gathered.toolCalls.push(toolCall);
            if (toolCall) hand({ type: 'tool-call', toolCall });
          } else if (part.type === 'response-metadata') {
            gathered.metadata = { ...gathered.metadata, ...part };
          } else if (part.type === 'finish') {
            gathered.finish = endOf(part);
            gathered.usage = format.usage(part.usage.raw);
          } else if (part.type === 'error') {
            return failureOf(exchange, { provider: config.name, now: Date.now(), errors: errorsIn(part.error) });
          }
        }
        return resultOf(config.name, exchange, gathered, gathered.usage);
      } catch (error) {
        return failureOrMistake(error, exchange, { provider: config.name, now: Date.now(), usage: gathered.usage });
      }
    },
  };
}

/** An answer as it was gathered, from a whole response or from pieces. */
interface Gathered {
  text: string;
  /** Undefined: a call whose input is not JSON. */
  toolCalls: (ToolCall | undefined)[];
  finish: GenerateResult['finishReason']['unified'] | 'interrupted';
  usage?: Usage | undefined;
  metadata?: { id?: string; modelId?: string };
  firstTokenMs?: number;
}

function assembled({ content, finishReason, providerMetadata, response }: GenerateResult): Gathered {
  return {
    text: content.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    toolCalls: content.flatMap((part) => (part.type === 'tool-call' ? [toolCallOf(part)] : [])),
    finish: endOf({ finishReason, providerMetadata }),
    metadata: response ?? {},
  };
}

/** How the answer ended. Google blocks a prompt without an answer and without a reason why there is none, beside the answer. */
function endOf(part: { finishReason: GenerateResult['finishReason']; providerMetadata?: unknown }): Gathered['finish'] {
  const isBlocked = stringAt(part.providerMetadata, 'google', 'promptFeedback', 'blockReason') !== undefined;
  return isBlocked ? 'content-filter' : part.finishReason.unified;
}

function toolCallOf(part: { toolCallId: string; toolName: string; input: string }): ToolCall | undefined {
  const input = part.input.trim() === '' ? {} : parseJson(part.input); // a tool without parameters is called with nothing
  return input === undefined ? undefined : { toolCallId: part.toolCallId, toolName: part.toolName, input };
}

/** Judges what was gathered: an answer, or a failure whose bill is what was used. */
function resultOf(provider: string, exchange: Exchange, gathered: Gathered, usage: Usage | undefined): CallResult {
  const { text, finish } = gathered;
  const toolCalls = gathered.toolCalls.filter((call) => call !== undefined);
  const fail = (failureClass: FailureClass, message: string): FailedCall => failed(failureClass, message, billOf(usage));

  if (finish === 'interrupted') return fail('connection-lost', `${provider} ended its stream before the answer was complete.`);
  if (finish === 'content-filter') return fail('content-refused', `${provider} or its model refused the content.`);
  if (finish === 'length') return fail('answer-cut-short', `${provider} cut the answer short at the maximum of tokens.`);
  if (finish === 'error' || toolCalls.length < gathered.toolCalls.length) {
    return fail('malformed-answer', `${provider} answered with a tool call that cannot be read.`);
  }
  if (text.trim() === '' && toolCalls.length === 0) {
    if (finish === 'other' && !usage) return fail('malformed-answer', `${provider} answered with something that is no answer.`);
    return fail('empty-answer', `${provider} answered with nothing.`);
  }

  const providerRequestId = requestId(exchange) ?? gathered.metadata?.id;
  const used = rateLimitsUsed(exchange.headers);
  const answer: Answer = {
    text,
    toolCalls,
    finishReason: toolCalls.length > 0 ? 'tool-calls' : 'stop',
    ...(usage && { usage }),
    ...(gathered.firstTokenMs !== undefined && { firstTokenMs: gathered.firstTokenMs }),
    ...(Object.keys(used).length > 0 && { rateLimitsUsed: used }),
    ...(providerRequestId !== undefined && { providerRequestId: providerRequestId.slice(0, 200) }),
    ...(gathered.metadata?.modelId !== undefined && { servedModel: gathered.metadata.modelId.slice(0, 200) }),
  };
  return { kind: 'answered', answer };
}

function requestId({ headers }: Exchange): string | undefined {
  return headers['request-id'] ?? headers['x-request-id'] ?? headers['apim-request-id'] ?? headers['x-amzn-requestid'];
}

/**
 * The failure that an error of a package stands for. With no exchange behind it, an error of the SDK's own (`AI_…`) says
 * that the prompt cannot be written for this provider; any other is a mistake in this program.
 */
function failureOrMistake(error: unknown, exchange: Exchange, context: Parameters<typeof failureOf>[1]): FailedCall {
  const isKnown = exchange.fault !== undefined || exchange.status !== undefined;
  if (!isKnown && !(error instanceof Error && error.name.startsWith('AI_'))) throw error;
  return failureOf(exchange, { ...context, errors: errorsIn(error) });
}

/** Where an error of the SDK may hold the provider's own error object; those that come within a stream have no body. */
function errorsIn(error: unknown): readonly unknown[] {
  const body = stringAt(error, 'responseBody');
  return [at(error, 'data'), body === undefined ? undefined : parseJson(body), error];
}

/** Refuses a request that does not bound its answer by what was reserved: some packages add thinking on top, or drop the limit. */
function unboundedReason(body: string, format: WireFormat, maxOutputTokens: number): string | undefined {
  const request = parseJson(body);
  const stated = format.maxTokensPaths.map((path) => countAt(request, ...path)).filter((count) => count !== undefined);
  const isBounded = stated.length > 0 && stated.every((count) => count <= maxOutputTokens);
  return isBounded ? undefined : 'it would not limit the answer to the tokens that were reserved for it';
}
