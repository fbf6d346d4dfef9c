/** OpenAI's responses API, from the server's side. */

import { OPENAI_ERRORS } from './openai-chat';
import { arr, halves, obj, type Said, type Speech, sse, textOf } from './speech';

export const openaiResponsesSpeech: Speech = {
  write: (said) => response(said, output(said)),

  stream(said) {
    const items = output(said);
    const events: { type: string; [key: string]: unknown }[] = [
      { type: 'response.created', response: { id: 'resp_1', created_at: 1_700_000_000, model: 'served-model', service_tier: null } },
      ...items.flatMap((item, output_index) => {
        const isText = item.type === 'message';
        const opened = isText ? { type: 'message', id: item.id } : { ...item, arguments: '' };
        return [
          { type: 'response.output_item.added', output_index, item: opened },
          ...(isText
            ? halves(said.text ?? '').map((delta) => ({
                type: 'response.output_text.delta',
                item_id: item.id,
                output_index,
                content_index: 0,
                delta,
              }))
            : []),
          { type: 'response.output_item.done', output_index, item: isText ? opened : { ...item, status: 'completed' } },
        ];
      }),
      { type: said.end === 'stop' ? 'response.completed' : 'response.incomplete', response: response(said, items) },
    ];
    return { contentType: 'text/event-stream', pieces: events.map((event) => sse(event, event.type)) };
  },

  error(error) {
    const [status, type, code, message] = OPENAI_ERRORS[error];
    return { status, body: { error: { message, type, param: null, code } } };
  },

  read(body) {
    const { max_output_tokens, input, tools, text } = obj(body);
    const all = arr(input).map(obj);
    const isSystem = ({ role }: { role?: unknown }) => role === 'system' || role === 'developer';
    const format = obj(obj(text).format);
    return {
      maxTokens: max_output_tokens,
      system: all
        .filter(isSystem)
        .map(({ content }) => textOf(content))
        .join('\n'),
      turns: all
        .filter((item) => item.role !== undefined && !isSystem(item))
        .map(({ role, content }) => ({ role: String(role), text: textOf(content) })),
      toolNames: arr(tools).map((tool) => String(obj(tool).name)),
      toolResults: all.filter(({ type }) => type === 'function_call_output').map((item) => item.output),
      json: format.type === 'json_object' ? true : format.schema,
    };
  },

  expressible: (given) => ({ ...given, cacheWriteTokens: 0, cacheWrite1hTokens: 0 }),
};

interface Item {
  readonly type: string;
  readonly id: string;
  readonly [key: string]: unknown;
}

function output({ text, toolCalls }: Said): readonly Item[] {
  const content = [{ type: 'output_text', text, annotations: [] }];
  return [
    ...(text === undefined ? [] : [{ type: 'message', role: 'assistant', id: 'item_1', content }]),
    ...(toolCalls ?? []).map(({ id, name, input }) => ({
      type: 'function_call',
      id: `fc_${id}`,
      call_id: id,
      name,
      arguments: JSON.stringify(input),
    })),
  ];
}

function response(said: Said, items: readonly Item[]): object {
  const reasons = { stop: null, length: { reason: 'max_output_tokens' }, refused: { reason: 'content_filter' } };
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    model: 'served-model',
    status: said.end === 'stop' ? 'completed' : 'incomplete',
    error: null,
    incomplete_details: reasons[said.end],
    output: items,
    ...(said.usage && {
      usage: {
        input_tokens: said.usage.inputTokens + said.usage.cacheReadTokens,
        input_tokens_details: { cached_tokens: said.usage.cacheReadTokens },
        output_tokens: said.usage.outputTokens + said.usage.reasoningTokens,
        output_tokens_details: { reasoning_tokens: said.usage.reasoningTokens },
      },
    }),
  };
}
