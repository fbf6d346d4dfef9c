/** `export`: everything or one table, in four formats, without content unless it is asked for. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';

/** Words that only submitters and models wrote. */
const SECRETS = { prompt: 'prompt-canary-7f3a', answer: 'answer-canary-91bc', expected: 'grader-canary-55d0' };

let stack: Installation;
let taskId: string;

beforeAll(async () => {
  await commandPath();
  stack = await installWithWorkers({ models: [testModel('scripted/first', { providerModel: 'first' })] });
  stack.script({ models: { '*': [{ kind: 'answer', text: SECRETS.answer }] } });
  ({ taskId } = await stack.run({
    prompt: SECRETS.prompt,
    grader: { kind: 'exact', expected: SECRETS.expected },
    scope: { team: '=HYPERLINK("http://evil")', project: '-1+1', tag: '+cmd', key: '@sum' },
  }));
  await stack.run({ prompt: 'Another' });
}, 180_000);

afterAll(() => stack.end());

const run = (words: readonly string[], options: RunOptions = {}) => signalbox(['export', ...words], { ...options, env: stack.environment });
const linesOf = <T = Record<string, unknown>>(text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);

test('one table is printed as a line of JSON for each row, in the order of its key', async () => {
  const { exitCode, stdout } = await run(['tasks']);
  expect(exitCode).toBe(0);
  const rows = linesOf<{ id: string; accepted_at: string }>(stdout);
  expect(rows.map(({ id }) => id)).toEqual([taskId, expect.any(String)]);
  expect(rows[0]?.accepted_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/);
});

test('JSON is one list for one table, and one object of lists for all', async () => {
  expect(JSON.parse((await run(['tasks', '--format', 'json'])).stdout)).toHaveLength(2);
  const all = JSON.parse((await run(['--format', 'json'])).stdout) as Record<string, unknown[]>;
  expect(Object.keys(all)).toEqual(Object.keys(all).sort());
  expect(all.tasks).toHaveLength(2);
  expect(all.reviews).toEqual([]);
  expect(all).toEqual(
    expect.objectContaining({ audit_log: expect.any(Array), cost_tracking: expect.any(Array), ratings: expect.any(Array) }),
  );
});

test('of all tables, each line says whose row it is, and no table is left out', async () => {
  const before = await rowsOfTables();
  const lines = linesOf<{ table: string; row: object }>((await run([])).stdout);
  const after = await rowsOfTables(); // upkeep may have rolled something up meanwhile
  const exported = Object.groupBy(lines, ({ table }) => table);
  for (const [name, rows] of before) {
    const bounds = name === 'audit_head' ? [0, 0] : [rows, after.get(name)!].sort((a, b) => a - b);
    const count = exported[name]?.length ?? 0;
    expect({ name, count, isAll: bounds[0]! <= count && count <= bounds[1]! }).toEqual({ name, count, isAll: true });
  }
});

async function rowsOfTables(): Promise<ReadonlyMap<string, number>> {
  const tables = await stack.db.sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`;
  const counted = tables.map(async ({ name }): Promise<[string, number]> => {
    const [row] = await stack.db.sql<[{ rows: number }]>`SELECT count(*)::integer AS rows FROM ${stack.db.sql(name)}`;
    return [name, row.rows];
  });
  return new Map(await Promise.all(counted));
}

test('content is left out of every table unless it is asked for', async () => {
  for (const format of ['json', 'jsonl']) {
    const { stdout } = await run(['--format', format]);
    for (const secret of Object.values(SECRETS)) expect(stdout).not.toContain(secret);
    const { stdout: whole } = await run(['--format', format, '--content']);
    for (const secret of Object.values(SECRETS)) expect(whole).toContain(secret);
  }
  const out = join(folderWith({}), 'csv');
  await run(['--format', 'csv', '--out', out]);
  const texts = readdirSync(out).map((file) => readFileSync(join(out, file), 'utf8'));
  for (const secret of Object.values(SECRETS)) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
});

test('the address of a webhook is never exported', async () => {
  const { sql } = stack.db;
  await sql`INSERT INTO webhooks VALUES ('https://hooks.example/services/path-canary-3e1d', 'HOOK_KEY', false)`;
  try {
    const { stdout } = await run(['--content']);
    expect(stdout).toContain('HOOK_KEY');
    expect(stdout).not.toContain('path-canary-3e1d');
  } finally {
    await sql`DELETE FROM webhooks`;
  }
});

test('no cell of a CSV file is a formula', async () => {
  const { stdout } = await run(['cost_tracking', '--format', 'csv']);
  const [head = '', row = ''] = stdout.split('\r\n');
  expect(head.split(',')).toEqual(expect.arrayContaining(['task_id', 'team', 'project', 'tag', 'key', 'cost_nano']));
  for (const cell of [`"'=HYPERLINK(""http://evil"")"`, `"'-1+1"`, `"'+cmd"`, `"'@sum"`]) expect(row).toContain(cell);
  expect(stdout).not.toMatch(/(^|,)"?[=+@]/m);
});

test('CSV of all tables is a folder with a file for each', async () => {
  const cwd = folderWith({});
  const told = jsonOf<{ rows: number; tables: Record<string, number> }>(await run(['--format', 'csv', '--out', 'all', '--json'], { cwd }));
  expect(readdirSync(join(cwd, 'all')).sort()).toEqual(Object.keys(told.tables).map((table) => `${table}.csv`));
  expect(told.tables.tasks).toBe(2);
  expect(readFileSync(join(cwd, 'all', 'reviews.csv'), 'utf8')).toMatch(/^id,.*\r\n$/);
});

test('a file is whole, or as it was', async () => {
  const cwd = folderWith({ 'mine.jsonl': 'mine' });
  const refused = await run(['tasks', '--out', 'mine.jsonl', '--json'], { cwd });
  expect(refused.exitCode).toBe(2);
  expect(jsonOf(refused)).toMatchObject({ error: { code: 'bad_argument', message: expect.stringContaining('exists already') } });
  expect(readFileSync(join(cwd, 'mine.jsonl'), 'utf8')).toBe('mine');
  expect((await run(['tasks', '--out', 'mine.jsonl', '--force'], { cwd })).stdout).toBe('Wrote 2 rows of 1 table to mine.jsonl.\n');
  expect(linesOf(readFileSync(join(cwd, 'mine.jsonl'), 'utf8'))).toHaveLength(2);
  expect(readdirSync(cwd)).toEqual(['mine.jsonl']);
});

test.each([
  [['nonsense'], /no table "nonsense".*There are: .*tasks/],
  [['taks'], /Did you mean "tasks"\?/],
  [['--format', 'csv'], /A CSV file has one table/],
  [['tasks', '--format', 'parquet'], /Parquet is nothing to print.*--out/],
  [['tasks', '--format', 'xml'], /Allowed choices are json, jsonl, csv, parquet/],
])('export %j is refused', async (words, says) => {
  const ran = await run([...words, '--json']);
  expect(ran.exitCode).toBe(2);
  expect(jsonOf(ran)).toEqual({ error: { code: 'bad_argument', message: expect.stringMatching(says) } });
});
