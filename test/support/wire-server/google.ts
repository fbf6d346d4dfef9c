/** Google's Gemini API, from the server's side. */

import { arr, halves, obj, type Said, type SaidError, type Speech, sse, textOf } from './speech';

const QUOTA = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'GenerateRequestsPerDayPerProject' }] }];
const RETRY = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '13s' }];
const KEY = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' }];

const ERRORS: Record<SaidError, [number, string, string, readonly unknown[]] | undefined> = {
  invalid: [400, 'INVALID_ARGUMENT', 'Invalid JSON payload received', []],
  'too-long': [400, 'INVALID_ARGUMENT', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', []],
  key: [400, 'INVALID_ARGUMENT', 'API key not valid', KEY],
  model: [404, 'NOT_FOUND', 'models/no-such-model is not found', []],
  rate: [429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', RETRY],
  quota: [429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', [...QUOTA, ...RETRY]],
  overloaded: [503, 'UNAVAILABLE', 'The model is overloaded', []],
  broken: [500, 'INTERNAL', 'An internal error has occurred', []],
  filter: undefined,
};

export const googleSpeech: Speech = {
  write: (said) => whole(said, parts(said)),

  stream(said) {
    const texts = halves(said.text ?? '').map((text) => ({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }] }));
    const last = whole(said, parts({ ...said, text: '' }));
    return { contentType: 'text/event-stream', pieces: [...texts, last].map((piece) => sse(piece)) };
  },

  error(error) {
    const written = ERRORS[error];
    if (!written) return undefined; // says so by finishReason, not by status
    const [code, status, message, details] = written;
    return { status: code, body: { error: { code, message, status, details } } };
  },

  read(body) {
    const { generationConfig, contents, systemInstruction, tools } = obj(body);
    const config = obj(generationConfig);
    const all = arr(contents).map(obj);
    return {
      maxTokens: config.maxOutputTokens,
      system: textOf(obj(systemInstruction).parts),
      turns: all.map((content) => ({ role: String(content.role), text: textOf(content.parts) })),
      toolNames: arr(tools)
        .flatMap((tool) => arr(obj(tool).functionDeclarations))
        .map((declaration) => String(obj(declaration).name)),
      toolResults: all.flatMap((content) => arr(content.parts)).flatMap((part) => obj(part).functionResponse ?? []),
      json: config.responseMimeType === 'application/json' ? (config.responseJsonSchema ?? config.responseSchema ?? true) : undefined,
    };
  },

  expressible: (given) => ({ ...given, cacheWriteTokens: 0, cacheWrite1hTokens: 0 }),
};

function parts({ text, toolCalls }: Said): readonly unknown[] {
  return [...(text ? [{ text }] : []), ...(toolCalls ?? []).map(({ id, name, input }) => ({ functionCall: { id, name, args: input } }))];
}

function whole({ end, usage }: Said, content: readonly unknown[]): object {
  const reasons = { stop: 'STOP', length: 'MAX_TOKENS', refused: 'SAFETY' };
  return {
    responseId: 'response-1',
    modelVersion: 'served-model',
    candidates: [{ index: 0, content: { role: 'model', parts: content }, finishReason: reasons[end] }],
    ...(usage && {
      usageMetadata: {
        promptTokenCount: usage.inputTokens + usage.cacheReadTokens,
        cachedContentTokenCount: usage.cacheReadTokens,
        candidatesTokenCount: usage.outputTokens,
        thoughtsTokenCount: usage.reasoningTokens,
        totalTokenCount: usage.inputTokens + usage.cacheReadTokens + usage.outputTokens + usage.reasoningTokens,
      },
    }),
  };
}
