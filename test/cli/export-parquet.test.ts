/** `export --format parquet`: read back by another program's reader, every value is what the database has. */

import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';

/** 2^53 + 1: the first integer that a double cannot hold. */
const BEYOND_DOUBLE = 9_007_199_254_740_993n;

let stack: Installation;

beforeAll(async () => {
  await commandPath();
  stack = await installWithWorkers({ models: [testModel('scripted/first', { providerModel: 'first' })] });
  stack.script({ models: { '*': [{ kind: 'answer', text: 'answer-canary' }] } });
  await stack.run({ prompt: 'prompt-canary', scope: { team: 'search' } });
}, 180_000);

afterAll(() => stack.end());

const run = (words: readonly string[], options: RunOptions = {}) => signalbox(['export', ...words], { ...options, env: stack.environment });

interface ParquetFile {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows of each group. */
  readonly groups: readonly number[];
  /** By column: what its values are. */
  readonly types: Readonly<Record<string, string>>;
}

/** In a process of its own, as another program would read it. */
async function readParquet(path: string): Promise<ParquetFile> {
  const program = `
    import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
    const file = await asyncBufferFromFile(process.argv[1]);
    const metadata = await parquetMetadataAsync(file);
    const parsers = { ...(await import('hyparquet/src/convert.js')).DEFAULT_PARSERS, timestampFromMicroseconds: (us) => us };
    const rows = await parquetReadObjects({ file, metadata, parsers });
    const typeOf = ({ type, converted_type: converted, logical_type: logical }) => [type, logical ? [logical.type, logical.unit] : converted].flat();
    const types = Object.fromEntries(metadata.schema.slice(1).map((leaf) => [leaf.name, typeOf(leaf).filter(Boolean).join(' ')]));
    const groups = metadata.row_groups.map((group) => Number(group.num_rows));
    console.log(JSON.stringify({ rows, groups, types }, (_, value) => (typeof value === 'bigint' ? String(value) : value)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, path], { maxBuffer: 1e9 });
  return JSON.parse(stdout) as ParquetFile;
}

async function exported(table: string, words: readonly string[] = []): Promise<ParquetFile> {
  const out = join(folderWith({}), `${table}.parquet`);
  const told = jsonOf(await run([table, '--format', 'parquet', '--out', out, '--json', ...words]));
  expect(told).toEqual({ out, rows: expect.any(Number), tables: { [table]: expect.any(Number) } });
  return readParquet(out);
}

test('each value is what the database has, with its type', async () => {
  const { sql } = stack.db;
  const [row] = await sql`
    SELECT task_id, model, team, cost_nano::text, (extract(epoch FROM at) * 1000000)::bigint::text AS at FROM cost_tracking`;
  const { rows, types } = await exported('cost_tracking');
  expect(rows).toEqual([expect.objectContaining({ ...row, team: 'search', tag: null })]);
  expect(types).toMatchObject({ task_id: 'BYTE_ARRAY UTF8', cost_nano: 'INT64', input_tokens: 'INT32', at: 'INT64 TIMESTAMP MICROS' });
});

test('an integer beyond what a double holds, an endless time, a missing value and JSON come back whole', async () => {
  const { sql } = stack.db;
  await sql`CREATE TABLE export_probe (id integer PRIMARY KEY, amount bigint, rate double precision, is_so boolean, since timestamptz,
    night date, body bytea, detail jsonb, names text[])`;
  try {
    await sql`INSERT INTO export_probe VALUES
      (1, ${String(BEYOND_DOUBLE)}::bigint, 0.1, true, '2026-10-25 02:30:00.123456+02', '2026-02-28', '\\x00ff', '{"a": [1]}', '{a,"b c"}'),
      (2, NULL, NULL, false, 'infinity', NULL, NULL, 'null', NULL)`;
    const { rows, types } = await exported('export_probe');
    expect(rows).toEqual([
      {
        ...{ id: 1, amount: String(BEYOND_DOUBLE), rate: 0.1, is_so: true, since: String(Date.UTC(2026, 9, 25, 0, 30) * 1000 + 123_456) },
        ...{ night: '2026-02-28T00:00:00.000Z', body: expect.anything(), detail: '{"a": [1]}', names: '["a","b c"]' },
      },
      { id: 2, amount: null, rate: null, is_so: false, since: null, night: null, body: null, detail: 'null', names: null },
    ]);
    expect(types).toMatchObject({ is_so: 'BOOLEAN', rate: 'DOUBLE', night: 'INT32 DATE', body: 'BYTE_ARRAY', detail: 'BYTE_ARRAY UTF8' });
  } finally {
    await sql`DROP TABLE export_probe`;
  }
});

test('many rows are written in groups, and none is lost between them', async () => {
  const { sql } = stack.db;
  await sql`CREATE TABLE export_probe (id integer PRIMARY KEY, word text)`;
  try {
    await sql`INSERT INTO export_probe SELECT n, 'word ' || n FROM generate_series(1, 25000) AS n`;
    const { rows, groups } = await exported('export_probe');
    expect(groups).toEqual([10_000, 10_000, 5_000]);
    expect(rows.every((row, index) => row.id === index + 1 && row.word === `word ${index + 1}`)).toBe(true);
    expect(rows).toHaveLength(25_000);
  } finally {
    await sql`DROP TABLE export_probe`;
  }
});

test('all tables are a folder with a file for each, empty ones too, and no content', async () => {
  const cwd = folderWith({});
  const told = jsonOf<{ tables: Record<string, number> }>(await run(['--format', 'parquet', '--out', 'all', '--json'], { cwd }));
  expect(readdirSync(join(cwd, 'all')).sort()).toEqual(Object.keys(told.tables).map((table) => `${table}.parquet`));
  expect(told.tables).toMatchObject({ tasks: 1, reviews: 0, slot_queue: 0, embedded_calls: 0, budget_warnings: 0 });
  expect((await readParquet(join(cwd, 'all', 'reviews.parquet'))).rows).toEqual([]);
  expect((await readParquet(join(cwd, 'all', 'answers.parquet'))).types).not.toHaveProperty('body');
  expect(statSync(join(cwd, 'all', 'tasks.parquet')).mode & 0o777).toBe(0o600);
});

test('content is there when it is asked for', async () => {
  const { rows } = await exported('answers', ['--content']);
  expect(rows).toEqual([expect.objectContaining({ body: expect.stringContaining('answer-canary') })]);
});
