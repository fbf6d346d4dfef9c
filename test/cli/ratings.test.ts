/** `ratings`: from a file, to a file, and what they change. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';

let stack: Installation;

beforeAll(async () => {
  await commandPath();
  stack = await install({
    models: [testModel('scripted/first', { defaultPriority: 90 }), testModel('scripted/second', { defaultPriority: 40 })],
    policy: { classes: { 'debugging/medium': { route: { kind: 'model', model: 'scripted/first', fallbacks: [] }, tolerance: 0.05 } } },
  });
}, 180_000);

afterAll(() => stack.end());

const run = (words: readonly string[], options: RunOptions = {}) =>
  signalbox(['ratings', ...words], { ...options, env: stack.environment });
const line = (model: string | undefined, second: number, score: number) =>
  JSON.stringify({
    timestamp: `2026-01-01T00:00:0${second}.000000Z`,
    provider: 'scripted',
    model,
    score,
    tier: 'STANDARD',
    task_hash: 'abc123',
  });
const FILE = `${[line('first', 0, 1), line('first', 1, 2), line('first', 2, 1), line(undefined, 3, 5), line('second', 3, 5), line('second', 4, 5), line('second', 5, 4), line('gone', 6, 3)].join('\n')}\n`;

test('report without ratings has a table of who serves whom, and nothing to suggest', async () => {
  const { exitCode, stdout } = await run(['report']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/tier +provider +model +score +ratings +without ratings\n/);
  expect(stdout).toMatch(/STANDARD +scripted +scripted\/first +3\.90 +0 +the same/);
  expect(stdout).toMatch(/Rated below 2\.5, and passed over\n +nobody\n\nSuggested swaps\n +none\n/);
});

test('import adds each rating once, and says what it found', async () => {
  const cwd = folderWith({ 'ratings.jsonl': FILE });
  expect(jsonOf(await run(['import', 'ratings.jsonl', '--json'], { cwd }))).toEqual({
    added: 8,
    known: 0,
    withoutModel: 1,
    unknownModels: ['scripted/gone'],
  });
  const again = await run(['import', '-'], { stdin: FILE });
  expect(again).toEqual({
    exitCode: 0,
    stdout: '0 ratings were added; 8 were there already.\nThe catalogue does not have scripted/gone; their ratings are kept.\n',
    stderr: '',
  });
});

test('export prints what was imported, line by line', async () => {
  expect(await run(['export'])).toEqual({ exitCode: 0, stdout: FILE, stderr: '' });
  const cwd = folderWith({ 'there.jsonl': 'mine' });
  expect(jsonOf(await run(['export', '--out', 'out.jsonl', '--json'], { cwd }))).toEqual({ file: 'out.jsonl', ratings: 8 });
  expect(readFileSync(join(cwd, 'out.jsonl'), 'utf8')).toBe(FILE);
  const refused = await run(['export', '--out', 'there.jsonl', '--json'], { cwd });
  expect(refused.exitCode).toBe(2);
  expect(jsonOf(refused)).toEqual({
    error: { code: 'bad_argument', message: 'there.jsonl exists already. Add --force to replace it, or choose another file.' },
  });
  expect((await run(['export', '--out', 'there.jsonl', '--force'], { cwd })).stdout).toBe('Wrote 8 ratings to there.jsonl.\n');
  expect(readFileSync(join(cwd, 'there.jsonl'), 'utf8')).toBe(FILE);
  expect(jsonOf(await run(['export', '--out', 'no/such/folder.jsonl', '--json'], { cwd }))).toMatchObject({
    error: { code: 'bad_argument', message: expect.stringContaining('cannot be written (ENOENT)') },
  });
});

test('report shows the routing after adaptation, who is passed over, and the swap that a review would make', async () => {
  expect(jsonOf(await run(['report', '--json']))).toEqual({
    learning: { alpha: 0.3, minRatings: 3, poorThreshold: 2.5, seed: 3 },
    routes: expect.arrayContaining([
      {
        tier: 'STANDARD',
        provider: 'scripted',
        model: 'scripted/second',
        score: expect.closeTo(4.314, 9),
        ratings: 3,
        unadapted: 'scripted/first',
      },
    ]),
    poor: [{ tier: 'STANDARD', model: 'scripted/first', ewma: expect.closeTo(1.896, 9), ratings: 3 }],
    swaps: [
      {
        tier: 'STANDARD',
        from: 'scripted/first',
        to: 'scripted/second',
        fromEwma: expect.closeTo(1.896, 9),
        toEwma: expect.closeTo(4.014, 9),
        toRatings: 3,
        classes: ['debugging/medium'],
      },
    ],
  });
  const { stdout } = await run(['report']);
  expect(stdout).toMatch(/STANDARD +scripted +scripted\/second +4\.31 +3 +scripted\/first/);
  expect(stdout).toContain(
    'scripted/second (4.01, 3 ratings) instead of scripted/first (1.90); debugging/medium is routed to it: "signalbox review start',
  );
});

test.each([
  ['a file that is not there', ['import', 'none.jsonl'], '', /cannot be read \(ENOENT\)/],
  [
    'lines that are wrong, each by its number',
    ['import', '-'],
    `${line('first', 7, 3)}\n{"score": 9}\n`,
    /1 wrong line; nothing was imported\.\nline 2: .*score must be/,
  ],
  ['a rating of the future', ['import', '-'], line('first', 1, 3).replace('2026', '2999'), /Line 1 was rated in the future/],
])('%s is refused, and nothing of it is kept', async (_, words, stdin, says) => {
  const ran = await run([...words, '--json'], { stdin });
  expect(ran.exitCode).toBe(2);
  expect(jsonOf(ran)).toEqual({ error: { code: 'bad_input', message: expect.stringMatching(says) } });
  expect((await run(['export'])).stdout).toBe(FILE);
});
