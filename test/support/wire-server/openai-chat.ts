/** OpenAI's chat completions, from the server's side; also Azure's and everyone's who speaks like them. */

import { arr, halves, obj, type Said, type SaidError, type Speech, sse, textOf } from './speech';

export const OPENAI_ERRORS: Record<SaidError, [number, string, string | null, string]> = {
  invalid: [400, 'invalid_request_error', null, 'Missing required parameter'],
  'too-long': [400, 'invalid_request_error', 'context_length_exceeded', "This model's maximum context length is 128000 tokens"],
  key: [401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided'],
  model: [404, 'invalid_request_error', 'model_not_found', 'The model does not exist'],
  rate: [429, 'requests', 'rate_limit_exceeded', 'Rate limit reached'],
  quota: [429, 'insufficient_quota', 'insufficient_quota', 'You exceeded your current quota'],
  overloaded: [503, 'server_error', 'server_is_overloaded', 'The engine is currently overloaded'],
  broken: [500, 'server_error', null, 'The server had an error'],
  filter: [400, 'invalid_request_error', 'content_filter', 'The response was filtered'],
};

export const openaiChatSpeech: Speech = {
  write: (said) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'served-model',
    choices: [
      {
        index: 0,
        finish_reason: finishReason(said),
        message: { role: 'assistant', content: said.text ?? null, ...(said.toolCalls && { tool_calls: said.toolCalls.map(toolCall) }) },
      },
    ],
    ...(said.usage && { usage: usage(said) }),
  }),

  stream(said) {
    const chunk = (choices: readonly unknown[], more: object = {}): string =>
      sse({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'served-model', choices, ...more });
    const choice = (delta: unknown, finish_reason: string | null = null) => ({ index: 0, delta, finish_reason });
    return {
      contentType: 'text/event-stream',
      pieces: [
        chunk([choice({ role: 'assistant', content: '' })]),
        ...halves(said.text ?? '').map((content) => chunk([choice({ content })])),
        ...(said.toolCalls ?? []).map((call, index) => chunk([choice({ tool_calls: [{ index, ...toolCall(call) }] })])),
        chunk([choice({}, finishReason(said))]),
        ...(said.usage ? [chunk([], { usage: usage(said) })] : []),
        sse('[DONE]'),
      ],
    };
  },

  error(error) {
    const [status, type, code, message] = OPENAI_ERRORS[error];
    return { status, body: { error: { message, type, param: null, code } } };
  },

  read(body) {
    const { max_tokens, max_completion_tokens, messages, tools, response_format } = obj(body);
    const all = arr(messages).map(obj);
    const isSystem = ({ role }: { role?: unknown }) => role === 'system' || role === 'developer';
    const format = obj(response_format);
    return {
      maxTokens: max_tokens ?? max_completion_tokens,
      system: all
        .filter(isSystem)
        .map(({ content }) => textOf(content))
        .join('\n'),
      turns: all.filter((message) => !isSystem(message)).map(({ role, content }) => ({ role: String(role), text: textOf(content) })),
      toolNames: arr(tools).map((tool) => String(obj(obj(tool).function).name)),
      toolResults: all.filter(({ role }) => role === 'tool').map(({ content }) => content),
      json: format.type === 'json_object' ? true : obj(format.json_schema).schema,
    };
  },

  expressible: (given) => ({ ...given, cacheWriteTokens: 0, cacheWrite1hTokens: 0 }),
};

function toolCall({ id, name, input }: { id: string; name: string; input: unknown }): object {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function finishReason({ end, toolCalls }: Said): string {
  if (end === 'length') return 'length';
  if (end === 'refused') return 'content_filter';
  return toolCalls?.length ? 'tool_calls' : 'stop';
}

function usage({ usage: given }: Said): unknown {
  if (!given) return undefined;
  const prompt = given.inputTokens + given.cacheReadTokens;
  const completion = given.outputTokens + given.reasoningTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: given.cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: given.reasoningTokens },
  };
}
