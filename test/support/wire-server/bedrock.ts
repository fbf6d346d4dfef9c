/** Amazon Bedrock's Converse API, from the server's side, with its binary event stream. */

import { crc32 } from 'node:zlib';
import { arr, halves, obj, type Said, type SaidError, type Speech, textOf } from './speech';

const ERRORS: Record<SaidError, [number, string, string] | undefined> = {
  invalid: [400, 'ValidationException', 'Malformed input request'],
  'too-long': [400, 'ValidationException', 'Input is too long for requested model.'],
  key: [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'],
  model: [404, 'ResourceNotFoundException', 'Could not resolve the foundation model'],
  rate: [429, 'ThrottlingException', 'Too many requests, please wait before trying again.'],
  quota: [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.'],
  overloaded: [503, 'ServiceUnavailableException', 'Service unavailable'],
  broken: [500, 'InternalServerException', 'The system encountered an unexpected error'],
  filter: undefined,
};

export const bedrockSpeech: Speech = {
  write: (said) => ({
    output: {
      message: {
        role: 'assistant',
        content: [
          ...(said.text === undefined ? [] : [{ text: said.text }]),
          ...(said.toolCalls ?? []).map(({ id, name, input }) => ({ toolUse: { toolUseId: id, name, input } })),
        ],
      },
    },
    stopReason: stopReason(said),
    metrics: { latencyMs: 12 },
    ...(said.usage && { usage: usage(said) }),
  }),

  stream(said) {
    const events: [string, unknown][] = [
      ['messageStart', { role: 'assistant' }],
      ...halves(said.text ?? '').map((text): [string, unknown] => ['contentBlockDelta', { contentBlockIndex: 0, delta: { text } }]),
      ['contentBlockStop', { contentBlockIndex: 0 }],
      ...(said.toolCalls ?? []).flatMap(({ id, name, input }, index): [string, unknown][] => [
        ['contentBlockStart', { contentBlockIndex: index + 1, start: { toolUse: { toolUseId: id, name } } }],
        ...halves(JSON.stringify(input)).map((half): [string, unknown] => [
          'contentBlockDelta',
          { contentBlockIndex: index + 1, delta: { toolUse: { input: half } } },
        ]),
        ['contentBlockStop', { contentBlockIndex: index + 1 }],
      ]),
      ['messageStop', { stopReason: stopReason(said) }],
      ...(said.usage ? [['metadata', { usage: usage(said), metrics: { latencyMs: 12 } }] as [string, unknown]] : []),
    ];
    return { contentType: 'application/vnd.amazon.eventstream', pieces: events.map(([type, body]) => eventFrame(type, body)) };
  },

  error(error) {
    const written = ERRORS[error];
    if (!written) return undefined; // says so by stopReason, not by status
    const [status, type, message] = written;
    const headers = { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
    return { status, headers, body: { message } };
  },

  read(body) {
    const { inferenceConfig, system, messages, toolConfig, additionalModelRequestFields } = obj(body);
    const all = arr(messages).map(obj);
    const tools = arr(obj(toolConfig).tools).map((tool) => obj(obj(tool).toolSpec));
    const jsonTool = tools.find(({ name }) => name === 'json');
    return {
      maxTokens: obj(inferenceConfig).maxTokens,
      system: textOf(system),
      turns: all.map(({ role, content }) => ({ role: String(role), text: textOf(content) })),
      toolNames: tools.map(({ name }) => String(name)),
      toolResults: all.flatMap(({ content }) => arr(content)).flatMap((part) => obj(part).toolResult ?? []),
      json: obj(jsonTool?.inputSchema).json ?? obj(obj(obj(additionalModelRequestFields).output_config).format).schema,
    };
  },

  expressible: (given) => ({ ...given, outputTokens: given.outputTokens + given.reasoningTokens, reasoningTokens: 0 }),
};

function stopReason({ end, toolCalls }: Said): string {
  if (end === 'length') return 'max_tokens';
  if (end === 'refused') return 'guardrail_intervened';
  return toolCalls?.length ? 'tool_use' : 'end_turn';
}

function usage({ usage: given }: Said): unknown {
  if (!given) return undefined;
  const output = given.outputTokens + given.reasoningTokens;
  return {
    inputTokens: given.inputTokens,
    outputTokens: output,
    totalTokens: given.inputTokens + output,
    cacheReadInputTokens: given.cacheReadTokens,
    cacheWriteInputTokens: given.cacheWriteTokens + given.cacheWrite1hTokens,
    cacheDetails: [
      { inputTokens: given.cacheWriteTokens, ttl: '5m' },
      { inputTokens: given.cacheWrite1hTokens, ttl: '1h' },
    ],
  };
}

/**
 * One message of an AWS event stream: lengths, their checksum, headers, payload, checksum of it all.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
export function eventFrame(type: string, body: unknown, messageType: 'event' | 'exception' = 'event'): Buffer {
  const headers = Buffer.concat([
    header(':message-type', messageType),
    header(messageType === 'event' ? ':event-type' : ':exception-type', type),
    header(':content-type', 'application/json'),
  ]);
  const payload = Buffer.from(JSON.stringify(body));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(12 + headers.length + payload.length + 4, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const checked = Buffer.concat([prelude, checksum(prelude), headers, payload]);
  return Buffer.concat([checked, checksum(checked)]);
}

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
