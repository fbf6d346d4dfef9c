/** Anthropic's Messages API, from the server's side. */

import { arr, halves, obj, type Said, type SaidError, type Speech, sse, textOf, type WrittenError } from './speech';

const ERRORS: Record<SaidError, [number, string, string]> = {
  invalid: [400, 'invalid_request_error', 'messages: field required'],
  'too-long': [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'],
  key: [401, 'authentication_error', 'invalid x-api-key'],
  model: [404, 'not_found_error', 'model: no-such-model'],
  rate: [429, 'rate_limit_error', 'This request would exceed your rate limit'],
  quota: [402, 'billing_error', 'Your credit balance is too low'],
  overloaded: [529, 'overloaded_error', 'Overloaded'],
  broken: [500, 'api_error', 'Internal server error'],
  filter: [400, 'invalid_request_error', 'Output blocked by content filtering policy'],
};

export const anthropicSpeech: Speech = {
  write: (said) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'served-model',
    content: [
      ...(said.text === undefined ? [] : [{ type: 'text', text: said.text }]),
      ...(said.toolCalls ?? []).map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
    ],
    stop_reason: stopReason(said),
    stop_sequence: null,
    ...(said.usage && { usage: usage(said) }),
  }),

  stream(said) {
    const blocks = [
      ...(said.text === undefined
        ? []
        : [{ start: { type: 'text', text: '' }, deltas: halves(said.text).map((text) => ({ type: 'text_delta', text })) }]),
      ...(said.toolCalls ?? []).map(({ id, name, input }) => ({
        start: { type: 'tool_use', id, name, input: {} },
        deltas: halves(JSON.stringify(input)).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      })),
    ];
    const started = { ...obj(usage(said)), output_tokens: 1 };
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'served-model',
      content: [],
      stop_reason: null,
      usage: started,
    };
    const events: { type: string; [key: string]: unknown }[] = [
      { type: 'message_start', message },
      ...blocks.flatMap(({ start, deltas }, index) => [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      {
        type: 'message_delta',
        delta: { stop_reason: stopReason(said), stop_sequence: null },
        usage: { output_tokens: obj(usage(said)).output_tokens, output_tokens_details: obj(usage(said)).output_tokens_details },
      },
      { type: 'message_stop' },
    ];
    return { contentType: 'text/event-stream', pieces: events.map((event) => sse(event, event.type)) };
  },

  error(error): WrittenError | undefined {
    if (error === 'filter') return undefined; // says so by stop_reason, not by status
    const [status, type, message] = ERRORS[error];
    return { status, body: { type: 'error', error: { type, message } } };
  },

  read(body) {
    const { max_tokens, system, messages, tools, output_config } = obj(body);
    const all = arr(messages).map(obj);
    return {
      maxTokens: max_tokens,
      system: textOf(system),
      turns: all.map(({ role, content }) => ({ role: String(role), text: textOf(content) })),
      toolNames: arr(tools).map((tool) => String(obj(tool).name)),
      toolResults: all
        .flatMap(({ content }) => arr(content).map(obj))
        .filter(({ type }) => type === 'tool_result')
        .map(({ content }) => content),
      json: obj(obj(output_config).format).schema,
    };
  },

  expressible: (given) => given,
};

function stopReason({ end, toolCalls }: Said): string {
  if (end === 'length') return 'max_tokens';
  if (end === 'refused') return 'refusal';
  return toolCalls?.length ? 'tool_use' : 'end_turn';
}

function usage({ usage: given }: Said): unknown {
  if (!given) return undefined;
  return {
    input_tokens: given.inputTokens,
    cache_read_input_tokens: given.cacheReadTokens,
    cache_creation_input_tokens: given.cacheWriteTokens + given.cacheWrite1hTokens,
    cache_creation: { ephemeral_5m_input_tokens: given.cacheWriteTokens, ephemeral_1h_input_tokens: given.cacheWrite1hTokens },
    output_tokens: given.outputTokens + given.reasoningTokens,
    output_tokens_details: { thinking_tokens: given.reasoningTokens },
  };
}
