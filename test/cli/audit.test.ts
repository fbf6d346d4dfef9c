/** `audit list`, `verify` and `export`: the log as it was written, or the first entry that is not. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';

let stack: Installation;
beforeAll(async () => {
  await commandPath();
  stack = await install({ models: [testModel('scripted/first')], budgets: [{ period: 'day', limitNano: 1e9 }] });
}, 180_000);
afterAll(() => stack.end());

const run = (words: readonly string[], options: RunOptions = {}) => signalbox(['audit', ...words], { ...options, env: stack.environment });

/** Rows changed by the owner of the table, whom the trigger does not stop when it is switched off. */
async function tamper(statement: string): Promise<void> {
  const { sql } = stack.db;
  await sql.unsafe(`ALTER TABLE audit_log DISABLE TRIGGER USER; ${statement}; ALTER TABLE audit_log ENABLE TRIGGER USER`);
}

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly previous: string;
  readonly hash: string;
}

test('list has the latest first, of an action or its kind, and of a subject', async () => {
  const all = jsonOf<Entry[]>(await run(['list', '--json']));
  expect(all.map(({ action }) => action)).toEqual(['budgets.applied', 'policy.applied', 'catalogue.applied']);
  expect(jsonOf<Entry[]>(await run(['list', '--action', 'policy.applied', '--json']))).toMatchObject([{ actor: 'test', subject: '1' }]);
  expect(jsonOf<Entry[]>(await run(['list', '--action', 'budgets.', '--json']))).toHaveLength(1);
  expect(jsonOf<Entry[]>(await run(['list', '--action', 'budgets', '--json']))).toHaveLength(0);
  expect(jsonOf<Entry[]>(await run(['list', '--subject', 'budget', '--limit', '5', '--json']))).toMatchObject([{ subject: 'budgets' }]);
  expect((await run(['list', '--limit', '1'])).stdout).toMatch(/^entry +at +who +what +of +details\n +3 .* test +budgets\.applied/);
});

test('export is one object on each line, each with the hash of the one before, in the order of writing', async () => {
  const cwd = folderWith({});
  const { stdout, stderr } = await run(['export']);
  const entries = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
  expect({ stderr, seqs: entries.map(({ seq }) => seq) }).toEqual({ stderr: '', seqs: [1, 2, 3] });
  expect(entries.slice(1).map(({ previous }) => previous)).toEqual(entries.slice(0, -1).map(({ hash }) => hash));
  expect(jsonOf(await run(['export', '--out', 'log.jsonl', '--json'], { cwd }))).toEqual({ file: 'log.jsonl', entries: 3 });
  expect(readFileSync(join(cwd, 'log.jsonl'), 'utf8')).toBe(stdout);
});

test('export replaces no file unless told to', async () => {
  const cwd = folderWith({ 'log.jsonl': 'mine' });
  expect(await run(['export', '--out', 'log.jsonl'], { cwd })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
  expect(readFileSync(join(cwd, 'log.jsonl'), 'utf8')).toBe('mine');
  expect((await run(['export', '--out', 'log.jsonl', '--force'], { cwd })).exitCode).toBe(0);
  expect(await run(['export', '--out', 'no/where'], { cwd })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('ENOENT') });
});

test('export has every entry of a long log, once', async () => {
  await stack.db.sql`SELECT append_audit('tester', 'test.wrote', i::text, '{}') FROM generate_series(1, 2100) AS i`;
  const { stdout } = await run(['export']);
  const seqs = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as Entry).seq);
  expect(seqs).toEqual(Array.from({ length: 2103 }, (_, index) => index + 1));
});

describe('verify', () => {
  test('passes a log that nobody touched, and names its head', async () => {
    const [head] = await stack.db.sql<[{ hash: string }]>`SELECT encode(hash, 'hex') AS hash FROM audit_head`;
    const ran = await run(['verify', '--json']);
    expect(ran.exitCode).toBe(0);
    expect(jsonOf(ran)).toEqual({ ok: true, entries: 2103, head: { seq: 2103, hash: head.hash }, firstBad: null });
    expect((await run(['verify'])).stdout).toBe(
      `All 2103 entries follow from each other; the last one, 2103, has the hash ${head.hash}.\n`,
    );
  });

  test.each([
    [
      'an entry that was changed',
      'entry 5',
      'was changed after it was written',
      `UPDATE audit_log SET actor = 'nobody' WHERE seq IN (5, 900)`,
      `UPDATE audit_log SET actor = 'tester' WHERE seq IN (5, 900)`,
    ],
    [
      'an entry whose hash was made to fit',
      'entry 8',
      'does not follow from the entry before it',
      `UPDATE audit_log SET hash = audit_hash(previous, seq, at, 'nobody', action, subject, details), actor = 'nobody' WHERE seq = 7`,
      `UPDATE audit_log SET hash = audit_hash(previous, seq, at, 'tester', action, subject, details), actor = 'tester' WHERE seq = 7`,
    ],
    [
      'entries that are missing',
      'entry 10',
      'follows a gap: 2 entries before it are missing',
      'CREATE TABLE gone AS SELECT * FROM audit_log WHERE seq IN (8, 9); DELETE FROM audit_log WHERE seq IN (8, 9)',
      'INSERT INTO audit_log SELECT * FROM gone',
    ],
    [
      'an end that was cut off',
      'head',
      'is entry 2103, and the log ends with entry 2102',
      'CREATE TABLE last_one AS SELECT * FROM audit_log WHERE seq = 2103; DELETE FROM audit_log WHERE seq = 2103',
      'INSERT INTO audit_log SELECT * FROM last_one',
    ],
  ])('names %s, though no trigger saw it', async (_, subject, detail, statement, undo) => {
    await tamper(statement);
    const ran = await run(['verify', '--json']);
    expect(ran.exitCode).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ ok: false, firstBad: { subject, detail } });
    expect((await run(['verify'])).stdout).toContain(`BROKEN: ${subject === 'head' ? 'the head of the log' : subject} ${detail}.`);
    await tamper(undo);
    expect((await run(['verify'])).exitCode).toBe(0);
  });
});
