import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedProvider } from '../../activities/providers/recorded';
import { readRecording } from '../../db/documents/recording';
import { answerOf, failureOf, testCall, testModel } from '../support/model-call';

const SHIPPED = join(__dirname, '../../data/recorded/llmrouter.dev.jsonl.gz');
const never = new AbortController().signal;

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorded-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function dataSet(...rows: readonly object[]): string {
  const file = join(folder, `${count++}.jsonl`);
  const facts = { task_class: 'capitals', task_type: 'factual', prompt: 'What is the capital of France?' };
  writeFileSync(file, rows.map((row) => `${JSON.stringify({ ...facts, ...row })}\n`).join(''));
  return file;
}

const CALL = { quality: 0.75, cost_usd: 0.00123, latency_ms: 1_200, input_tokens: 40, output_tokens: 7 };

function provider(file: string, options: Record<string, string> = {}) {
  return recordedProvider({ name: 'recorded', kind: 'recorded', options: { file, ...options }, allowPrivateNetwork: false });
}

test('plays back quality, cost, time and tokens, and says that the answer is recorded', async () => {
  const file = dataSet({ id: 'row-1', models: { 'model-1': CALL } });
  const answer = answerOf(await provider(file).complete(testCall({ externalId: 'row-1' }), never));
  expect(answer).toMatchObject({
    text: '[recorded answer of model-1: quality 0.75; the data set holds no text]',
    recordedQuality: 0.75,
    reportedCostNanoUsd: 1_230_000,
    latencyMs: 1_200,
    usage: { inputTokens: 40, outputTokens: 7 },
  });
});

test('leaves out what the data set does not know', async () => {
  const file = dataSet({ id: 'row-1', models: { 'model-1': { ...CALL, cost_usd: null, latency_ms: null, input_tokens: null } } });
  const answer = answerOf(await provider(file).complete(testCall({ externalId: 'row-1' }), never));
  for (const field of ['reportedCostNanoUsd', 'latencyMs', 'usage']) expect(answer).not.toHaveProperty(field);
});

test('has no answer for a task or model that is not in the data set', async () => {
  const recorded = provider(dataSet({ id: 'row-1', models: { 'model-1': CALL } }));
  for (const call of [{}, { externalId: 'row-2' }, { externalId: 'row-1', model: testModel({ providerModel: 'other' }) }]) {
    expect(failureOf(await recorded.complete(testCall(call), never))).toMatchObject({
      failure: { class: 'not-found' },
      bill: { kind: 'none' },
    });
  }
});

test('a data set that cannot be read names the line', async () => {
  const file = dataSet({ id: 'row-1', models: {} }, { id: 'row-2' });
  const { failure } = failureOf(await provider(file).complete(testCall(), never));
  expect(failure).toMatchObject({ class: 'not-configured', message: expect.stringContaining('line 2') });
});

test('fails a declared share of first calls, the same ones every time, and answers the second', async () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `row-${index}`);
  const file = dataSet(...ids.map((id) => ({ id, models: { 'model-1': CALL } })));
  const outcomes = async (options: Record<string, string>, attempt: number) => {
    const recorded = provider(file, options);
    const results = await Promise.all(ids.map((externalId) => recorded.complete(testCall({ externalId, attempt }), never)));
    return results.map((result) => (result.kind === 'failed' ? result.failure.class : 'answered'));
  };
  const first = await outcomes({ faults_percent: '5' }, 1);
  const failures = first.filter((outcome) => outcome !== 'answered');
  expect(failures.length).toBeGreaterThan(60); // 100 expected, standard deviation 9.7
  expect(failures.length).toBeLessThan(140);
  expect(new Set(failures)).toEqual(new Set(['rate-limited', 'server-error', 'connection-lost']));
  expect(await outcomes({ faults_percent: '5' }, 1)).toEqual(first);
  expect(await outcomes({ faults_percent: '5', faults_seed: 'other' }, 1)).not.toEqual(first);
  expect(new Set(await outcomes({ faults_percent: '5' }, 2))).toEqual(new Set(['answered']));
});

test('takes the recorded time at pace 1, and ends when it is cancelled', async () => {
  const recorded = provider(
    dataSet({ id: 'row-1', models: { 'model-1': { ...CALL, latency_ms: 40 }, slow: { ...CALL, latency_ms: 60_000 } } }),
    {
      pace: '1',
    },
  );
  const startedAt = performance.now();
  answerOf(await recorded.complete(testCall({ externalId: 'row-1' }), never));
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(38);
  const controller = new AbortController();
  const slow = recorded.complete(testCall({ externalId: 'row-1', model: testModel({ providerModel: 'slow' }) }), controller.signal);
  controller.abort();
  expect(failureOf(await slow).failure.class).toBe('cancelled');
});

test('the shipped data set holds 3,604 tasks, each answered by the same 9 models, with costs', async () => {
  const tasks = await readRecording(SHIPPED);
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(3_604);
  expect(new Set(tasks.map(({ models }) => Object.keys(models).sort().join())).size).toBe(1);
  expect(Object.keys(tasks[0]?.models ?? {})).toHaveLength(9);
  for (const { models } of tasks) for (const call of Object.values(models)) expect(call.cost_usd).toBeGreaterThan(0);
});

test('a model that is deliberately degraded answers the given share of tasks worthlessly and says so; other models do not', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `row-${index}`);
  const file = dataSet(...ids.map((id) => ({ id, models: { 'model-1': CALL, other: CALL } })));
  const recorded = provider(file, { degraded_model: 'model-1', degraded_percent: '40' });
  const ask = async (externalId: string, providerModel: string) =>
    answerOf(await recorded.complete(testCall({ externalId, model: testModel({ providerModel }) }), never));
  const answers = await Promise.all(ids.map((id) => ask(id, 'model-1')));
  const worthless = answers.filter(({ recordedQuality }) => recordedQuality === 0);
  expect(worthless.length).toBeGreaterThan(60);
  expect(worthless.length).toBeLessThan(100);
  for (const { text } of worthless) expect(text).toContain('deliberately degraded');
  for (const id of ids.slice(0, 20)) expect((await ask(id, 'other')).recordedQuality).toBe(0.75);
});
