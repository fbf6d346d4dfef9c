/** Each format, by files in the shapes that its system writes; see test/data/telemetry. */

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { formatNamed } from '../../client/telemetry/formats/formats';
import { type ReadOptions, readTelemetry } from '../../client/telemetry/read-telemetry';
import type { TelemetryRecord } from '../../client/telemetry/record';
import { newTally } from '../../client/telemetry/tally';

const NOW = Date.parse('2026-11-20T12:00:00Z');

async function read(name: string, options: ReadOptions = {}) {
  const tally = newTally();
  const records: TelemetryRecord[] = [];
  const file = createReadStream(join(__dirname, '..', 'data', 'telemetry', name), { highWaterMark: 100 });
  let format = '';
  const onFormat = (found: { readonly name: string }) => {
    format = found.name;
  };
  for await (const batch of readTelemetry(file, { now: NOW, tally, onFormat, ...options })) records.push(...batch);
  return { records, tally, format, skipped: Object.fromEntries(tally.skipped) };
}

describe('LiteLLM', () => {
  test('spend logs of today', async () => {
    const { records, format, tally, skipped } = await read('litellm-spend-logs.json', { withPrompts: true });
    expect(format).toBe('litellm');
    expect(records).toEqual([
      {
        id: 'chatcmpl-a1',
        endedAt: Date.parse('2026-11-10T09:00:02.500Z'),
        model: 'openai/gpt-4o',
        outcome: 'completed',
        costNanoUsd: 3_450_000,
        latencyMs: 2_500,
        inputTokens: 1_000,
        cachedInputTokens: 400,
        outputTokens: 300,
        calls: 2,
        tenant: 'team-a',
        conversation: 's-9',
        inputHash: expect.stringMatching(/^[0-9a-f]{64}$/u),
        prompt: 'system: Be brief.\n\nuser: Summarise the ticket',
        fingerprint: 'b7f1',
      },
      expect.objectContaining({ id: 'chatcmpl-a2', model: 'anthropic/claude-sonnet-4-5', outcome: 'failed', calls: 1 }),
    ]);
    expect(records[1]).not.toHaveProperty('prompt');
    expect(skipped).toEqual({ 'other-kind': 2, 'out-of-range': 1, 'secret-looking': 1 });
    expect(tally.problems).toEqual([
      { row: 5, skipped: 'out-of-range', field: 'spend' },
      { row: 6, skipped: 'secret-looking', field: 'user' },
    ]);
  });

  test('a page of them', async () => {
    const { records, format } = await read('litellm-page.json');
    expect([format, records.map(({ id }) => id)]).toEqual(['litellm', ['p1', 'p2']]);
  });

  test('a dump of the table from 2024, in which times have no zone and numbers are texts', async () => {
    const { records, format, tally } = await read('litellm-spend-logs-2024.csv');
    expect(format).toBe('litellm');
    expect(records).toEqual([
      {
        id: 'old-0',
        endedAt: Date.parse('2024-08-01T10:00:01.250Z'),
        model: 'anthropic/claude-3-5-sonnet-20240620',
        outcome: 'completed',
        costNanoUsd: 3_450_000,
        latencyMs: 1_250,
        inputTokens: 1_000,
        cachedInputTokens: 200,
        outputTokens: 300,
        calls: 1,
        tenant: 'u-1',
        fingerprint: 'b7f1',
      },
      expect.objectContaining({ id: 'old-1', tenant: 'customer, 7', latencyMs: 3_000 }),
    ]);
    expect(tally.problems).toEqual([{ row: 4, skipped: 'bad-csv' }]);
  });
});

