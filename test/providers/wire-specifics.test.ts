/**
 * What single providers do in their own way, beyond the suite that all of them pass.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createProviders } from '../../activities/providers';
import { MAX_RESPONSE_BYTES } from '../../activities/providers/http';
import type { ModelCall, Provider, ProviderConfig } from '../../activities/providers/provider';
import { costOf } from '../../routing/money/cost';
import { usdPerMillionToPico } from '../../routing/units';
import { answerOf, failureOf, testCall, testModel } from '../support/model-call';
import { anthropicSpeech } from '../support/wire-server/anthropic';
import { bedrockSpeech, eventFrame } from '../support/wire-server/bedrock';
import { openaiChatSpeech } from '../support/wire-server/openai-chat';
import { type Reply, startWireServer, type WireServer } from '../support/wire-server/server';
import { sse } from '../support/wire-server/speech';
import { KEY, WIRE_FORMATS, wireConfig } from './wire-formats';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.close());

const never = new AbortController().signal;

function provider(name: string, changes: Partial<ProviderConfig> = {}, secrets: Record<string, string> = { TEST_KEY: KEY }): Provider {
  const format = WIRE_FORMATS.find((candidate) => candidate.name === name);
  if (!format) throw new Error(`There is no wire format ${name}.`);
  const made = createProviders([wireConfig(format, server.url, changes)], (secret) => secrets[secret]).for(testModel());
  if (!made) throw new Error(`The provider of ${name} cannot be called.`);
  return made;
}

function complete(name: string, call: Partial<ModelCall> = {}) {
  return provider(name).complete(testCall(call), never);
}

function json(body: unknown, headers: Record<string, string> = {}): Reply {
  return { kind: 'body', status: 200, headers, body: JSON.stringify(body) };
}

const perMillion = (input: number, cacheRead: number, cacheWrite: number, output: number) => ({
  steps: [
    {
      aboveInputTokens: 0,
      input: usdPerMillionToPico(input),
      cacheRead: usdPerMillionToPico(cacheRead),
      cacheWrite: usdPerMillionToPico(cacheWrite),
      output: usdPerMillionToPico(output),
    },
  ],
});

describe('usage and cost, as billed', () => {
  test('Anthropic: 3 input, 12,304 cache-write and 550 output tokens at 3 / 3.75 / 15 dollars cost $0.054399', async () => {
    const said = anthropicSpeech.write({ text: 'x', end: 'stop' }) as object;
    server.say(
      json({ ...said, usage: { input_tokens: 3, cache_creation_input_tokens: 12_304, cache_read_input_tokens: 0, output_tokens: 550 } }),
    );
    const { usage } = answerOf(await complete('anthropic'));
    expect(usage).toMatchObject({ inputTokens: 3, cacheWriteTokens: 12_304, cacheReadTokens: 0, outputTokens: 550 });
    expect(usage && costOf(perMillion(3, 0.3, 3.75, 15), usage)).toBe(54_399_000);
  });

  test('OpenAI: 2,006 prompt tokens of which 1,920 cached, and 300 output tokens on gpt-4o cost $0.005615', async () => {
    const said = openaiChatSpeech.write({ text: 'x', end: 'stop' }) as object;
    const usageOnTheWire = { prompt_tokens: 2_006, completion_tokens: 300, prompt_tokens_details: { cached_tokens: 1_920 } };
    server.say(json({ ...said, usage: usageOnTheWire }));
    const { usage } = answerOf(await complete('openai chat'));
    expect(usage).toMatchObject({ inputTokens: 86, cacheReadTokens: 1_920, outputTokens: 300 });
    expect(usage && costOf(perMillion(2.5, 1.25, 2.5, 10), usage)).toBe(5_615_000);
  });

  test('what the headers say of rate limits comes with the answer', async () => {
    const said = openaiChatSpeech.write({ text: 'x', end: 'stop' }) as object;
    server.say(json(said, { 'x-ratelimit-limit-requests-day': '100', 'x-ratelimit-remaining-requests-day': '75' }));
    expect(answerOf(await complete('openai-compatible')).rateLimitsUsed).toEqual({ day: 0.25 });
    server.say(json(said));
    expect(answerOf(await complete('openai-compatible'))).not.toHaveProperty('rateLimitsUsed');
  });

  test('figures that are no counts make the usage unknown, so that the reservation is charged', async () => {
    const said = openaiChatSpeech.write({ text: 'x', end: 'stop' }) as object;
    for (const lie of [
      { prompt_tokens: -5, completion_tokens: 1 },
      { prompt_tokens: 1e300, completion_tokens: 1 },
      { completion_tokens: 1 },
      {},
    ]) {
      server.say(json({ ...said, usage: lie }));
      expect(answerOf(await complete('openai-compatible')).usage).toBeUndefined();
    }
  });

  test('an explicit 0 is a count', async () => {
    const said = openaiChatSpeech.write({ text: 'x', end: 'stop' }) as object;
    server.say(json({ ...said, usage: { prompt_tokens: 0, completion_tokens: 0 } }));
    expect(answerOf(await complete('openai-compatible')).usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });
});

describe('requests', () => {
  test('Bedrock signs with the pair of AWS keys where there is no Bedrock key', async () => {
    server.say(json(bedrockSpeech.write({ text: 'Paris.', end: 'stop' })));
    const pair = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI', AWS_SESSION_TOKEN: 'session' };
    await provider('bedrock', {}, pair).complete(testCall(), never);
    const [request] = server.seen;
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/,
    );
    expect(request?.headers['x-amz-security-token']).toBe('session');
    expect(JSON.stringify(request)).not.toContain('wJalrXUtnFEMI');
  });

  test('no key is taken out of the environment', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      ANTHROPIC_API_KEY: 'env-canary',
      AWS_BEARER_TOKEN_BEDROCK: 'env-canary',
      ANTHROPIC_BASE_URL: 'http://env-canary',
    });
    try {
      server.say(json(bedrockSpeech.write({ text: 'Paris.', end: 'stop' })));
      await provider('bedrock', {}, { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' }).complete(testCall(), never);
      expect(JSON.stringify(server.seen)).not.toContain('env-canary');
      server.say(json(anthropicSpeech.write({ text: 'Paris.', end: 'stop' })));
      await complete('anthropic');
      expect(server.seen).toHaveLength(1);
      expect(JSON.stringify(server.seen)).not.toContain('env-canary');
    } finally {
      process.env = before;
    }
  });

  test('one that the package would send without a maximum of tokens is held back', async () => {
    server.say(json(bedrockSpeech.write({ text: 'Paris.', end: 'stop' })));
    const model = testModel({ providerModel: 'amazon.nova-2-lite-v1:0', capabilities: ['reasoning'] });
    const result = await complete('bedrock', { model, prompt: { ...testCall().prompt, reasoningEffort: 'high' } });
    expect(failureOf(result)).toMatchObject({ failure: { class: 'not-admissible' }, bill: { kind: 'none' } });
    expect(server.seen).toHaveLength(0);
  });

  test('one that the package cannot write is not made', async () => {
    const file = { type: 'file', mediaType: 'application/x-unknown', data: 'AAAA' } as const;
    const result = await complete('openai chat', { prompt: { messages: [{ role: 'user', content: [file] }] } });
    expect(failureOf(result)).toMatchObject({ failure: { class: 'not-admissible' }, bill: { kind: 'none' } });
  });

  test('an Azure deployment of a reasoning model is told its maximum in the way such models understand', async () => {
    server.say(json(openaiChatSpeech.write({ text: 'Paris.', end: 'stop' })));
    await complete('azure', { model: testModel({ capabilities: ['reasoning'] }) });
    expect(server.seen[0]?.body).toMatchObject({ max_completion_tokens: 1_000 });
    expect(server.seen[0]?.body).not.toHaveProperty('max_tokens');
  });

  test('OpenAI is asked to store nothing, and to enforce only a schema that it can enforce', async () => {
    const strict = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
    const loose = { type: 'object', properties: { a: { type: 'string' } } };
    for (const [schema, isStrict] of [
      [strict, true],
      [loose, false],
    ] as const) {
      server.say(json(openaiChatSpeech.write({ text: '{}', end: 'stop' })));
      await complete('openai chat', { prompt: { ...testCall().prompt, responseFormat: { type: 'json', schema } } });
      expect(server.seen[0]?.body).toMatchObject({ store: false, response_format: { json_schema: { strict: isStrict } } });
    }
  });
});

describe('failures', () => {
  test('Google: the wait is in the body, and a quota of the day is not worth a retry', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '13s' }];
    const error = { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded', details };
    server.say({ kind: 'body', status: 429, body: JSON.stringify({ error }) });
    expect(failureOf(await complete('google')).failure).toMatchObject({ class: 'rate-limited', retryAfterMs: 13_000 });

    const daily = [...details, { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'RequestsPerDay' }] }];
    server.say({ kind: 'body', status: 429, body: JSON.stringify({ error: { ...error, details: daily } }) });
    expect(failureOf(await complete('google')).failure.class).toBe('quota-exhausted');
  });

  test('Google: a blocked prompt is a refusal', async () => {
    server.say(json({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 } }));
    const { failure, bill } = failureOf(await complete('google'));
    expect(failure.class).toBe('content-refused');
    expect(bill).toMatchObject({ kind: 'usage', usage: { inputTokens: 9, outputTokens: 0 } });
  });

  test('Google: an answer that wants a second request is cut short, and billed by the first', async () => {
    const candidate = { content: { role: 'model', parts: [{ text: 'Par' }] }, finishReason: 'CONTINUATION', continuationToken: 'more' };
    server.say(json({ candidates: [candidate], usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2 } }));
    const { failure, bill } = failureOf(await complete('google'));
    expect(failure.class).toBe('answer-cut-short');
    expect(bill).toMatchObject({ kind: 'usage', usage: { inputTokens: 9, outputTokens: 2 } });
    expect(server.seen).toHaveLength(1);
  });

  test('OpenAI: a refusal in its own field is a refusal, and not an answer', async () => {
    const message = { role: 'assistant', content: null, refusal: 'I cannot help with that.' };
    const usage = { prompt_tokens: 9, completion_tokens: 7 };
    server.say(json({ id: 'x', choices: [{ index: 0, finish_reason: 'stop', message }], usage }));
    expect(failureOf(await complete('openai chat'))).toMatchObject({ failure: { class: 'content-refused' }, bill: { kind: 'usage' } });
  });

  test('Azure: a filter’s word in the inner error counts', async () => {
    const error = { code: 'BadRequest', message: 'x', innererror: { code: 'ResponsibleAIPolicyViolation' } };
    server.say({ kind: 'body', status: 400, body: JSON.stringify({ error }) });
    expect(failureOf(await complete('azure')).failure.class).toBe('content-refused');
  });

  test.each([
    ['408', { 'x-amzn-errortype': 'ModelTimeoutException' }, 'timeout-total', 'unknown'],
    ['424', { 'x-amzn-errortype': 'ModelErrorException' }, 'server-error', 'unknown'],
    ['429', { 'x-amzn-errortype': 'ModelNotReadyException' }, 'overloaded', 'none'],
    ['504', {}, 'timeout-total', 'unknown'],
    ['529', {}, 'overloaded', 'none'],
  ])('a status of %s %j is %s, its bill %s', async (status, headers, failureClass, bill) => {
    server.say({ kind: 'body', status: Number(status), headers, body: '{"message":"x"}' });
    expect(failureOf(await complete('bedrock'))).toMatchObject({ failure: { class: failureClass }, bill: { kind: bill } });
  });

  test('x-should-retry overrules what a status says', async () => {
    server.say({ kind: 'body', status: 429, headers: { 'x-should-retry': 'false' }, body: '{}' });
    expect(failureOf(await complete('openai chat')).failure.class).toBe('quota-exhausted');
    server.say({ kind: 'body', status: 400, headers: { 'x-should-retry': 'true' }, body: '{}' });
    expect(failureOf(await complete('openai chat')).failure.class).toBe('overloaded');
  });

  test('an error under status 200 is classed by what it says', async () => {
    server.say(json({ error: { code: 'rate_limit_exceeded', message: 'x' } }));
    expect(failureOf(await complete('openai-compatible'))).toMatchObject({ failure: { class: 'rate-limited' }, bill: { kind: 'unknown' } });
    server.say(json({ error: { code: 502, message: 'x' } }));
    expect(failureOf(await complete('openai-compatible'))).toMatchObject({ failure: { class: 'server-error' }, bill: { kind: 'unknown' } });
  });

  test('a connection that does not open in time costs nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)); // accepts, and never greets back
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const timeouts = { ...testCall().timeouts, connectMs: 60 };
    const result = await provider('openai chat', { baseUrl: `https://127.0.0.1:${port}` }).complete(testCall({ timeouts }), never);
    expect(failureOf(result)).toMatchObject({ failure: { class: 'timeout-connect' }, bill: { kind: 'none' } });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('a response larger than the cap is dropped', async () => {
    server.say({ kind: 'body', status: 200, body: Buffer.alloc(MAX_RESPONSE_BYTES + 1, ' ') });
    expect(failureOf(await complete('openai chat'))).toMatchObject({ failure: { class: 'malformed-answer' }, bill: { kind: 'unknown' } });
  });

  test('a connection that the server closed while it was kept is not used for the next call', async () => {
    for (let round = 0; round < 3; round++) {
      server.say(json(openaiChatSpeech.write({ text: 'Paris.', end: 'stop' }), { connection: 'close' }));
      expect(answerOf(await complete('openai chat')).text).toBe('Paris.');
    }
  });
});

describe('streams that break off with an error', () => {
  const usage = { inputTokens: 9, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, outputTokens: 5, reasoningTokens: 0 };
  const begun = anthropicSpeech.stream({ text: 'Paris, of course.', end: 'stop', usage }).pieces.slice(0, 3);

  test('Anthropic: overloaded in the middle', async () => {
    const error = sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'error');
    server.say({ kind: 'pieces', headers: { 'content-type': 'text/event-stream' }, pieces: [...begun, error], ending: 'end' });
    const result = await provider('anthropic').stream?.(testCall(), never, () => {});
    expect(result && failureOf(result)).toMatchObject({ failure: { class: 'overloaded' }, bill: { kind: 'unknown' } });
  });

  test('Anthropic: overloaded before the first word', async () => {
    const error = sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'error');
    server.say({ kind: 'pieces', headers: { 'content-type': 'text/event-stream' }, pieces: [error], ending: 'end' });
    const result = await provider('anthropic').stream?.(testCall(), never, () => {});
    expect(result && failureOf(result)).toMatchObject({ failure: { class: 'overloaded' }, bill: { kind: 'unknown' } });
  });

  test('Bedrock: throttled in the middle', async () => {
    const pieces = [
      eventFrame('messageStart', { role: 'assistant' }),
      eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Par' } }),
      eventFrame('throttlingException', { message: 'Too many requests' }, 'exception'),
    ];
    server.say({ kind: 'pieces', headers: { 'content-type': 'application/vnd.amazon.eventstream' }, pieces, ending: 'end' });
    const result = await provider('bedrock').stream?.(testCall(), never, () => {});
    expect(result && failureOf(result)).toMatchObject({ failure: { class: 'rate-limited' }, bill: { kind: 'unknown' } });
  });

  test('a stream that ends without its last event is not an answer', async () => {
    server.say({ kind: 'pieces', headers: { 'content-type': 'text/event-stream' }, pieces: begun, ending: 'end' });
    const result = await provider('anthropic').stream?.(testCall(), never, () => {});
    expect(result && failureOf(result)).toMatchObject({ failure: { class: 'connection-lost' }, bill: { kind: 'unknown' } });
  });

  test('a stream is closed by cancelling', async () => {
    server.say({ kind: 'pieces', headers: { 'content-type': 'text/event-stream' }, pieces: begun, ending: 'stall' });
    const controller = new AbortController();
    const result = await provider('anthropic').stream?.(testCall(), controller.signal, () => controller.abort());
    expect(result && failureOf(result)).toMatchObject({ failure: { class: 'cancelled' }, bill: { kind: 'unknown' } });
  });
});

test('a provider package is loaded by its first call and not before', () => {
  const folder = join(__dirname, '../../activities/providers');
  for (const file of readdirSync(folder)) {
    const loadedAtOnce = readFileSync(join(folder, file), 'utf8').match(/^import (?!type ).*'(@ai-sdk\/[^']+|ai)';$/gm);
    expect([file, loadedAtOnce]).toEqual([file, null]);
  }
});
