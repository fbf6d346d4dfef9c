/**
 * The one suite that every provider of a wire format passes, against a local server that speaks the format.
 */

import { type AddressInfo, createServer } from 'node:net';
import { createProviders } from '../../activities/providers';
import type { Delta, ModelCall, Prompt, Provider, ProviderConfig } from '../../activities/providers/provider';
import type { Usage } from '../../routing/money/price';
import { answerOf, failureOf, testCall, testModel } from '../support/model-call';
import { type Reply, startWireServer, type WireServer } from '../support/wire-server/server';
import type { Said, SaidError } from '../support/wire-server/speech';
import { KEY, WIRE_FORMATS, wireConfig } from './wire-formats';

const USAGE: Usage = {
  inputTokens: 86,
  cacheReadTokens: 1_920,
  cacheWriteTokens: 40,
  cacheWrite1hTokens: 12,
  outputTokens: 300,
  reasoningTokens: 64,
};

const WEATHER_TOOL = {
  name: 'weather',
  description: 'The weather in a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
};

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.close());

const never = new AbortController().signal;

describe.each(WIRE_FORMATS)('$name', (format) => {
  const { speech } = format;
  const providerAt = (baseUrl: string, changes: Partial<ProviderConfig> = {}): Provider => {
    const providers = createProviders([wireConfig(format, baseUrl, changes)], (name) => (name === 'TEST_KEY' ? KEY : undefined));
    const provider = providers.for(testModel());
    if (!provider) throw new Error(JSON.stringify(providers.problems()));
    return provider;
  };
  const complete = (call: Partial<ModelCall> = {}, signal = never) => providerAt(server.url).complete(testCall(call), signal);
  const answering = (said: Said): Reply => ({ kind: 'body', status: 200, body: JSON.stringify(speech.write(said)) });
  const failing = (error: SaidError, headers: Record<string, string> = {}): Reply | undefined => {
    const written = speech.error(error);
    return (
      written && { kind: 'body', status: written.status, headers: { ...written.headers, ...headers }, body: JSON.stringify(written.body) }
    );
  };
  const asked = () => speech.read(server.seen[0]?.body);

  describe('an answer', () => {
    test('gives its text, its usage in parts that do not overlap, and the request’s id', async () => {
      server.say({ ...answering({ text: 'Paris.', end: 'stop', usage: USAGE }), headers: { 'x-request-id': 'req-77' } } as Reply);
      const answer = answerOf(await complete());
      expect(answer).toMatchObject({ text: 'Paris.', toolCalls: [], finishReason: 'stop', providerRequestId: 'req-77' });
      expect(answer.usage).toEqual(speech.expressible(USAGE));
    });

    test('without usage is an answer whose usage is unknown, not 0', async () => {
      server.say(answering({ text: 'Paris.', end: 'stop' }));
      const result = await complete();
      const usage = result.kind === 'answered' ? result.answer.usage : result.bill;
      // A format whose package insists on usage calls the answer malformed; its bill is unknown all the same.
      expect([undefined, { kind: 'unknown' }]).toContainEqual(usage);
    });

    test('may call tools', async () => {
      const toolCalls = [{ id: 'call_1', name: 'weather', input: { city: 'Paris' } }];
      server.say(answering({ toolCalls, end: 'stop', usage: USAGE }));
      const answer = answerOf(await complete({ prompt: { ...question('Weather?'), tools: [WEATHER_TOOL], toolChoice: 'required' } }));
      expect(answer.finishReason).toBe('tool-calls');
      expect(answer.toolCalls).toEqual([{ toolCallId: expect.any(String), toolName: 'weather', input: { city: 'Paris' } }]);
      expect(asked().toolNames).toEqual(['weather']);
    });
  });

  describe('a request', () => {
    test('is one POST with the call’s id, the maximum of tokens, and the key in its header and nowhere else', async () => {
      server.say(answering({ text: 'Paris.', end: 'stop', usage: USAGE }));
      await complete();
      const [request] = server.seen;
      expect(server.seen).toHaveLength(1);
      expect(request).toMatchObject({ method: 'POST', url: format.path });
      expect(request?.headers['x-client-request-id']).toBe(testCall().attemptId);
      expect(asked().maxTokens).toBe(1_000);
      const [keyHeader, keyValue] = format.keyHeader;
      expect(request?.headers[keyHeader]).toBe(keyValue);
      expect(JSON.stringify({ ...request, headers: { ...request?.headers, [keyHeader]: '' } })).not.toContain(KEY);
    });

    test('carries system text, earlier turns, tool calls and their results', async () => {
      server.say(answering({ text: 'Sunny.', end: 'stop', usage: USAGE }));
      await complete({
        prompt: {
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: [{ type: 'text', text: 'Weather in Paris?' }] },
            { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: { city: 'Paris' } }] },
            { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'weather', output: { sky: 'clear' } }] },
          ],
          tools: [WEATHER_TOOL],
        },
      });
      expect(asked().system).toContain('Be brief.');
      expect(asked().turns[0]).toMatchObject({ role: 'user', text: 'Weather in Paris?' });
      expect(asked().toolResults).toHaveLength(1);
      expect(JSON.stringify(asked().toolResults)).toContain('clear');
    });

    test('for JSON says so in words, or holds the model to the schema', async () => {
      const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
      server.say(answering({ text: '{"city":"Paris"}', end: 'stop', usage: USAGE }));
      await complete({ prompt: { ...question('Which city?'), responseFormat: { type: 'json' } } });
      expect(asked().system).toContain('JSON');

      server.say(answering({ text: '{"city":"Paris"}', end: 'stop', usage: USAGE }));
      const model = testModel({ providerModel: STRUCTURED_MODEL[format.kind] ?? 'model-1' });
      const answer = answerOf(await complete({ model, prompt: { ...question('Which city?'), responseFormat: { type: 'json', schema } } }));
      expect(answer.text).toBe('{"city":"Paris"}');
      expect(asked().json).toMatchObject({ properties: { city: { type: 'string' } }, required: ['city'] });
    });

    test('keeps thinking within the maximum of tokens', async () => {
      const thinking = testModel({ capabilities: ['reasoning'], providerModel: 'claude-sonnet-4-5', maxOutputTokens: 64_000 });
      for (const maxOutputTokens of [1_500, 16_000]) {
        server.say(answering({ text: 'Paris.', end: 'stop', usage: USAGE }));
        await complete({ model: thinking, maxOutputTokens, prompt: { ...question('Why?'), reasoningEffort: 'high' } });
        expect(asked().maxTokens).toBeLessThanOrEqual(maxOutputTokens);
      }
    });
  });

  describe('a failure', () => {
    const CLASSES: Record<SaidError, string> = {
      invalid: 'bad-request',
      'too-long': 'context-too-long',
      key: 'authentication',
      model: 'not-found',
      rate: 'rate-limited',
      quota: 'quota-exhausted',
      overloaded: 'overloaded',
      broken: 'server-error',
      filter: 'content-refused',
    };

    test.each(Object.entries(CLASSES) as [SaidError, string][])(
      '"%s" is classed as %s, costs nothing and is not tried again',
      async (error, failureClass) => {
        const reply = failing(error);
        if (!reply) return expect(speech.error(error)).toBeUndefined();
        server.say(reply);
        const { failure, bill } = failureOf(await complete({ prompt: question('canary prompt') }));
        expect(failure.class).toBe(failureClass);
        expect(failure.status).toBeGreaterThanOrEqual(400);
        expect(bill).toEqual({ kind: 'none' });
        expect(server.seen).toHaveLength(1);
      },
    );

    test('never repeats what the provider, the prompt or the key says', async () => {
      const spiteful = {
        error: { message: `canary-body ${KEY}`, type: `canary-type ${KEY}`, code: `canary-code ${KEY}` },
        message: `canary-body ${KEY}`,
      };
      for (const status of [400, 401, 429, 500, 200]) {
        server.say({ kind: 'body', status, body: JSON.stringify(spiteful) });
        const { failure } = failureOf(await complete({ prompt: question('canary prompt') }));
        expect(failure.message).not.toMatch(/canary/);
      }
    });

    test('obeys Retry-After', async () => {
      server.say(failing('rate', { 'retry-after': '2.5' }) as Reply);
      expect(failureOf(await complete()).failure).toMatchObject({ class: 'rate-limited', retryAfterMs: 2_500 });
    });

    test('of a bare 502 may have cost something', async () => {
      server.say({ kind: 'body', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' });
      expect(failureOf(await complete())).toMatchObject({ failure: { class: 'server-error', status: 502 }, bill: { kind: 'unknown' } });
    });
  });

  describe('an end that is no answer', () => {
    test.each([
      ['a refusal', { text: 'I cannot.', end: 'refused', usage: USAGE }, 'content-refused'],
      ['an answer cut short', { text: 'Par', end: 'length', usage: USAGE }, 'answer-cut-short'],
      ['nothing', { text: '', end: 'stop', usage: USAGE }, 'empty-answer'],
    ] as [string, Said, string][])('%s fails and is billed by its usage', async (_name, said, failureClass) => {
      server.say(answering(said));
      const { failure, bill } = failureOf(await complete());
      expect(failure.class).toBe(failureClass);
      expect(bill).toEqual({ kind: 'usage', usage: speech.expressible(USAGE) });
    });

    test('garbage is malformed, and its bill unknown', async () => {
      for (const body of ['', 'garbage', '[]', '{"surprise":true}', 'null', '\u0000']) {
        server.say({ kind: 'body', status: 200, body });
        const { failure, bill } = failureOf(await complete());
        expect([body, failure.class]).toEqual([body, 'malformed-answer']);
        expect(bill).toEqual({ kind: 'unknown' });
      }
    });

    test('an unreadable answer that states its usage is billed by it', async () => {
      const written = speech.write({ text: 'x', end: 'stop', usage: USAGE }) as Record<string, unknown>;
      const broken = { ...written, content: 7, choices: 7, output: 7, candidates: 7 };
      server.say({ kind: 'body', status: 200, body: JSON.stringify(broken) });
      const { failure, bill } = failureOf(await complete());
      expect(failure.class).toBe('malformed-answer');
      expect(bill).toEqual({ kind: 'usage', usage: speech.expressible(USAGE) });
    });
  });

  describe('a connection', () => {
    test('that nobody accepts costs nothing', async () => {
      const port = await freePort();
      const result = await providerAt(`http://127.0.0.1:${port}`).complete(testCall(), never);
      expect(failureOf(result)).toMatchObject({ failure: { class: 'connection-lost' }, bill: { kind: 'none' } });
    });

    test('cut before the headers, or within the body, has an unknown bill', async () => {
      const body = JSON.stringify(speech.write({ text: 'Paris.', end: 'stop', usage: USAGE }));
      for (const reply of [{ kind: 'cut' }, { kind: 'pieces', pieces: [body.slice(0, 40)], ending: 'cut' }] as Reply[]) {
        server.say(reply);
        expect(failureOf(await complete())).toMatchObject({ failure: { class: 'connection-lost' }, bill: { kind: 'unknown' } });
        expect(server.seen).toHaveLength(1);
      }
    });

    test.each([
      ['headers', { kind: 'silence' }, { headersMs: 60 }],
      ['idle', { kind: 'pieces', pieces: ['{'], ending: 'stall' }, { idleMs: 60 }],
      ['total', { kind: 'silence' }, { totalMs: 60 }],
    ] as [string, Reply, Partial<ModelCall['timeouts']>][])('that is silent too long fails as timeout-%s', async (phase, reply, limits) => {
      server.say(reply);
      const result = await complete({ timeouts: { ...testCall().timeouts, ...limits } });
      expect(failureOf(result)).toMatchObject({ failure: { class: `timeout-${phase}` }, bill: { kind: 'unknown' } });
    });

    test('that redirects is not followed', async () => {
      server.say({ kind: 'body', status: 307, headers: { location: `${server.url}/elsewhere` }, body: '' });
      expect(failureOf(await complete())).toMatchObject({ failure: { class: 'not-found' }, bill: { kind: 'none' } });
      expect(server.seen).toHaveLength(1);
    });

    test('to a private address is refused unless it is allowed', async () => {
      server.say(answering({ text: 'Paris.', end: 'stop', usage: USAGE }));
      // Passes as an address; its name leads to this machine.
      const provider = providerAt(`https://localhost:${server.port}`, { allowPrivateNetwork: false });
      expect(failureOf(await provider.complete(testCall(), never))).toMatchObject({
        failure: { class: 'not-configured' },
        bill: { kind: 'none' },
      });
      expect(server.seen).toHaveLength(0);
    });

    test('is closed by cancelling, with an unknown bill once the request was sent', async () => {
      server.say({ kind: 'silence' });
      const controller = new AbortController();
      const arrived = server.nextRequest();
      const result = complete({}, controller.signal);
      await arrived;
      controller.abort();
      expect(failureOf(await result)).toMatchObject({ failure: { class: 'cancelled' }, bill: { kind: 'unknown' } });
      expect(failureOf(await complete({}, controller.signal))).toMatchObject({ failure: { class: 'cancelled' }, bill: { kind: 'none' } });
    });
  });

  describe('a stream', () => {
    const streaming = (said: Said, cutAfter?: number): Reply => {
      const { contentType, pieces } = speech.stream(said);
      const isCut = cutAfter !== undefined;
      return {
        kind: 'pieces',
        headers: { 'content-type': contentType },
        pieces: isCut ? pieces.slice(0, cutAfter) : pieces,
        ending: isCut ? 'cut' : 'end',
      };
    };
    const stream = async (call: Partial<ModelCall> = {}) => {
      const deltas: Delta[] = [];
      const result = await providerAt(server.url).stream?.(testCall(call), never, (delta) => deltas.push(delta));
      if (!result) throw new Error('The provider cannot stream.');
      return { deltas, result };
    };

    test('hands out the text piece by piece and ends with the whole answer and its usage', async () => {
      server.say(streaming({ text: 'Paris, of course.', end: 'stop', usage: USAGE }));
      const { deltas, result } = await stream();
      const answer = answerOf(result);
      expect(deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('')).toBe('Paris, of course.');
      expect(deltas.length).toBeGreaterThan(1);
      expect(answer).toMatchObject({ text: 'Paris, of course.', finishReason: 'stop', usage: speech.expressible(USAGE) });
      expect(answer.firstTokenMs).toBeGreaterThanOrEqual(0);
      expect(server.seen[0]?.url).toBe(format.streamPath ?? format.path);
      expect(asked().maxTokens).toBe(1_000);
    });

    test('hands out tool calls', async () => {
      const toolCalls = [{ id: 'call_1', name: 'weather', input: { city: 'Paris' } }];
      server.say(streaming({ toolCalls, end: 'stop', usage: USAGE }));
      const { deltas, result } = await stream({ prompt: { ...question('Weather?'), tools: [WEATHER_TOOL] } });
      expect(answerOf(result).toolCalls).toEqual([{ toolCallId: expect.any(String), toolName: 'weather', input: { city: 'Paris' } }]);
      expect(deltas.filter(({ type }) => type === 'tool-call')).toHaveLength(1);
    });

    test('that is cut has an unknown bill', async () => {
      server.say(streaming({ text: 'Paris, of course.', end: 'stop', usage: USAGE }, 2));
      const { result } = await stream();
      expect(failureOf(result)).toMatchObject({ failure: { class: 'connection-lost' }, bill: { kind: 'unknown' } });
    });

    test('that cannot begin fails like a call', async () => {
      server.say(failing('rate', { 'retry-after': '3' }) as Reply);
      const { result } = await stream();
      expect(failureOf(result)).toMatchObject({ failure: { class: 'rate-limited', retryAfterMs: 3_000 }, bill: { kind: 'none' } });
    });
  });
});

/** Models that the packages know to be held to a schema; others are given the schema as a tool. */
const STRUCTURED_MODEL: Partial<Record<string, string>> = { anthropic: 'claude-sonnet-4-5' };

function question(content: string): Prompt {
  return { messages: [{ role: 'user', content }] };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
