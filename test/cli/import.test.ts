/** `import`: tasks of other systems, once each, and what their models are. */

import { gzipSync } from 'node:zlib';
import { rebuildRollups } from '../../activities/review/roll-up';
import { loadEvaluatedPairs } from '../../db/queries/evaluations';
import { analyseWindow } from '../../db/rollups/analyse-window';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, launch, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';

const HOUR_MS = 3_600_000;
const NOW = Date.now();
const THIS_HOUR = Math.floor(NOW / HOUR_MS) * HOUR_MS;

let stack: Installation;

beforeAll(async () => {
  await commandPath();
  stack = await install({ models: [testModel('scripted/first'), testModel('scripted/second')] });
}, 180_000);

afterAll(() => stack.end());

const run = (words: readonly string[], options: RunOptions = {}) => signalbox(['import', ...words], { ...options, env: stack.environment });

const line = (id: string, over: object = {}) =>
  JSON.stringify({
    ...{ id, ended_at: THIS_HOUR - 5 * HOUR_MS, model: 'azure/first-2025-05-14', class: 'debugging/simple', score: 1, cost_usd: 0.5 },
    ...{ latency_ms: 100, input_tokens: 10, output_tokens: 5, tenant: 'team-a', prompt: `What is ${id}?`, ...over },
  });

async function figures() {
  await rebuildRollups(stack);
  const { classes } = await analyseWindow(stack.db, { from: THIS_HOUR - 48 * HOUR_MS, to: THIS_HOUR + HOUR_MS }, {});
  return classes.map(({ name, tasks, imported, models }) => ({
    ...{ name, tasks, imported },
    models: models.map(({ model, tasks: own, graded, good, cost }) => ({ model, tasks: own, graded, good, cost: cost.mean })),
  }));
}

test('says of an import what was taken, what was left out and why, and which names stand for no model', async () => {
  const bad = line('b', { cost_usd: -1, prompt: 'secret words' });
  const cwd = folderWith({ 'log.jsonl': `${line('a')}\n${bad}\n${line('c', { api_key: 'hush' })}\n${line('d', { colour: 'red' })}\n` });
  const { exitCode, stdout, stderr } = await run(['telemetry', 'log.jsonl', '--origin', 'first'], { cwd });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toBe(`log.jsonl (jsonl): 4 rows, 2 tasks; 2 added, 0 there already.
  1 left out: has a value out of range in a field
  1 left out: looks like it holds a secret in a field
    row 2 has a value out of range in cost_usd
    row 3 looks like it holds a secret in api_key
  Fields that are not known here: colour (1).

name there              tasks  counts for
azure/first-2025-05-14      2  no model; perhaps scripted/first

Tasks of a name that stands for no model of the catalogue count for none. If you know what it is, say so:
  signalbox import models --map 'azure/first-2025-05-14=scripted/first'
`);
  const [kept] = await stack.db.sql<
    [{ everything: string }]
  >`SELECT json_agg(i)::text || (SELECT json_agg(t)::text FROM telemetry_imports t) AS everything FROM imported_tasks i`;
  expect(kept.everything).not.toMatch(/secret words|hush|What is/u);
});

test('adds nothing twice: neither of the same file, nor of another that overlaps', async () => {
  const cwd = folderWith({ 'again.jsonl': `${line('e')}\n${line('e', { score: 0 })}\n${line('f')}\n`, 'more.jsonl.gz': '' });
  const options = ['--origin', 'second', '--json'];
  expect(jsonOf(await run(['telemetry', 'again.jsonl', ...options], { cwd }))).toMatchObject({ files: [{ taken: 3, added: 2, known: 1 }] });
  const again = jsonOf(await run(['telemetry', 'again.jsonl', ...options], { cwd }));
  expect(again).toMatchObject({ files: [{ added: 2, importedBefore: expect.any(String) }] });
  const overlapping = folderWith({ 'more.jsonl.gz': gzipSync(`${line('f')}\n${line('g')}\n`) as unknown as string });
  expect(jsonOf(await run(['telemetry', 'more.jsonl.gz', ...options], { cwd: overlapping }))).toMatchObject({
    files: [{ added: 1, known: 1 }],
  });
  expect(jsonOf(await run(['telemetry', '-', ...options], { stdin: `${line('g')}\n` }))).toMatchObject({ files: [{ added: 0, known: 1 }] });
  expect(await stack.db.sql`SELECT source_id, score FROM imported_tasks WHERE origin = 'second' ORDER BY 1`).toMatchObject([
    { source_id: 'e', score: 1 },
    { source_id: 'f' },
    { source_id: 'g' },
  ]);
});

test('counts imported tasks in the figures of their class under their own name, until it is mapped, and never as money spent', async () => {
  expect(await figures()).toEqual([
    {
      ...{ name: 'debugging/simple', tasks: 5, imported: 5 },
      models: [{ model: 'azure/first-2025-05-14', tasks: 5, graded: 5, good: 5, cost: 500_000_000 }],
    },
  ]);
  const mapped = await run(['models', '--map', 'azure/first-2025-05-14=scripted/first', '--json']);
  expect(jsonOf(mapped)).toEqual([
    { name: 'azure/first-2025-05-14', tasks: 5, mappedTo: 'scripted/first', countsFor: 'scripted/first', suggestion: null },
  ]);
  expect(await figures()).toMatchObject([{ models: [{ model: 'scripted/first', tasks: 5 }] }]);
  expect(await stack.db.sql`SELECT FROM cost_tracking`).toHaveLength(0);
  const money = jsonOf(await signalbox(['cost', '--json'], { env: stack.environment }));
  expect(JSON.stringify(money)).not.toContain('scripted/first');
});

