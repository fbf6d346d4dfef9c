/** Results of evaluations, by files in the shapes that each system writes; see test/data/telemetry. */

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type EvaluationFormat, readEvaluations } from '../../client/evaluations/read-evaluations';

const NOW = Date.parse('2026-11-20T12:00:00Z');

function readFile(name: string, format: EvaluationFormat) {
  const source = createReadStream(join(__dirname, '..', 'data', 'telemetry', name));
  return readEvaluations([{ what: 'The file', source }], format, NOW);
}

function readText(text: string, format: EvaluationFormat) {
  return readEvaluations([{ what: 'The file', source: Readable.from([Buffer.from(text)]) }], format, NOW);
}

test('promptfoo: the same variables are the same item, assertions are the grader, and an error is no score', async () => {
  const { evaluations, problems, unscored } = await readFile('promptfoo.json', 'promptfoo');
  expect([problems, unscored]).toEqual([[], 1]);
  expect(evaluations).toEqual([
    {
      ...{
        run: 'eval-2026-11-01',
        item: expect.stringMatching(/^[0-9a-f]{32}\/0$/u),
        model: 'openai/gpt-4.1-mini',
        grader: 'promptfoo contains',
      },
      ...{ score: 1, evaluatedAt: Date.parse('2026-11-01T10:00:00Z'), inputHash: expect.any(String), costNanoUsd: 10_000, latencyMs: 420 },
    },
    expect.objectContaining({
      model: 'anthropic/claude-haiku-4-5',
      score: 0.25,
      item: evaluations[0]?.item,
      inputHash: evaluations[0]?.inputHash,
    }),
  ]);
});

test('Langfuse: items of two runs of a dataset are a pair, with the models of their traces; another scale is no score', async () => {
  const { evaluations } = await readFile('langfuse-run.json', 'langfuse');
  expect(evaluations).toEqual([
    {
      ...{ run: 'support', item: 'item-1', model: 'gpt-4o', grader: 'correct', score: 1 },
      ...{ evaluatedAt: Date.parse('2026-11-02T10:01:00Z'), costNanoUsd: 2_000_000 },
    },
    expect.objectContaining({ run: 'support', item: 'item-1', model: 'gpt-4o-mini', grader: 'correct', score: 0 }),
  ]);
});

test('JSON Lines: what is wrong with a result is named, and the others are read', async () => {
  const line = (over: object) =>
    JSON.stringify({
      run: 'r',
      item: 'i',
      model: 'm',
      grader: 'g',
      score: 0.5,
      evaluated_at: '2026-11-01T00:00:00Z',
      fingerprint: 'f',
      ...over,
    });
  const { evaluations, problems } = await readText(
    [line({}), line({ score: 2 }), line({ run: undefined }), line({ api_key: 'hush' }), line({ evaluated_at: '1.11.2026' })].join('\n'),
    'jsonl',
  );
  expect(evaluations).toEqual([
    { run: 'r', item: 'i', model: 'm', grader: 'g', score: 0.5, evaluatedAt: Date.parse('2026-11-01T00:00:00Z'), fingerprint: 'f' },
  ]);
  expect(problems).toEqual([
    { row: 1, skipped: 'secret-looking', field: 'api_key' },
    { row: 3, skipped: 'out-of-range', field: 'score' },
    { row: 4, skipped: 'missing', field: 'run' },
    { row: 5, skipped: 'wrong-type', field: 'evaluated_at' },
  ]);
});

test('a file that is no JSON is refused by its name', async () => {
  await expect(readText('nothing', 'promptfoo')).rejects.toMatchObject({ code: 'bad_input', message: expect.stringContaining('The file') });
});