describe('OpenTelemetry', () => {
  test('spans of the present conventions, one request on each line', async () => {
    const { records, format, skipped } = await read('otel-current.jsonl', { withPrompts: true });
    expect(format).toBe('otel');
    expect(records).toEqual([
      {
        id: '5b8efff798038103d269b633813fc60c/aaaa000000000001',
        endedAt: 1_794_304_801_500,
        model: 'openai/gpt-4o',
        outcome: 'completed',
        score: 0.75,
        grader: 'relevance',
        latencyMs: 1_500,
        inputTokens: 900,
        cachedInputTokens: 500,
        outputTokens: 120,
        calls: 1,
        conversation: 'conv-1',
        inputHash: expect.any(String),
        prompt: 'Fix the failing test',
        fingerprint: 'gpt-4o-2024-08-06',
      },
      expect.objectContaining({ outcome: 'failed' }),
      expect.objectContaining({ outcome: 'refused' }),
    ]);
    expect(skipped).toEqual({ 'other-kind': 2 });
  });

  test('a document of the conventions of 2024', async () => {
    const { records } = await read('otel-2024.json', { withPrompts: true });
    expect(records).toEqual([
      expect.objectContaining({
        model: 'anthropic/claude-3-5-sonnet',
        fingerprint: 'claude-3-5-sonnet-20240620',
        inputTokens: 700,
        outputTokens: 80,
        prompt: 'Name a river',
      }),
    ]);
  });
});

describe('Langfuse', () => {
  test('a page of observations: cached tokens are among the input, and what has not ended is named', async () => {
    const { records, format, skipped, tally } = await read('langfuse-observations.json', { withPrompts: true });
    expect(format).toBe('langfuse');
    expect(records).toEqual([
      {
        id: 'ob-1',
        endedAt: Date.parse('2026-11-10T09:00:03Z'),
        model: 'gpt-4o-mini',
        outcome: 'completed',
        costNanoUsd: 150_000,
        latencyMs: 3_000,
        inputTokens: 900,
        cachedInputTokens: 300,
        outputTokens: 60,
        calls: 1,
        inputHash: expect.any(String),
        prompt: 'Translate hello',
      },
      {
        ...{ id: 'ob-3', model: 'gpt-4o-mini', outcome: 'failed', latencyMs: 3_000, calls: 1 },
        ...{ endedAt: expect.any(Number), inputHash: expect.any(String), prompt: 'Translate hello' },
      },
    ]);
    expect(skipped).toEqual({ 'other-kind': 1, missing: 1 });
    expect(tally.problems).toEqual([{ row: 4, skipped: 'missing', field: 'endTime' }]);
  });

  test('traces of 2024: session, user and the only usable score are of the only generation', async () => {
    const { records } = await read('langfuse-traces-2024.json');
    expect(records).toEqual([
      expect.objectContaining({
        ...{ id: 'g-1', conversation: 'sess-4', tenant: 'user-2', score: 0.9, grader: 'helpful' },
        ...{ costNanoUsd: 330_000, inputTokens: 12, outputTokens: 7, latencyMs: 1_963 },
      }),
    ]);
  });

  test.each(['langfuse-blob.jsonl', 'langfuse-observations.csv'])('an export to blob storage: %s', async (name) => {
    const { records, format } = await read(name, { withPrompts: true });
    expect(format).toBe('langfuse');
    expect(records).toEqual([
      {
        id: 'b-1',
        endedAt: Date.parse('2026-11-10T09:00:01.250Z'),
        model: 'claude-haiku-4-5',
        outcome: 'completed',
        costNanoUsd: 400_000,
        latencyMs: 1_250,
        inputTokens: 1_000,
        cachedInputTokens: 900,
        outputTokens: 40,
        calls: 1,
        tenant: 'u-1',
        conversation: 's-1',
        inputHash: expect.any(String),
        prompt: 'Say hi',
      },
    ]);
  });
});

test('a file of one format has nothing that another one takes', async () => {
  expect((await read('langfuse-blob.jsonl', { format: formatNamed('jsonl') })).skipped).toEqual({ missing: 2 });
  expect((await read('litellm-page.json', { format: formatNamed('langfuse') })).skipped).toEqual({ 'other-kind': 2 });
  expect((await read('otel-2024.json', { format: formatNamed('litellm') })).records).toEqual([]);
});
