import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BilledCall, type ScriptedReply, type ScriptFile, scriptedProvider } from '../../activities/providers/scripted';
import { usdPerMillionToPico } from '../../routing/units';
import { answerOf, failureOf, testCall, testModel } from '../support/model-call';

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripted-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const file = (): string => join(folder, `file-${count++}`);

function provider(options: Record<string, string> = {}, script?: (call: { attempt: number }) => ScriptedReply | undefined) {
  return scriptedProvider({ name: 'scripted', kind: 'scripted', options, allowPrivateNetwork: false }, script);
}

function scriptFile(script: ScriptFile): string {
  const path = file();
  writeFileSync(path, JSON.stringify(script));
  return path;
}

function ledgerLines(path: string): BilledCall[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const PRICES = { steps: [{ aboveInputTokens: 0, input: usdPerMillionToPico(1), output: usdPerMillionToPico(2) }] };

test('echoes the task by default, marked as scripted, and counts tokens from lengths', async () => {
  const answer = answerOf(await provider().complete(testCall(), never));
  expect(answer.text).toBe('[scripted answer of model-1] What is the capital of France?');
  expect(answer).toMatchObject({ servedModel: 'scripted', finishReason: 'stop', usage: { inputTokens: 8, outputTokens: 15 } });
  expect(answerOf(await provider().complete(testCall(), never))).toEqual(answer);
});

test('never answers with more tokens than were allowed', async () => {
  expect(answerOf(await provider().complete(testCall({ maxOutputTokens: 3 }), never)).usage?.outputTokens).toBe(3);
});

test('says what a function in the same process tells it', async () => {
  const told = provider({}, ({ attempt }) => (attempt === 1 ? { kind: 'fault', fault: 'overloaded' } : undefined));
  expect(failureOf(await told.complete(testCall(), never)).failure.class).toBe('overloaded');
  expect(answerOf(await told.complete(testCall({ attempt: 2 }), never)).text).toContain('scripted');
});

test('reads its script on every call: by task first, then by model, then for all, by number of attempt', async () => {
  const script = scriptFile({
    tasks: {
      one: [
        { kind: 'fault', fault: 'rate-limited', retryAfterMs: 700 },
        { kind: 'answer', text: 'second' },
      ],
    },
    models: { 'model-1': [{ kind: 'answer', text: 'by model' }], '*': [{ kind: 'answer', text: 'by all' }] },
  });
  const scripted = provider({ script });
  const one = (attempt: number) => scripted.complete(testCall({ externalId: 'one', attempt }), never);
  expect(failureOf(await one(1)).failure).toMatchObject({ class: 'rate-limited', retryAfterMs: 700 });
  expect(answerOf(await one(2)).text).toBe('second');
  expect(answerOf(await one(9)).text).toBe('second');
  expect(answerOf(await scripted.complete(testCall({ externalId: 'constructor' }), never)).text).toBe('by model');
  expect(answerOf(await scripted.complete(testCall({ model: testModel({ providerModel: 'other' }) }), never)).text).toBe('by all');

  writeFileSync(script, JSON.stringify({ tasks: { one: [{ kind: 'answer', text: 'changed' }] } }));
  expect(answerOf(await one(1)).text).toBe('changed');
});

test('a script that cannot be read, or is none, is a provider that is not configured', async () => {
  const broken = file();
  writeFileSync(broken, '{"tasks": {"one": []}}');
  for (const script of [broken, join(folder, 'missing')]) {
    expect(failureOf(await provider({ script }).complete(testCall(), never))).toMatchObject({
      failure: { class: 'not-configured' },
      bill: { kind: 'none' },
    });
  }
});

describe.each([
  ['rate-limited', 'rate-limited', 'none', false],
  ['quota-exhausted', 'quota-exhausted', 'none', false],
  ['overloaded', 'overloaded', 'none', false],
  ['server-error', 'server-error', 'none', false],
  ['connection-refused', 'connection-lost', 'none', false],
  ['connection-cut', 'connection-lost', 'unknown', true],
  ['timeout', 'timeout-headers', 'unknown', true],
  ['malformed', 'malformed-answer', 'unknown', true],
  ['empty', 'empty-answer', 'usage', true],
  ['cut-short', 'answer-cut-short', 'usage', true],
  ['refused', 'content-refused', 'usage', true],
  ['context-too-long', 'context-too-long', 'none', false],
] as const)('fault %s', (fault, failureClass, bill, isBilled) => {
  test(`is ${failureClass} with bill ${bill}, and ${isBilled ? 'is' : 'is not'} in the provider’s own ledger`, async () => {
    const ledger = file();
    writeFileSync(ledger, '');
    const result = failureOf(await provider({ ledger }, () => ({ kind: 'fault', fault })).complete(testCall(), never));
    expect(result).toMatchObject({ failure: { class: failureClass }, bill: { kind: bill } });
    expect(readFileSync(ledger, 'utf8') !== '').toBe(isBilled);
  });
});

test('bills before it answers, so that a caller who dies meanwhile owes it', async () => {
  const ledger = file();
  const controller = new AbortController();
  const result = provider({ ledger, latency_ms: '60000' }).complete(testCall({ model: testModel({ prices: PRICES }) }), controller.signal);
  while (!readable(ledger)) await new Promise((resolve) => setTimeout(resolve, 5));
  const [line] = ledgerLines(ledger);
  expect(line).toMatchObject({ attemptId: testCall().attemptId, model: 'test/model-1', costNanoUsd: 8 * 1_000 + 15 * 2_000 });
  controller.abort();
  expect(failureOf(await result)).toMatchObject({ failure: { class: 'cancelled' }, bill: { kind: 'unknown' } });
});

test('keeps one line for each billed call, also of many at once', async () => {
  const ledger = file();
  const scripted = provider({ ledger });
  await Promise.all(Array.from({ length: 50 }, (_, index) => scripted.complete(testCall({ attemptId: `a${index}` }), never)));
  expect(new Set(ledgerLines(ledger).map(({ attemptId }) => attemptId)).size).toBe(50);
});

test('obeys the time limit of the call', async () => {
  const call = testCall({ timeouts: { ...testCall().timeouts, totalMs: 20 } });
  const result = await provider({ latency_ms: '60000' }).complete(call, never);
  expect(failureOf(result)).toMatchObject({ failure: { class: 'timeout-total' }, bill: { kind: 'unknown' } });
});

test('lies about its usage when told to: what is reported is not what is billed', async () => {
  const ledger = file();
  const usage = { inputTokens: 100, outputTokens: 50 };
  const lying = (reportedUsage: 'none' | { inputTokens: number; outputTokens: number }) =>
    provider({ ledger }, () => ({ kind: 'answer', usage, reportedUsage })).complete(testCall(), never);
  expect(answerOf(await lying('none')).usage).toBeUndefined();
  expect(answerOf(await lying({ inputTokens: -1, outputTokens: 5 })).usage).toBeUndefined();
  expect(answerOf(await lying({ inputTokens: 900_000, outputTokens: 5 })).usage?.inputTokens).toBe(900_000);
  for (const line of ledgerLines(ledger)) expect(line.usage).toMatchObject(usage);
});

function readable(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').endsWith('\n');
  } catch {
    return false;
  }
}