test('refuses to map a name to a model that does not exist, and changes nothing', async () => {
  const { exitCode, stderr } = await run(['models', '--map', 'gpt=scripted/frist']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Did you mean "scripted/first"');
  expect(await stack.db.sql`SELECT FROM model_mappings`).toHaveLength(1);
});

test('keeps prompts only when it is told to, also of tasks that are there already; the tier is raised and never lowered', async () => {
  const before = await stack.db.sql`SELECT FROM task_payloads`;
  expect(before).toHaveLength(0);
  const cwd = folderWith({
    'p.jsonl': `${line('e', { privacy_tier: 'confidential' })}\n${line('g')}\n`,
    'lower.jsonl': `${line('e', { privacy_tier: 'public' })}\n`,
  });
  const options = ['--origin', 'second', '--with-prompts', '--json'];
  expect(jsonOf(await run(['telemetry', 'p.jsonl', ...options], { cwd }))).toMatchObject({ files: [{ added: 0, known: 2, prompts: 2 }] });
  await run(['telemetry', 'lower.jsonl', ...options], { cwd });
  const rows = await stack.db.sql`
    SELECT t.external_id AS id, t.purpose, t.status, t.privacy_tier AS tier, i.privacy_tier AS "itsTier", p.prompt #>> '{messages,0,content}' AS prompt
    FROM tasks t JOIN task_payloads p ON p.task_id = t.id JOIN imported_tasks i ON i.task_id = t.id ORDER BY 1`;
  expect([...rows]).toEqual([
    { id: 'e', purpose: 'imported', status: 'completed', tier: 'confidential', itsTier: 'confidential', prompt: 'What is e?' },
    { id: 'g', purpose: 'imported', status: 'completed', tier: 'internal', itsTier: 'internal', prompt: 'What is g?' },
  ]);
  expect(await figures()).toMatchObject([{ tasks: 5, imported: 5 }]);
});

test('an import that was killed goes on where it was, and counts everything once', async () => {
  const lines = Array.from({ length: 120_000 }, (_, index) => line(`killed-${index}`, { prompt: undefined }));
  const cwd = folderWith({ 'long.jsonl': `${lines.join('\n')}\n` });
  const words = ['import', 'telemetry', 'long.jsonl', '--origin', 'killed', '--json'];
  const first = await launch(words, { cwd, env: stack.environment });
  const rowsDone = async () => {
    const [row] = await stack.db.sql<{ done: number }[]>`SELECT rows_done::integer AS done FROM telemetry_imports WHERE origin = 'killed'`;
    return row?.done ?? 0;
  };
  await until(async () => (await rowsDone()) > 0, 'a batch is imported', 60_000);
  first.signal('SIGKILL');
  await first.ended;
  const done = await rowsDone();
  expect(done).toBeLessThan(120_000);
  expect(jsonOf(await signalbox(words, { cwd, env: stack.environment }))).toMatchObject({
    files: [{ read: 120_000, taken: 120_000, added: 120_000, known: 0, importedBefore: null }],
  });
  const [{ tasks }] = await stack.db.sql<
    [{ tasks: number }]
  >`SELECT count(*)::integer AS tasks FROM imported_tasks WHERE origin = 'killed'`;
  expect(tasks).toBe(120_000);
  await stack.db.sql`DELETE FROM imported_tasks WHERE origin = 'killed'`;
}, 120_000);

test('scores of other systems are pairs of two models on one item, added once', async () => {
  const score = (item: string, model: string, value: number) =>
    JSON.stringify({ run: 'r', item, model, grader: 'g', score: value, evaluated_at: '2026-01-01T00:00:00Z', fingerprint: `${model}-x` });
  const file = [
    score('1', 'scripted/first', 1),
    score('1', 'two', 0.5),
    score('2', 'scripted/first', 1),
    score('2', 'two', 1),
    score('3', 'two', 0),
  ].join('\n');
  const words = ['evaluations', '-', '--format', 'jsonl', '--class', 'debugging/simple', '--map', 'two=scripted/second', '--json'];
  expect(jsonOf(await run(words, { stdin: file }))).toEqual({
    ...{ read: 5, added: 5, known: 0, unscored: 0, left: 0, problems: [], models: ['scripted/first', 'two'] },
  });
  expect(jsonOf(await run(words, { stdin: file }))).toMatchObject({ added: 0, known: 5 });
  const request = { baseline: 'scripted/first', candidate: 'scripted/second' };
  expect(await loadEvaluatedPairs(stack.db, { ...request, classes: ['debugging/simple'] })).toEqual([
    {
      ...{
        origin: 'jsonl',
        run: 'r',
        grader: 'g',
        pairs: 2,
        baselineMean: 1,
        candidateMean: 0.75,
        differenceSd: expect.closeTo(0.3536, 3),
      },
      ...{ evaluatedAt: Date.parse('2026-01-01T00:00:00Z'), fingerprints: ['two-x', 'scripted/first-x'] },
    },
  ]);
  expect(await loadEvaluatedPairs(stack.db, { ...request, classes: ['planning/simple'] })).toEqual([]);
});

test('leaves the ledger in order', async () => {
  expect(await signalbox(['audit', 'ledger'], { env: stack.environment })).toMatchObject({ exitCode: 0 });
});

test('a file that cannot be read, or is of no known format, is named; one without any task ends with 1', async () => {
  const cwd = folderWith({ 'odd.jsonl': '{"colour":"red"}\n', 'bad.jsonl': '{"id":1}\n' });
  expect(await run(['telemetry', 'gone.jsonl'], { cwd })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('gone.jsonl') });
  expect(await run(['telemetry', 'odd.jsonl'], { cwd })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--format') });
  expect(await run(['telemetry', 'bad.jsonl', '--format', 'jsonl'], { cwd })).toMatchObject({ exitCode: 1 });
});
